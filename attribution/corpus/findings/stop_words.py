"""Stop words and punctuation marks, which a reader may hide unless they are among the strongest words."""

from __future__ import annotations

from functools import cache

import duckdb
from stop_words import AVAILABLE_LANGUAGES, get_stop_words

LANGUAGES = tuple(sorted(AVAILABLE_LANGUAGES))
NO_LANGUAGE = ""
"""For data in a language without a list of stop words: only marks are hidden."""

ALWAYS_SHOWN = 3
"""So many of the strongest words for a label, and against it, are never hidden, even if they are stop words."""

_PIECES = ("d", "ll", "m", "nt", "re", "s", "t", "ve")
"""What is left of English contractions when a tokenizer has cut them: 's, n't, 're."""

_LOOKED_AT = 100_000  # words: enough to tell the language of a run
_LEAST_COVERED = 0.1
"""The share of words that must be stop words of a language. In sentences of eleven languages, 40 to 63 % of the words
are stop words of that language, and up to 39 % are stop words of the most closely related one."""

IS_COMMON = r"""(not regexp_matches(word, '[\p{L}\p{N}]')
    or list_contains($stop, regexp_replace(word, '[^\p{L}\p{N}]', '', 'g')))"""
"""`is_common` in SQL, of the column `word` in lower case; `$stop` is `list_stop_words` of the language."""


@cache
def list_stop_words(language: str) -> tuple[str, ...]:
    """The stop words of a language, one of `LANGUAGES`; none for `NO_LANGUAGE`.

    For English they are scikit-learn's and the ends of contractions: the list of the library stop-words has 1,300
    words, many of which may matter to a classifier. "said" and "says" are not among scikit-learn's.
    """
    if language == "english":
        from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

        return tuple(sorted({*ENGLISH_STOP_WORDS, *_PIECES}))
    return tuple(sorted({*map(_take_letters, get_stop_words(language))} - {""})) if language else ()


def is_common(word: str, language: str = "english") -> bool:
    """Whether a word is a stop word, or has no letter and no digit; upper and lower case count as the same."""
    letters = _take_letters(word.lower())
    return not letters or letters in list_stop_words(language)


def _take_letters(word: str) -> str:
    return "".join(letter for letter in word if letter.isalnum())


def choose_stop_words(tables: duckdb.DuckDBPyConnection, language: str | None) -> list[str]:
    """The stop words of a language; by default those of the language of a run's words."""
    return list(list_stop_words(find_language(tables) if language is None else language))


def say_common(language: str) -> str:
    """What `is_common` covers, in words: marks, and the stop words of a language if there is one."""
    return f"{language.title()} stop words and marks" if language else "marks"


def find_language(tables: duckdb.DuckDBPyConnection) -> str:
    """The language whose stop words make up the largest share of a run's words, or `NO_LANGUAGE`."""
    rows = tables.execute(
        "select lower(word), count(*) from (select word from words limit $most) "
        r"where regexp_matches(word, '\p{L}') group by all",
        {"most": _LOOKED_AT},
    ).fetchall()
    counts = dict(rows)
    covered = {language: sum(counts.get(word, 0) for word in list_stop_words(language)) for language in LANGUAGES}
    best = max(LANGUAGES, key=lambda language: covered[language])
    return best if covered[best] > _LEAST_COVERED * sum(counts.values()) else NO_LANGUAGE
