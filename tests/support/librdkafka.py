"""What librdkafka says of itself, which its Python client does not pass on."""

import ctypes
import os
import re
import tempfile
from pathlib import Path

import confluent_kafka

_ROW = re.compile(r"([a-z][\w.]*) +\| +[*CP]")
_ALIAS = re.compile(r"Alias for `([a-z.]+)`")


def library() -> ctypes.CDLL:
    """The library that the wheel of confluent-kafka brings."""
    [found] = (Path(confluent_kafka.__file__).parents[1] / "confluent_kafka.libs").glob("librdkafka*")
    return ctypes.CDLL(str(found))


def shown_properties() -> dict[str, str]:
    """Every property of its table; where it is an alias, the property that it stands for."""
    own, c = library(), ctypes.CDLL(None)
    c.fdopen.restype = ctypes.c_void_p
    with tempfile.TemporaryFile() as file:
        stream = ctypes.c_void_p(c.fdopen(os.dup(file.fileno()), b"w"))
        own.rd_kafka_conf_properties_show(stream)
        c.fclose(stream)
        file.seek(0)
        rows = [line for line in file.read().decode().splitlines() if _ROW.match(line)]
    names = [(_ROW.match(line), _ALIAS.search(line)) for line in rows]
    return {name[1]: alias[1] if alias else "" for name, alias in names if name}
