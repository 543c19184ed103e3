"""Words that carry grammar and little meaning, and marks: what a reader may hide."""

from __future__ import annotations

from functools import cache

_PIECES = ("d", "ll", "m", "nt", "re", "s", "t", "ve")
"""What is left of English contractions when a tokenizer has cut them: 's, n't, 're."""


IS_COMMON = r"""(not regexp_matches(word, '[\p{L}\p{N}]')
    or list_contains($stop, regexp_replace(word, '[^\p{L}\p{N}]', '', 'g')))"""
"""`is_common` in SQL, of the column `word` in lower case; `$stop` is `stop_words`."""


@cache
def stop_words() -> tuple[str, ...]:
    """Scikit-learn's English stop words, and the ends of contractions.

    "said" and "says" are not among them, nor in the lists of NLTK and spaCy. Salton's SMART list has them, and
    "serious", "sensible" and "sorry" as well, which a classifier may well listen to.
    """
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return tuple(sorted({*ENGLISH_STOP_WORDS, *_PIECES}))


def is_common(word: str) -> bool:
    """Whether a word is one of them, or has no letter and no digit; upper and lower case are one."""
    letters = "".join(letter for letter in word.lower() if letter.isalnum())
    return not letters or letters in stop_words()
