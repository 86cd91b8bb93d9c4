"""The ports of a sandbox from one run to the next."""

import socket
from pathlib import Path

import pytest

from sandbox.ports import Ports, is_free


def ports(file: Path) -> tuple[Ports, list[str]]:
    warned: list[str] = []
    return Ports(file, warned.append), warned


def test_ports_are_those_of_the_run_before(tmp_path: Path) -> None:
    """Each part has its own, and the next run has them again without a word."""
    first, _ = ports(tmp_path / "ports.json")
    chosen = [first.of(part) for part in ("broker", "model", "broker")]
    second, warned = ports(tmp_path / "ports.json")

    assert chosen[0] == chosen[2] != chosen[1]
    # In the other order, too.
    assert [second.of("model"), second.of("broker")] == [chosen[1], chosen[0]]
    assert warned == []


def test_a_port_that_another_program_has_is_replaced_and_named(tmp_path: Path) -> None:
    """The new one is kept from then on, and the other parts keep theirs."""
    first, _ = ports(tmp_path / "ports.json")
    broker, model = first.of("broker"), first.of("model")
    with socket.socket() as other:
        other.bind(("127.0.0.1", broker))
        other.listen()
        second, warned = ports(tmp_path / "ports.json")
        replaced, kept = second.of("broker"), second.of("model")
    third, silent = ports(tmp_path / "ports.json")

    assert (kept, third.of("broker"), silent) == (model, replaced, [])
    assert replaced not in {broker, model}
    said = f"another program has port {broker} now: the broker gets port {replaced}; correct what names the old one"
    assert warned == [said]


@pytest.mark.parametrize("content", ["", "[]", '{"broker": "80"}', '{"broker": 99999}', "\x00\x00", '{"broker": -1}'])
def test_a_file_of_ports_that_is_damaged_counts_for_nothing(tmp_path: Path, content: str) -> None:
    """A loss of power may leave anything."""
    (tmp_path / "ports.json").write_text(content, encoding="utf-8")
    chosen, warned = ports(tmp_path / "ports.json")

    assert is_free(chosen.of("broker"))
    assert warned == []
