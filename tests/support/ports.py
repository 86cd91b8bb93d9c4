"""Ports for parts that are killed and started again on the same one."""

import random
import socket
from pathlib import Path

_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")


def lasting_ports(number: int) -> list[int]:
    """Free ports, no two the same, that no outgoing connection takes while nobody listens there.

    The kernel gives outgoing connections ports of its ephemeral range: one that was free there may be taken, even by
    a client that tries to reach it, before the part is back.
    """
    lowest = int(_EPHEMERAL.read_text(encoding="ascii").split()[0])
    held: list[socket.socket] = []
    try:
        while len(held) < number:
            listener = socket.socket()
            try:
                listener.bind(("127.0.0.1", random.randrange(lowest // 2, lowest)))
            except OSError:
                listener.close()
            else:
                held.append(listener)
        return [int(each.getsockname()[1]) for each in held]
    finally:
        for each in held:
            each.close()
