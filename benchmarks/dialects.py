"""How often the dialect of a CSV file is found: ours, DuckDB's sniffer, CleverCSV, and Python's own.

    pip install clevercsv==0.8.5
    python -m benchmarks.dialects --files 500

Each file is drawn: how many columns, rows and words, which separator, quotes as needed or everywhere or nowhere, a
header or none, quotes in the texts. A file counts as right where every cell of every row comes back as it was written,
and as said where the reader raises an error, or reports a broken row, instead. The texts are made of words of our own.
"""

from __future__ import annotations

import argparse
import csv
import io
import random
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from attribution.corpus.documents.files import open_table

_WORDS = """the striker scored twice and bank raised rates again chip understands speech prices rose nobody knows what
comes next said economist coach praised young lion of team shares fell by three per cent rain on town""".split()  # noqa: SIM905
_LABELS = ("sport", "business", "tech", "a b")
_MARKS = (",", ",", ",", ";", ":", " -", "|", "!", "?")
_SEPARATORS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class Drawn:
    """A file that was drawn: its content, its rows without a header, and what it is an example of."""

    content: str
    rows: list[list[str]]
    kind: str


def draw_text(chance: random.Random, quotes: bool) -> str:
    """A sentence or three, with marks between its words and maybe quotes around some."""
    words = [chance.choice(_WORDS) for _ in range(chance.randint(4, 30))]
    for place in range(len(words) - 1):
        if chance.random() < 0.15:
            words[place] += chance.choice(_MARKS)
    if quotes and chance.random() < 0.4:
        first, last = sorted(chance.sample(range(len(words)), 2))
        words[first], words[last] = '"' + words[first], words[last] + '"'
    if quotes and chance.random() < 0.1:
        words[0] = '"' + words[0]
    return " ".join(words).capitalize() + chance.choice((".", ".", "!", "?"))


def draw_file(chance: random.Random) -> Drawn:
    """A file as somebody might write it."""
    separator, quotes = chance.choice(_SEPARATORS), chance.random() < 0.4
    extra, with_label = chance.random() < 0.3, chance.random() < 0.85
    rows = []
    for number in range(chance.choice((3, 5, 8, 20, 100))):
        row = [draw_text(chance, quotes)]
        if chance.random() < 0.05:
            row[0] = row[0].replace(" ", "\n", 1)
        row += [chance.choice(_LABELS)] if with_label else []
        row += [str(number)] if extra else []
        rows.append(row[::-1] if extra else row)
    header = chance.choice((True, True, False))
    names = ["text", *["label"][: int(with_label)], *["id"][: int(extra)]]
    names = names[::-1] if extra else names
    how = chance.choice(("minimal", "all", "none"))
    if how == "none":
        rows = [[cell.replace(separator, " ").replace("\n", " ") for cell in row] for row in rows]
    if how != "none":
        buffer = io.StringIO()
        written = csv.writer(buffer, delimiter=separator, quoting=csv.QUOTE_ALL if how == "all" else csv.QUOTE_MINIMAL)
        written.writerows([names, *rows] if header else rows)
        content = buffer.getvalue()
    else:
        content = "".join(separator.join(row) + "\n" for row in ([names, *rows] if header else rows))
    return Drawn(content, rows, f"{how}{' quotes' if quotes else ''}{'' if header else ' headless'}")


def read_ours(path: Path) -> list[list[str]]:
    """What this project reads."""
    table = open_table(path)
    rows = list(table.rows())
    if any(row.error for row in rows):
        raise ValueError("a broken row")
    return [[row.cells.get(name) or "" for name in table.names] for row in rows]


def read_duckdb(path: Path) -> list[list[str]]:
    """What DuckDB's `read_csv` reads."""
    import duckdb

    found = duckdb.connect().execute("select * from read_csv(?, all_varchar=true)", [str(path)]).fetchall()
    return [["" if cell is None else cell for cell in row] for row in found]


def read_sniffer(path: Path) -> list[list[str]]:
    """What Python's own reader reads in the dialect that its sniffer finds."""
    content = path.read_text("utf-8")
    dialect = csv.Sniffer().sniff(content[:20_000], "".join(_SEPARATORS))
    rows = [row for row in csv.reader(io.StringIO(content, newline=""), dialect) if row]
    return rows[1:] if csv.Sniffer().has_header(content[:20_000]) else rows


def read_clevercsv(path: Path) -> list[list[str]]:
    """What CleverCSV reads in the dialect that it finds."""
    import clevercsv

    content = path.read_text("utf-8")
    dialect = clevercsv.Sniffer().sniff(content[:20_000])
    rows = [row for row in clevercsv.reader(io.StringIO(content, newline=""), dialect) if row]
    return rows[1:] if clevercsv.Sniffer().has_header(content[:20_000]) else rows


READERS: dict[str, Callable[[Path], list[list[str]]]] = {
    "ours": read_ours,
    "DuckDB 2.0.1": read_duckdb,
    "CleverCSV": read_clevercsv,
    "csv.Sniffer": read_sniffer,
}


def main() -> None:
    """Draw files, read them with every reader, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", action="store_true", help="print the files that ours reads wrongly")
    options = parser.parse_args()
    right, seen, kinds = Counter[str](), Counter[str](), Counter[tuple[str, str]]()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.files):
            drawn = draw_file(random.Random(options.seed * 1_000_003 + number))
            path = Path(folder) / "drawn.csv"
            path.write_text(drawn.content, "utf-8", newline="")
            kinds["all", drawn.kind] += 1
            for name, read in READERS.items():
                try:
                    found = read(path)
                except Exception:
                    seen[name] += 1
                    continue
                right[name] += found == drawn.rows
                kinds[name, drawn.kind] += found == drawn.rows
                if options.show and name == "ours" and found != drawn.rows:
                    print(f"--- {number} {drawn.kind}\n{drawn.content[:600]}\n    first: {found[:2]}")
    print(f"{'':24}{'right':>8}{'said':>8}{'wrong':>8}  of {options.files}")
    for name in READERS:
        print(f"{name:24}{right[name]:8}{seen[name]:8}{options.files - right[name] - seen[name]:8}")
    for kind in sorted({kind for name, kind in kinds if name == "all"}):
        print(f"  {kind:24}", *(f"{name} {kinds[name, kind]}/{kinds['all', kind]}" for name in READERS))


if __name__ == "__main__":
    main()
