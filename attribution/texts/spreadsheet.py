"""CSV that a spreadsheet shows as it stands: no text in it is taken for a formula, and numbers stay numbers.

A formula in a stranger's text, name or label would otherwise run on the machine of whoever opens the file:
https://owasp.org/www-community/attacks/CSV_Injection
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from numbers import Number
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_BLANK = "\\x00-\\x20\\xa0\u200b\u3000\ufeff"
_FORMULA = f"^'*(?:[\\t\\r\\n]|[{_BLANK}]*[=+\\-@＝＋－＠])"
"""How a text begins that a spreadsheet may take for a formula, for Python and for DuckDB.

Apostrophes in front count as well: one more is put before them, so that `to_original` takes away no other.
"""

_BEGINS_FORMULA = re.compile(_FORMULA)


def to_cell_text(text: str) -> str:
    """A text with an apostrophe in front if a spreadsheet would take it for a formula."""
    return f"'{text}" if _BEGINS_FORMULA.match(text) else text


def to_original(text: str) -> str:
    """The text from which `to_cell_text` made this one."""
    return text[1:] if text.startswith("'") and _BEGINS_FORMULA.match(text) else text


def to_cell_sql(column: str) -> str:
    """`to_cell_text` in DuckDB's SQL, for a column of texts."""
    name, pattern = '"' + column.replace('"', '""') + '"', _FORMULA.replace("'", "''")
    return f"case when regexp_matches({name}, '{pattern}') then '''' || {name} else {name} end"


def write_row(cells: Iterable[object]) -> str:
    """A line of CSV: every text is in quotes, because spreadsheets may also split cells at semicolons and tabs."""
    return ",".join(map(_write_cell, cells)) + "\n"


def write_table(table: pd.DataFrame) -> str:
    """A data frame as CSV, without its index."""
    columns: Sequence[Sequence[object]] = [column.tolist() for _, column in table.items()]
    return write_row(table.columns) + "".join(map(write_row, zip(*columns, strict=True)))


def _write_cell(cell: object) -> str:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, Number):
        return str(cell)
    text = to_cell_text(str(cell)).replace('"', '""')
    return f'"{text}"'
