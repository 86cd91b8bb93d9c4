"""Changing a TOML text so that comments, order and layout stay."""

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import InlineTable, Item, Key, SingleKey, Table

from consumer.errors import ConfigurationError

Renames = Sequence[tuple[tuple[str, ...], str]]
"""The path of a key, and its new name."""


def changed(text: str, wanted: Mapping[str, Any], renames: Renames = ()) -> str:
    """The text with other values: what stays equal, its comments and its order are left as they are.

    Args:
        text: valid TOML.
        wanted: all that the new text is to hold, as plain values.
        renames: keys that `wanted` holds under another name, so that they keep their place.

    Raises:
        ConfigurationError: the text is laid out in a way that cannot be changed like this.
    """
    try:
        for path, name in renames:
            document = tomlkit.parse(text)
            _rename(document, path, name)
            text = tomlkit.dumps(document)
        document = tomlkit.parse(text)
        _patch(document, tomllib.loads(text), wanted)
        result = tomlkit.dumps(document)
        if tomllib.loads(result) == wanted:
            return result
    except (TOMLKitError, tomllib.TOMLDecodeError):
        pass
    raise ConfigurationError(
        "the file is laid out in a way that this command cannot change: write its tables as [categories.NAME] and "
        "[keywords.LANGUAGE], one entry a line, or change it by hand"
    )


def _rename(container: Any, path: tuple[str, ...], name: str) -> None:
    """Rename a key wherever its table begins: a table may be continued further down."""
    body = container.value.body if isinstance(container, Table | InlineTable) else container.body
    first, *rest = path
    for place, (key, item) in enumerate(body):
        if key is None or key.key != first:
            continue
        if rest:
            _rename(item, tuple(rest), name)
            continue
        body[place] = (_key_like(key, name), item)
        _forget_headers(item)


def _key_like(key: Key, name: str) -> Key:
    """The key of this name, with the space and the sign that stand behind the other one."""
    written = key.as_string()
    space = written[len(written.rstrip()) :]
    new = tomlkit.key(name)
    return SingleKey(name, sep=key.sep, original=new.as_string() + space)


def _forget_headers(item: Item) -> None:
    """Let the headers of a table and of those within it be made anew from their keys."""
    if isinstance(item, Table):
        item.display_name = None
        for _, part in item.value.body:
            _forget_headers(part)


def _patch(table: Any, now: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    for key in now.keys() - wanted.keys():
        del table[key]
    for key, value in wanted.items():
        if key in now and now[key] == value:
            continue
        if isinstance(value, Mapping) and isinstance(now.get(key), Mapping):
            if isinstance(table[key], InlineTable):
                table[key] = _inline(value)
            else:
                _patch(table[key], now[key], value)
        else:
            table[key] = _new(value, inline=isinstance(table, Table)) if isinstance(value, Mapping) else value


def _new(value: Mapping[str, Any], *, inline: bool) -> Item:
    """A new table: on one line, unless it holds tables itself or stands at the top."""
    if inline and not any(isinstance(part, Mapping) for part in value.values()):
        return _inline(value)
    table = tomlkit.table()
    for key, part in value.items():
        table.add(key, _new(part, inline=True) if isinstance(part, Mapping) else part)
    return table


def _inline(value: Mapping[str, Any]) -> Item:
    item: Item = tomlkit.value(value_text(value))
    return item


def value_text(value: Any) -> str:
    """The value on one line, tables with blanks inside their braces."""
    if isinstance(value, Mapping):
        parts = ", ".join(f"{key_text(key)} = {value_text(part)}" for key, part in value.items())
        return f"{{ {parts} }}" if parts else "{}"
    return str(tomlkit.item(value).as_string())


def key_text(key: str) -> str:
    """The key, in quotes where it needs them."""
    return tomlkit.key(key).as_string()
