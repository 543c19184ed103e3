"""Explain a text or a data set, list labels, inspect a file, verify a report.

    python -m attribution explain model.pt --text-file article.txt --label business --report out.html
    echo "The striker scored." | python -m attribution explain model.pt --format json
    python -m attribution corpus model.pt news.csv --text-column body --label-column topic --output run/
    python -m attribution labels model.pt
    python -m attribution inspect model.pt
    python -m attribution verify report.json
    python -m attribution --version

Exit status: 0 for success; 1 if the command failed, a report does not agree or a file is refused; 2 if the command was
not understood.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from ..errors import AttributionError
from ..version import read_release
from .corpus_arguments import add_arguments as add_corpus_arguments
from .explain import FORMATS, explain_text, make_method
from .method_names import METHOD_NAMES
from .model import find_file, inspect_file, list_labels, verify_report
from .terminal import answer_stream, read_argument, reserve_output, settle_streams, to_printable


def main(arguments: Sequence[str] | None = None, *, owns_process: bool = False) -> int:
    """Run one command; returns the exit status.

    Args:
        arguments: by default those of the process.
        owns_process: whether to keep standard output for the answer until the process ends.
    """
    settle_streams()
    options = _parser().parse_args(arguments)
    if owns_process:
        reserve_output()
    try:
        status = int(options.run(options))
        answer_stream().flush()
        return status
    except AttributionError as error:
        print(f"whylight: {to_printable(str(error))}", file=sys.stderr)
        return 1
    except OSError as error:
        if error.filename is None:  # standard output failed: write no more to it, not even at exit
            os.dup2(os.open(os.devnull, os.O_WRONLY), answer_stream().fileno())
        if not isinstance(error, BrokenPipeError):  # else the reader, such as head, has seen enough
            said = f"{error.filename or 'standard output'}: {error.strerror or error}"
            print(f"whylight: {to_printable(said)}", file=sys.stderr)
        return 1
    except UnicodeEncodeError as error:
        said = f"a name or a text holds characters that cannot be encoded in {error.encoding}. Give it in UTF-8."
        print(f"whylight: {said}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    lines = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        prog="python -m attribution",
        description=lines[0],
        epilog=lines[2],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_SayVersion, nargs=0, help="print the release and exit")
    commands = parser.add_subparsers(required=True, metavar="command")
    _add_explain(commands)
    _add_corpus(commands)
    labels = _add(commands, "labels", list_labels, "list a model's labels, index to name")
    labels.add_argument("--format", choices=("text", "json", "csv"), default="text")
    _add_multi_label(labels)
    _add_isolated(labels)
    inspect = _add(commands, "inspect", inspect_file, "print what a file refers to, without building its model")
    inspect.add_argument("--format", choices=("text", "json"), default="text")
    _add_isolated(inspect)
    verify = commands.add_parser("verify", help="compute a report again and compare")
    verify.add_argument("report", help="a report in JSON, from explain --format json or from a page")
    verify.add_argument("--model", help="the model's file; by default it is looked for by its hash on this server")
    verify.add_argument("--tokenizer", help="for a model that holds none")
    _add_isolated(verify)
    verify.set_defaults(run=verify_report)
    return parser


class _SayVersion(argparse.Action):
    """Prints the release; argparse's own action needs the text each time, even if nobody asks for it."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(*read_release())
        parser.exit()


def _add(commands: Any, name: str, run: Callable[[argparse.Namespace], int], about: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=about, description=about)
    parser.add_argument("model", help="the model's file, or 'demo'")
    parser.add_argument("--tokenizer", help="for a model that holds none: a folder, a zip or a tokenizer.json")
    parser.set_defaults(run=run)
    return parser


def _add_multi_label(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--multi-label",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="for a Hugging Face model whose file does not say it: whether labels are independent of each other, or "
        "exclude each other, which is the default",
    )


def _add_isolated(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--isolated",
        action="store_true",
        help="open the model in a process of its own, with limits of memory and time, and without the network",
    )


def _add_corpus(commands: Any) -> None:
    parser = _add(commands, "corpus", _explain_corpus, "explain every text of a file, and write the results")
    add_corpus_arguments(parser)
    _add_multi_label(parser)
    _add_method(parser)


def _add_explain(commands: Any) -> None:
    parser = _add(commands, "explain", explain_text, "say which words made the model choose a label")
    _add_multi_label(parser)
    _add_isolated(parser)
    parser.add_argument("--text", type=read_argument, help="the text itself")
    parser.add_argument("--text-file", help="a file with the text; by default, or for -, standard input")
    parser.add_argument("--encoding", help="of the text file, such as cp1252; detected by default")
    parser.add_argument("--second-text", type=read_argument, help="for a model that compares two texts: the second one")
    parser.add_argument("--label", type=read_argument, help="the label to explain; by default the predicted ones")
    _add_method(parser)
    parser.add_argument("--format", choices=FORMATS, default=None, help="by default as the report's name ends, or text")
    parser.add_argument("--report", metavar="FILE", help="write to this file instead of standard output")
    parser.add_argument("--top-k", type=int, default=10, help="how many words to list for, and against")


def _add_method(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--method", choices=METHOD_NAMES, default=None, help=f"by default {METHOD_NAMES[0]}")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a setting of the method, such as baseline=mask or tolerance=0.001; may be given several times",
    )


def _explain_corpus(options: argparse.Namespace) -> int:
    from .corpus import run

    return run(options, find_file(options.model), make_method(options.method, options.set))
