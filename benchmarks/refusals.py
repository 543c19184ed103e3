"""What happens to each hostile file under Flair's own load and here, with the time and memory that each takes here.

    python -m benchmarks.refusals [part of a trick's name …]

It prints a table, then the slowest file and the one that took most memory, not counting what the process held before.
"""

from __future__ import annotations

import re
import statistics
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

from tests.attribution.opening.hostile import containers, parts, pickles, sizes  # noqa: F401  # each adds its tricks
from tests.attribution.opening.hostile.stage import Outcome, open_stage
from tests.attribution.opening.hostile.workshop import TRICKS, Trick, Workshop, build_honest

Row = tuple[Trick, Outcome, Outcome]


def attempt_all(wanted: list[str]) -> Iterator[Row]:
    """Each trick with its outcome under Flair and here."""
    with tempfile.TemporaryDirectory() as root, open_stage() as stage:
        (folder := Path(root) / "honest").mkdir()
        honest = build_honest(folder)
        for trick in TRICKS:
            if wanted and not any(part in trick.name for part in wanted):
                continue
            (folder := Path(root) / trick.name).mkdir()
            workshop = Workshop(folder, honest)
            path = trick.make(workshop)
            outcomes = []
            for reader in ("flair", "whylight"):
                workshop.mark.unlink(missing_ok=True)
                outcomes.append(stage.attempt(reader, path, workshop.mark))
            yield trick, *outcomes


def main() -> None:
    """Print the table."""
    warnings.simplefilter("ignore")
    rows = []
    for trick, flair, ours in attempt_all(sys.argv[1:]):
        rows.append((trick, flair, ours))
        sentence = ours.says.partition(": ")[2]
        figures = f"{ours.seconds:6.2f} s {ours.megabytes:5.0f} MB"
        print(f"{trick.name[:52]:52} {flair.what[:20]:20} {ours.what:8} {figures}  {sentence[:110]}", flush=True)
    refused = [row for row in rows if row[2].what == "refused" and re.search(row[0].found, row[2].says)]
    slowest = max(rows, key=lambda row: row[2].seconds)
    largest = max(rows, key=lambda row: row[2].megabytes)
    print(f"refused {len(refused)} of {len(rows)}, median {statistics.median(row[2].seconds for row in rows):.2f} s")
    print(f"slowest: {slowest[0].name}, {slowest[2].seconds:.2f} s")
    print(f"most memory: {largest[0].name}, {largest[2].megabytes:.0f} MB")


if __name__ == "__main__":
    main()
