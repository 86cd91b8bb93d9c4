"""The language of each ticket, among those that the file is written in.

py3langid (M. Lui and T. Baldwin, "langid.py: an off-the-shelf language identification tool", ACL 2012) chooses among
few languages only: those of the keyword rules, and those that many tickets are written in.
"""

from collections.abc import Sequence
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from classifier.languages import RULES_LANGUAGES, Languages, deciding_words


def languages_of(texts: Sequence[str]) -> list[str]:
    """The ISO 639-1 code of each text's language.

    Args:
        texts: What the model reads of each ticket.
    """
    identifier = _identifier(tuple(sorted({*RULES_LANGUAGES, *Languages.of(texts).known})))
    return [str(identifier.classify(deciding_words(text))[0]) for text in texts]


def spanish_evidence(text: str) -> float:
    """By how much a text is rather Spanish than English: a difference of log likelihoods, 0 without words."""
    scores = dict(_identifier(tuple(sorted(RULES_LANGUAGES))).rank(text.lower()))
    return float(scores["es"] - scores["en"])


@cache
def _identifier(languages: tuple[str, ...]) -> LanguageIdentifier:
    # Reading the file takes as long as a thousand tickets.
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(languages)
    return identifier
