"""What the shell's `corpus` understands beside a model and a method."""

from __future__ import annotations

import argparse

from ..corpus.running.record import ENGINES, EXPLAINED
from .terminal import read_argument


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser of the command."""
    parser.add_argument(
        "source",
        help="CSV, TSV, JSON, JSON Lines, Parquet, Excel, or lines of texts or of '__label__x text' (.txt)",
    )
    parser.add_argument(
        "--output", required=True, metavar="FOLDER", help="the run's folder; one that was stopped goes on"
    )
    parser.add_argument("--report", metavar="FILE", help="write the run's report there, in HTML, as the page has it")
    parser.add_argument("--text-column", type=read_argument, help="by default it is guessed, as the others are")
    parser.add_argument(
        "--label-column",
        action="append",
        type=read_argument,
        help="the gold label, or several as 'a | b' or a list; give an empty name for none. May be given several "
        "times: columns of a label each, or of 0 and 1",
    )
    parser.add_argument(
        "--id-column",
        type=read_argument,
        help="what documents are called; by default by their row, the first one row 1",
    )
    parser.add_argument("--encoding", help="such as cp1252; this and the next four are found in the file by default")
    parser.add_argument(
        "--separator",
        type=read_argument,
        metavar="CHARACTER",
        help="between cells, or 'tab'; give an empty one for none",
    )
    parser.add_argument(
        "--quote", type=read_argument, metavar="CHARACTER", help="around cells; give an empty one where quotes are text"
    )
    parser.add_argument(
        "--header",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="whether the first row names the columns",
    )
    parser.add_argument("--skip-lines", type=int, metavar="COUNT", help="lines above the table, such as a title")
    parser.add_argument("--explained", choices=EXPLAINED, default="predicted", help="which labels of each document")
    parser.add_argument("--engine", choices=ENGINES, default="local", help="ray: on a cluster, or all processors")
    parser.add_argument("--workers", type=int, help="on Ray, how many; by default one a GPU, or one a processor")
