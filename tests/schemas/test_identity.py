"""Identifiers from positions."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from schemas.identity import NAMESPACE, event_id, named
from tests.support.event_examples import unhurried


@unhurried
@given(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.integers(0, 1 << 31),
    st.integers(0, 1 << 63),
    st.integers(0, 100),
)
def test_event_id_is_uuid5(topic: str, partition: int, offset: int, revision: int) -> None:
    """The quick way gives what the library gives."""
    expected = str(uuid.uuid5(NAMESPACE, f"{topic}|{partition}|{offset}|{revision}"))

    assert expected == event_id(topic, partition, offset, revision)


def test_event_id_never_changes() -> None:
    """Consumers keep these ids: the namespace and the form of the name are fixed."""
    assert event_id("ticket-created", 3, 41, 0) == "3ab578f8-e1bf-5e37-878f-7e0748b4569a"
    assert named("ticket-created|3|41|0") == "3ab578f8-e1bf-5e37-878f-7e0748b4569a"
