"""The arguments of the command `corpus` beside a model and a method."""

from __future__ import annotations

import argparse

from ..corpus.running.record import ALL, ENGINES, EXPLAINED, Workers
from .terminal import read_argument


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser of the command."""
    parser.add_argument(
        "source",
        nargs="+",
        help="CSV, TSV, JSON, JSON Lines, Parquet, Excel, or one text or '__label__x text' per line (.txt), all but "
        "Parquet and Excel also as .gz and .zst; several of a kind, a folder of them, or a pattern as 'news/*.csv'",
    )
    parser.add_argument(
        "--output", required=True, metavar="FOLDER", help="the run's folder; a run that was stopped is resumed"
    )
    parser.add_argument("--report", metavar="FILE", help="write the run's report there, in HTML, as the page has it")
    parser.add_argument("--text-column", type=read_argument, help="by default it is guessed, like the others")
    parser.add_argument(
        "--label-column",
        action="append",
        type=read_argument,
        help="the gold label, or several as 'a | b' or a list; give an empty name for none. May be given several "
        "times: for columns with one label each, or with 0 and 1",
    )
    parser.add_argument(
        "--id-column",
        type=read_argument,
        help="the names of documents; by default they are named by row, from row 1 on",
    )
    _add_format(parser)
    parser.add_argument("--explained", choices=EXPLAINED, default="predicted", help="which labels of each document")
    parser.add_argument("--engine", choices=ENGINES, default="local", help="ray: on a cluster")
    parser.add_argument(
        "--workers",
        type=_read_workers,
        default=ALL,
        metavar="COUNT",
        help="how many processes explain; by default one per processor, fewer where memory or the documents do not "
        "suffice, and on Ray one per GPU if there are any",
    )


def _add_format(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say how files of text are written."""
    parser.add_argument("--encoding", help="such as cp1252; this and the next four are detected by default")
    parser.add_argument(
        "--separator",
        type=read_argument,
        metavar="CHARACTER",
        help="between cells, or 'tab'; give an empty one if there is none",
    )
    parser.add_argument(
        "--quote", type=read_argument, metavar="CHARACTER", help="around cells; give an empty one if quotes are text"
    )
    parser.add_argument(
        "--header",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="whether the first row names the columns",
    )
    parser.add_argument("--skip-lines", type=int, metavar="COUNT", help="lines above the table, such as a title")


def _read_workers(argument: str) -> Workers:
    try:
        return ALL if argument == ALL else int(argument)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a number, or {ALL}, got {argument!r}") from None
