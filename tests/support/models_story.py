"""A folder of models as learner and people leave it: what the page of models is looked at with."""

import json
from pathlib import Path
from typing import Any

# The model of the rows of `page_story`, and the one that it took the place of.
SERVED, FIRST, REFUSED = "tickets-2026-11-22", "tickets-2026-11-15", "tickets-2026-11-29"
HOSTILE = "<img src=x onerror=alert(1)>'\"\\%_\u202e`{n}`\x00é"
COMPARED: dict[str, Any] = {
    "verdict": "promote",
    "reason": None,
    "cause": None,
    "missing": 0,
    "champion": {
        "n": 412,
        "champion": 0.8131,
        "challenger": 0.8859,
        "gained": 41,
        "lost": 11,
        "difference": 0.0728,
        "bound": 0.0461,
    },
    "best": None,
    "falls": [],
    "categories": 6,
    "since_last": 412,
}
FEW: dict[str, Any] = {**COMPARED, "verdict": "keep", "cause": "few_new", "missing": 61, "since_last": 39}


def recipe(trained_at: str, **changed: Any) -> dict[str, Any]:
    """What a version was made of."""
    return {
        "trained_at": trained_at,
        "data_fingerprint": "a" * 64,
        "seed_rows": 786,
        "judged_rows": 1024,
        "left_out": {"contradictions": 3, "one_sided": 12, "for_gate": 40, "replaced": 7},
        "sources": ["seed", "correction", "confirmation", "audit"],
        "figures": {},
        **changed,
    }


def event(at: str, event: str, version: str, **changed: Any) -> str:
    """One line of the history."""
    told = {"before": None, "reason": None, "by": "learner", "gate": None}
    return json.dumps({"at": at, "event": event, "version": version, **told, **changed}, ensure_ascii=False) + "\n"


def write(folder: Path, text: str = "asked by the support lead") -> Path:
    """Write it, with this text wherever a person or another program may put any."""
    recipes = {
        FIRST: recipe("2026-11-15T10:00:00+00:00", judged_rows=0, left_out={}),
        SERVED: recipe("2026-11-22T10:00:00+00:00"),
        REFUSED: recipe("2026-11-29T10:00:00+00:00", left_out={text: 2}),
    }
    for version, content in recipes.items():
        (folder / "versions" / version).mkdir(parents=True)
        (folder / "versions" / version / "recipe.json").write_text(json.dumps(content), encoding="utf-8")
    (folder / "champion").write_text(f"{SERVED}\n", encoding="utf-8")
    lines = [
        event("2026-11-15T10:00:01+00:00", "added", FIRST),
        event("2026-11-15T10:00:02+00:00", "promoted", FIRST, by="ana", reason="the first one"),
        event("2026-11-22T10:00:01+00:00", "added", SERVED),
        event("2026-11-22T10:00:02+00:00", "promoted", SERVED, before=FIRST, gate=COMPARED),
        event("2026-11-22T11:00:00+00:00", "rolled_back", FIRST, before=SERVED, by=text, reason=text),
        event("2026-11-22T12:00:00+00:00", "promoted", SERVED, before=FIRST, by="ana", reason=text),
        event("2026-11-29T10:00:01+00:00", "added", REFUSED),
        event("2026-11-29T10:00:02+00:00", "refused", REFUSED, before=SERVED, gate=FEW, reason=text),
    ]
    (folder / "history.jsonl").write_text("".join(lines), encoding="utf-8")
    return folder
