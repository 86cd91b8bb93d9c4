"""Records of `ticket-overrides`: read as they were written, and refused where they were not."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.answer.override_record import Override, decode, encode, read_key, scope_of

AN_OVERRIDE = Override(
    scope="tickets",
    fingerprint="v2:00112233445566778899aabbccddeeff",
    category="billing",
    subcategory="invoice",
    people=1,
    state="active",
    reason=None,
    correction_id="c-1",
    corrected_at=1_764_500_000_000,
)
# A lone surrogate is no text that UTF-8 could hold; Kafka and ClickHouse hold none.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
OVERRIDES = st.builds(
    Override,
    scope=TEXTS,
    fingerprint=st.from_regex(r"v2:[0-9a-f]{32}", fullmatch=True),
    category=TEXTS,
    subcategory=st.none() | TEXTS,
    people=st.sampled_from([1, 2]),
    state=st.sampled_from(["active", "retired"]),
    reason=st.none() | TEXTS,
    correction_id=TEXTS,
    corrected_at=st.integers(0, 2**62),
)


def test_the_value_is_the_json_that_the_contract_lists() -> None:
    assert json.loads(encode(AN_OVERRIDE)) == {
        "v": 1,
        "scope": "tickets",
        "fingerprint": "v2:00112233445566778899aabbccddeeff",
        "category": "billing",
        "subcategory": "invoice",
        "people": 1,
        "state": "active",
        "reason": None,
        "correction_id": "c-1",
        "corrected_at": 1_764_500_000_000,
    }
    assert AN_OVERRIDE.key == b"tickets|v2:00112233445566778899aabbccddeeff"


@given(OVERRIDES)
def test_an_override_is_read_as_it_was_written(override: Override) -> None:
    assert decode(encode(override)) == override
    assert read_key(override.key) == (override.scope, override.fingerprint)


def test_fields_of_a_later_version_are_ignored() -> None:
    assert decode(json.dumps(json.loads(encode(AN_OVERRIDE)) | {"more": [1]}).encode()) == AN_OVERRIDE


@pytest.mark.parametrize(
    "change",
    [{"v": 2}, {"people": 3}, {"people": 0}, {"state": "asleep"}, {"category": None}, {"corrected_at": "now"}],
    ids="-".join,
)
def test_what_is_no_override_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no override"):
        decode(json.dumps(json.loads(encode(AN_OVERRIDE)) | change).encode())


@pytest.mark.parametrize(
    "value", [b"", b"{", b"[]", b'"\xff"', b"{}"], ids=["empty", "cut", "list", "no-utf-8", "bare"]
)
def test_other_bytes_are_refused(value: bytes) -> None:
    with pytest.raises(ValueError, match="no override"):
        decode(value)


@pytest.mark.parametrize("key", [b"", b"v2:00", b"|v2:00", b"tickets|"], ids=["empty", "bare", "no-scope", "no-text"])
def test_other_keys_are_refused(key: bytes) -> None:
    with pytest.raises(ValueError, match="no key"):
        read_key(key)


def test_a_taxonomy_with_a_name_is_a_scope_of_its_own() -> None:
    assert scope_of("bank", "tickets") == scope_of("bank", "another-group") == "4381dc2ab1428516"
    assert scope_of("shop", "tickets") != scope_of("bank", "tickets")


def test_without_a_name_the_group_is_the_scope() -> None:
    assert scope_of(None, "tickets") == scope_of("", "tickets") == "tickets"
