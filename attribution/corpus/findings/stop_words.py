"""Words that carry grammar and little meaning, and marks: what a reader may hide where it is weak."""

from __future__ import annotations

from functools import cache

import duckdb
from stop_words import AVAILABLE_LANGUAGES, get_stop_words

LANGUAGES = tuple(sorted(AVAILABLE_LANGUAGES))
NO_LANGUAGE = ""
"""Of data in no language that has a list: marks alone are hidden."""

ALWAYS_SHOWN = 3
"""The strongest words of a label, for and against: a word is among them for what it does, whatever list it is on."""

_PIECES = ("d", "ll", "m", "nt", "re", "s", "t", "ve")
"""What is left of English contractions when a tokenizer has cut them: 's, n't, 're."""

_LOOKED_AT = 100_000
_LEAST_COVERED = 0.1
"""Of sentences in eleven languages 40 to 63 % are stop words of their own, and up to 39 % those of its next of kin."""

IS_COMMON = r"""(not regexp_matches(word, '[\p{L}\p{N}]')
    or list_contains($stop, regexp_replace(word, '[^\p{L}\p{N}]', '', 'g')))"""
"""`is_common` in SQL, of the column `word` in lower case; `$stop` is `list_stop_words` of the language."""


@cache
def list_stop_words(language: str) -> tuple[str, ...]:
    """The stop words of a language, one of `LANGUAGES`; none of `NO_LANGUAGE`.

    English has scikit-learn's, and the ends of contractions: the list of the library stop-words holds 1,300 words, of
    which a classifier may well listen to many. "said" and "says" are not among scikit-learn's.
    """
    if language == "english":
        from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

        return tuple(sorted({*ENGLISH_STOP_WORDS, *_PIECES}))
    return tuple(sorted({*map(_take_letters, get_stop_words(language))} - {""})) if language else ()


def is_common(word: str, language: str = "english") -> bool:
    """Whether a word is one of them, or has no letter and no digit; upper and lower case are one."""
    letters = _take_letters(word.lower())
    return not letters or letters in list_stop_words(language)


def _take_letters(word: str) -> str:
    return "".join(letter for letter in word if letter.isalnum())


def choose_stop_words(tables: duckdb.DuckDBPyConnection, language: str | None) -> list[str]:
    """The stop words of a language; by default of the one that a run's words are of."""
    return list(list_stop_words(find_language(tables) if language is None else language))


def say_common(language: str) -> str:
    """What `is_common` holds of: "marks", and in a language with a list its stop words."""
    return f"{language.title()} stop words and marks" if language else "marks"


def find_language(tables: duckdb.DuckDBPyConnection) -> str:
    """The language of a run's words: the one whose stop words most of them are, or `NO_LANGUAGE`."""
    rows = tables.execute(
        "select lower(word), count(*) from (select word from words limit $most) "
        r"where regexp_matches(word, '\p{L}') group by all",
        {"most": _LOOKED_AT},
    ).fetchall()
    counts = dict(rows)
    covered = {language: sum(counts.get(word, 0) for word in list_stop_words(language)) for language in LANGUAGES}
    best = max(LANGUAGES, key=lambda language: covered[language])
    return best if covered[best] > _LEAST_COVERED * sum(counts.values()) else NO_LANGUAGE
