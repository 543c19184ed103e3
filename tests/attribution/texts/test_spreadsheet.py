import csv
import io
import itertools
import re
import tomllib

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from attribution.render import tabulate_labels, to_csv
from attribution.texts.spreadsheet import to_cell_sql, to_cell_text, to_original, write_row, write_table
from tests.attribution.stand_ins import explanation
from tests.paths import ROOT

FORMULAS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\tx",
    " =1",
    "\xa0=1",
    "\ufeff=1",
    "＝1",
    "＋",
    "－1",
    "＠a",
)
PLAIN = ("", "a", "1-1", "a=b", "'", "'s", "“=1”", " a", "(=1)", "–", "🙂")
PARTS = (
    "'",
    "=",
    "-",
    "+",
    "@",
    "\t",
    "\r",
    "\n",
    " ",
    "\x00",
    "\xa0",
    "＝",
    "a",
    "\u200b",
    "\ufeff",
    "\x0b",
    "\u3000",
)
TEXTS = ["".join(parts) for length in range(4) for parts in itertools.product(PARTS, repeat=length)]


class TestToCellText:
    @pytest.mark.parametrize("text", FORMULAS)
    def test_what_may_be_a_formula_has_an_apostrophe_in_front(self, text):
        assert to_cell_text(text) == f"'{text}"

    @pytest.mark.parametrize("text", PLAIN)
    def test_other_texts_stay_as_they_are(self, text):
        assert to_cell_text(text) == text

    def test_every_text_comes_back(self):
        assert [to_original(to_cell_text(text)) for text in TEXTS] == TEXTS

    def test_duckdb_does_the_same(self):
        texts = pa.table({'a "name"': TEXTS})
        with duckdb.connect() as connection:
            found = connection.from_arrow(texts).project(to_cell_sql('a "name"')).fetchall()
        assert [text for (text,) in found] == list(map(to_cell_text, TEXTS))


class TestWriteTable:
    def test_texts_and_names_are_texts_and_numbers_numbers(self):
        table = pd.DataFrame({"=name": ["=1", None], "-n": [-0.12, float("nan")], "b": [True, False], "i": [-3, 4]})
        table["object"] = [np.float32(-0.5), "+x"]
        assert write_table(table) == (
            '"\'=name","\'-n","b","i","object"\n"\'=1",-0.12,True,-3,-0.5\n,,False,4,"\'+x"\n'
        )

    def test_it_reads_back(self):
        rows = [[text, "x"] for text in TEXTS]
        written = "".join(map(write_row, rows))
        read = [[to_original(cell) for cell in row] for row in csv.reader(io.StringIO(written, newline=""))]
        assert read == rows

    def test_columns_of_one_name_stay_apart(self):
        table = pd.DataFrame([[1, "a"], [2, "b"]], columns=["x", "x"])
        assert write_table(table) == '"x","x"\n1,"a"\n2,"b"\n'


class TestExports:
    def test_no_word_and_no_label_of_an_explanation_is_a_formula(self):
        said = explanation("=cmd +1 a -2", [0.5, -0.25, 0.125, -1.0], labels=("@good", "-bad"))
        rows = list(csv.reader(io.StringIO(to_csv(said))))
        assert [row[0] for row in rows] == ["word", "'=cmd", "'+1", "a", "'-2"]
        assert [row[1] for row in rows[1:]] == ["0.5", "-0.25", "0.125", "-1.0"]
        assert {row[rows[0].index("label")] for row in rows[1:]} == {"'@good"}
        assert '"\'@good"' in write_table(tabulate_labels(said.prediction))

    def test_everything_that_writes_csv_does_it_here(self):
        """A file for the server's own reading is no export: the demo's paragraphs are one."""
        ways = re.compile(r"\.to_csv\(|csv\.(?:Dict)?[wW]riter\(|\.write_csv\(|pyarrow\.csv|format csv")
        found = {
            str(path.relative_to(ROOT))
            for top in ("attribution", "ui", "pages")
            for path in (ROOT / top).rglob("*.py")
            if ways.search(path.read_text("utf-8"))
        }
        assert found == {"attribution/corpus/findings/export.py", "ui/data_set/start.py"}

    def test_the_tables_of_the_pages_offer_no_csv_of_their_own(self):
        settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
        assert settings["client"]["disableDataExport"] is True
