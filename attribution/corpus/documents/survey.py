"""What a data set holds from its first row to its last: it is read once before anything is explained."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ...wording import list_first
from .column_guess import make_reader
from .gold import GoldCount, choose_numbers
from .several import SeveralTables, open_all
from .source import LONGEST_CARRIED, Source

_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a file holds from its first row to its last.

    Attributes:
        documents: its rows, broken ones included.
        lines: how many lines they take up.
        longer: how many rows span several lines.
        broken: how many rows cannot be read or hold no text.
        fault: what is wrong with the first broken row, and which row it is.
        long: how many cells of other columns are too long to be carried along.
        encodings: how many of several files were found to be in each.
        left_out: names of files in the folder that were not read.
        gold: what the gold columns contain.
    """

    documents: int
    lines: int
    longer: int
    broken: int
    gold: GoldCount
    fault: str = ""
    long: int = 0
    encodings: Counter[str] = field(default_factory=Counter)
    left_out: tuple[str, ...] = ()

    def say(self) -> str:
        """The counts in a sentence."""
        said = f"{self.documents:,} row{'' if self.documents == 1 else 's'}"
        if self.longer:
            goes = "one spans" if self.longer == 1 else f"{self.longer:,} span"
            said += f" in {self.lines:,} lines ({goes} several)"
        if self.broken:
            first = "it is" if self.broken == 1 else "the first is"
            said += f"; {self.broken:,} cannot be read, {first} {self.fault}"
        said = said if said.endswith(".") else f"{said}."
        if self.encodings:
            said += f" Files in {', '.join(f'{name}: {count:,}' for name, count in self.encodings.most_common())}."
        if self.long:
            cells, are = ("One cell", "is") if self.long == 1 else (f"{self.long:,} cells", "are")
            said += f" {cells} of more than {LONGEST_CARRIED:,} characters in other columns {are} not carried along."
        if self.left_out:
            were = "file was" if len(self.left_out) == 1 else "files were"
            said += f" {len(self.left_out):,} other {were} left out: {list_first(self.left_out, _NAMED)}."
        return said


def survey(source: Source) -> Survey:
    """Read a whole file once, to count what is in it."""
    counts, gold, first, carried = [0, 0, 0, 0, 0], GoldCount(), "", source.carried
    plain, table = replace(source.gold, numbers=""), open_all(source.files, source.format)
    for number, row in enumerate(table.rows()):
        fault = source.find_fault(row)
        long = sum(len(row.cells.get(column) or "") > LONGEST_CARRIED for column in carried)
        for place, one in enumerate((1, row.lines, row.lines > 1, fault is not None, long)):
            counts[place] += one
        if fault is None:
            gold.note({column: row.cells.get(column) for column in source.columns.labels}, plain)
        if fault and not first:
            first = f"{row.name(number)}: {fault}"
    return Survey(
        documents=counts[0],
        lines=counts[1],
        longer=counts[2],
        broken=counts[3],
        gold=gold,
        fault=first,
        long=counts[4],
        encodings=table.encodings if isinstance(table, SeveralTables) else Counter(),
        left_out=source.files.left_out,
    )


def read_for(source: Source, labels: Sequence[str], *, multi_label: bool) -> tuple[Source, Survey]:
    """The source with its gold labels read as labels of a model, and a survey of the file."""
    columns = source.columns.labels
    if columns:
        source = replace(source, gold=make_reader(columns, source.beginning.cells, labels, multi_label))
    found = survey(source)
    return replace(source, gold=replace(source.gold, numbers=choose_numbers(found.gold, labels))), found


def say_numbers(source: Source, found: Survey) -> str:
    """How numbers in the gold columns are interpreted, in a sentence; empty if there are none."""
    labels = source.gold.labels
    if source.gold.numbers == "multi-hot":
        return f"The gold labels are lists of 0 and 1, one for each of the model's {len(labels)} labels, in its order."
    if source.gold.numbers == "indices":
        pairs = []
        for gold in sorted(found.gold.golds)[:_NAMED]:
            pairs.append(f"{gold} is {', '.join(source.gold.read_cell(gold) or ('no label',))}")
        more = ", …" if len(found.gold.golds) > _NAMED else ""
        return (
            "The gold labels are numbers, and no label of the model is named like that. They are read as indices of "
            f"its labels: {', '.join(pairs)}{more}."
        )
    return ""
