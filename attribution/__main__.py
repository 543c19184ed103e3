"""The shell: explain a text or a data set, list labels, inspect a file, verify a report.

    python -m attribution explain model.pt --text-file article.txt --label business --report out.html
    echo "The striker scored." | python -m attribution explain model.pt --format json
    python -m attribution corpus model.pt news.csv --text-column body --label-column topic --output run/
    python -m attribution labels model.pt
    python -m attribution inspect model.pt
    python -m attribution verify report.json
    python -m attribution --version

Exit status: 0 when it was done; 1 when it could not be done, a report does not agree or a file is refused; 2 for a
command that was not understood.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from .cli.corpus_arguments import add_arguments as add_corpus_arguments
from .cli.terminal import (
    answer,
    answer_stream,
    check_report,
    read_argument,
    reserve_output,
    settle_streams,
    write_file,
    write_report,
)
from .cli.terminal import to_printable as _printable
from .errors import AttributionError, CheckpointError
from .method_names import METHOD_NAMES
from .version import read_release

if TYPE_CHECKING:
    from .classifiers import Text

_FORMATS = ("text", "json", "csv", "html")
_LONGEST_TEXT = 20_000_000


def main(arguments: Sequence[str] | None = None, *, owns_process: bool = False) -> int:
    """Run one command; returns the exit status.

    Args:
        arguments: by default those of the process.
        owns_process: whether standard output is kept for the answer, to the end of the process.
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
        print(f"whylight: {_printable(str(error))}", file=sys.stderr)
        return 1
    except OSError as error:
        if error.filename is None:  # standard output: nothing more goes there, not even at the end
            os.dup2(os.open(os.devnull, os.O_WRONLY), answer_stream().fileno())
        if not isinstance(error, BrokenPipeError):  # else the reader, such as head, has seen enough
            said = f"{error.filename or 'standard output'}: {error.strerror or error}"
            print(f"whylight: {_printable(said)}", file=sys.stderr)
        return 1
    except UnicodeEncodeError as error:
        said = f"a name or a text holds what cannot be written in {error.encoding}. Give it in UTF-8."
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
    parser.add_argument("--version", action=_SayVersion, nargs=0, help="say which release this is")
    commands = parser.add_subparsers(required=True, metavar="command")
    _add_explain(commands)
    _add_corpus(commands)
    labels = _add(commands, "labels", _list_labels, "list a model's labels, index to name")
    labels.add_argument("--format", choices=("text", "json", "csv"), default="text")
    _add_multi_label(labels)
    inspect = _add(commands, "inspect", _inspect, "say what a file refers to, without building its model")
    inspect.add_argument("--format", choices=("text", "json"), default="text")
    verify = commands.add_parser("verify", help="compute a report again and compare")
    verify.add_argument("report", help="a report in JSON, from explain --format json or from a page")
    verify.add_argument("--model", help="the model's file; by default it is looked for by its hash on this server")
    verify.add_argument("--tokenizer", help="for a model that holds none")
    verify.set_defaults(run=_verify)
    return parser


class _SayVersion(argparse.Action):
    """An action, for argparse wants the sentence of its own `version` before it is asked for."""

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
        "exclude each other, as they are taken to by default",
    )


def _add_corpus(commands: Any) -> None:
    parser = _add(commands, "corpus", _explain_corpus, "explain every text of a file, and write what comes of it")
    add_corpus_arguments(parser)
    _add_multi_label(parser)
    _add_method(parser)


def _add_explain(commands: Any) -> None:
    parser = _add(commands, "explain", _explain, "say which words made the model choose a label")
    _add_multi_label(parser)
    parser.add_argument("--text", type=read_argument, help="the text itself")
    parser.add_argument("--text-file", help="a file with the text; by default, or as -, standard input")
    parser.add_argument("--encoding", help="of the text file, such as cp1252; by default it is found in it")
    parser.add_argument("--second-text", type=read_argument, help="for a model that compares two texts: the second one")
    parser.add_argument("--label", type=read_argument, help="the label to explain; by default the predicted ones")
    _add_method(parser)
    parser.add_argument(
        "--format", choices=_FORMATS, default=None, help="by default that of the report's name, or text"
    )
    parser.add_argument("--report", metavar="FILE", help="write there, and not to standard output")
    parser.add_argument("--top-k", type=int, default=10, help="how many words text shows, each way")


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
    from .cli.corpus import run

    return run(options, _find(options.model), _make_method(options.method, options.set))


def _explain(options: argparse.Namespace) -> int:
    from .explaining import explain_labels

    method = _make_method(options.method, options.set)
    if options.report is not None:
        check_report(options.report, _find(options.model), *([options.text_file] if options.text_file else []))
    text, model = _read_text(options), _load(options)
    labels = [options.label] if options.label is not None else model.predict(text).predicted
    explanations = explain_labels(model, text, labels, method)
    chosen = options.format or (_format_of(options.report) if options.report else "text")
    written = _WRITERS[chosen](explanations, options)
    if options.report is None:
        (answer_stream().write if chosen == "text" else write_file)(written)
        return 0
    write_report(options.report, written)
    return 0


def _format_of(name: str) -> str:
    suffix = Path(name).suffix.lower().removeprefix(".")
    return {"htm": "html", "txt": "text"}.get(suffix, suffix if suffix in _FORMATS else "text")


def _make_method(name: str | None, given: Sequence[str]) -> Any:
    from .methods import METHODS

    if name is None and not given:
        return None
    kind: Any = METHODS[name or METHOD_NAMES[0]]
    known = {field.name: field.default for field in fields(kind)}
    settings = {}
    for one in given:
        setting, found, value = one.partition("=")
        if not found or setting not in known:
            raise AttributionError(f"Expected a setting as NAME=VALUE, NAME one of {', '.join(known)}; got {one!r}.")
        settings[setting] = _convert(value, known[setting])
    try:
        return kind(**settings)
    except (TypeError, ValueError) as error:
        raise AttributionError(f"The setting does not do. {error}") from error


def _convert(value: str, default: object) -> object:
    """A setting's value, of its default's type; None stands for a number."""
    if isinstance(default, str):
        return value
    try:
        return float(value) if isinstance(default, float) else int(value)
    except ValueError:
        raise AttributionError(f"Expected a number, got {value!r}.") from None


def _read_text(options: argparse.Namespace) -> Text:
    first = options.text if options.text is not None else _read_file(options.text_file or "-", options.encoding)
    return first if options.second_text is None else (first, options.second_text)


def _read_file(name: str, encoding: str | None) -> str:
    try:
        with sys.stdin.buffer if name == "-" else Path(name).open("rb") as file:
            content = file.read(_LONGEST_TEXT + 1)
    except OSError as error:
        raise AttributionError(f"{name} cannot be read: {error.strerror}.") from error
    if len(content) > _LONGEST_TEXT:
        raise AttributionError(f"The text is longer than {_LONGEST_TEXT // 1_000_000} MB.")
    return _decode(content, encoding)


def _decode(content: bytes, encoding: str | None) -> str:
    """A text in the encoding that was named, or else in the one that is found, which is said where it is not UTF-8."""
    from .corpus.documents.format import ENCODINGS, name_encoding
    from .corpus.documents.formats.encoding import find_encoding

    found = find_encoding(io.BytesIO(content)) if encoding is None else name_encoding(encoding)
    if encoding is None and found != "utf-8":
        print(f"whylight: the text is read as {ENCODINGS.get(found, found)}.", file=sys.stderr)
    try:
        return content.decode("utf-8-sig" if found == "utf-8" else found)
    except UnicodeDecodeError as error:
        raise AttributionError(
            f"The text is not {ENCODINGS.get(found, found)}: byte {error.start} is {content[error.start]:#04x}. Name "
            "its encoding with --encoding."
        ) from error


def _load(options: argparse.Namespace) -> Any:
    from .model import load_model

    model = load_model(_find(options.model), tokenizer=options.tokenizer, multi_label=options.multi_label)
    if options.multi_label is None:
        for note in model.kind.notes:  # what was taken for granted
            print(f"whylight: {_printable(note)}", file=sys.stderr)
    return model


def _find(name: str) -> Path:
    if name == "demo" and not Path(name).exists():
        from . import demo

        return demo.checkpoint()
    if not Path(name).exists():
        raise CheckpointError(f"There is no file {name}.")
    return Path(name)


def _list_labels(options: argparse.Namespace) -> int:
    model = _load(options)
    if options.format == "json":
        write_file(json.dumps(dict(enumerate(model.labels)), indent=1) + "\n")
    elif options.format == "csv":
        write_file("".join(f"{index},{_quote(label)}\n" for index, label in enumerate(model.labels)))
    else:
        for index, label in enumerate(model.labels):
            answer(f"{index}\t{label}")
    return 0


def _quote(label: str) -> str:
    import csv
    import io

    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow([label])
    return buffer.getvalue()


def _inspect(options: argparse.Namespace) -> int:
    from .opening.inspection import inspect_checkpoint

    inspection = inspect_checkpoint(_find(options.model), tokenizer=options.tokenizer)
    if options.format == "json":
        said = {**asdict(inspection), "passed": inspection.passed, "verdict": inspection.verdict}
        write_file(json.dumps(said, indent=1) + "\n")
        return 0 if inspection.passed else 1
    answer(f"{inspection.verdict}\n{inspection.format}, {inspection.size:,} bytes\nSHA-256 {inspection.sha256}")
    for check in inspection.checks:
        answer(f"{'ok    ' if check.passed else 'FAILED'} {check.name}: {check.outcome}")
    for reference in inspection.references:
        answer(f"       refers to {reference.name}: {reference.given}")
    return 0 if inspection.passed else 1


def _verify(options: argparse.Namespace) -> int:
    from .model import load_model
    from .report import read_report, verify
    from .storage.library import Library

    report = read_report(options.report)
    sha256, tokenizer = report["model"]["sha256"], options.tokenizer
    path = None if options.model is None else _find(options.model)
    if path is None:
        library = Library()
        path, tokenizer = library.path(sha256), tokenizer or library.store.tokenizer_path(sha256)
        if not path.exists():
            raise AttributionError(f"The model {sha256} is not on this server. Name its file with --model.")
    said = report["model"].get("multi_label_by_reader")
    difference = verify(report, load_model(path, tokenizer=tokenizer, multi_label=said))
    verdict = "agrees" if difference.agrees else "DOES NOT AGREE"
    is_trust = report["format"] == "whylight-trust"
    names = ("words and log-odds", "probabilities and measures") if is_trust else ("words", "probabilities")
    words, labels = (
        f"{name} {'differ by at most ' + format(most, '.2g') if math.isfinite(most) else 'are not the same'}"
        for name, most in zip(names, (difference.attribution, difference.probability), strict=True)
    )
    answer(f"The report {verdict}: {words}, {labels}.")
    return 0 if difference.agrees else 1


def _write_text(explanations: Sequence[Any], options: argparse.Namespace) -> str:
    """Each label that is explained, under each other."""
    return "\n".join(_write_one(explanation, options) for explanation in explanations)


def _write_one(explanation: Any, options: argparse.Namespace) -> str:
    from .render import format_logits, say, say_cautions, say_trust, split, strongest

    colour = options.report is None and _takes_colour(answer_stream())
    pieces = split(explanation, "word")
    scale, place, shown = strongest([explanation]) or 1.0, 0, []
    for piece in pieces:
        if piece.end <= place:
            continue
        start = max(piece.start, place)
        shown += [
            _printable(explanation.text[place:start]),
            _paint(piece, explanation.text[start : piece.end], scale, colour),
        ]
        place = piece.end
    shown.append(_printable(explanation.text[place:]))
    said = [say(explanation), say_trust(explanation), *say_cautions(explanation)]
    lines = [*map(_printable, said), "", "".join(shown), ""]
    ranked = sorted(pieces, key=lambda piece: -piece.attribution)
    strong = [piece for piece in ranked if piece.attribution > 0][: options.top_k]
    weak = [piece for piece in ranked if piece.attribution < 0][::-1][: options.top_k][::-1]
    lines += [f"{format_logits(piece.attribution, 3):>8}  {_printable(piece.text)}" for piece in strong + weak]
    return "\n".join(lines) + "\n"


def _takes_colour(stream: TextIO) -> bool:
    """As https://no-color.org has it."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _paint(piece: Any, text: str, scale: float, colour: bool) -> str:
    """A word on blue or orange, underlined where it opposes."""
    from .render import PLAIN_BELOW

    text, strength = _printable(text), abs(piece.attribution) / scale
    if not colour or strength < PLAIN_BELOW:
        return text
    strong = strength > 0.4
    ground = (24 if strong else 153) if piece.attribution > 0 else (166 if strong else 223)
    under = "" if piece.attribution > 0 else "4;"
    return f"\x1b[{under}38;5;{231 if strong else 16};48;5;{ground}m{text}\x1b[0m"


def _write_json(explanations: Sequence[Any], _: argparse.Namespace) -> str:
    """A report is of one label; `verify` reads no more."""
    from .report import to_json

    if len(explanations) > 1:
        others = ", ".join(explanation.label for explanation in explanations[1:])
        said = f"whylight: assigned as well: {others}. A report in JSON is of one label: name the others with --label."
        print(_printable(said), file=sys.stderr)
    return to_json(explanations[0]) + "\n"


def _write_csv(explanations: Sequence[Any], _: argparse.Namespace) -> str:
    from .render import to_csv

    first, *others = map(to_csv, explanations)
    return first + "".join(other.partition("\n")[2] for other in others)


def _write_html(explanations: Sequence[Any], _: argparse.Namespace) -> str:
    from .render import Comparison, render_comparison, render_page

    if len(explanations) == 1:
        return render_page(explanations[0])
    return render_comparison(Comparison("The assigned labels", {one.label: one for one in explanations}))


_WRITERS: dict[str, Callable[[Sequence[Any], argparse.Namespace], str]] = {
    "text": _write_text,
    "json": _write_json,
    "csv": _write_csv,
    "html": _write_html,
}


if __name__ == "__main__":
    sys.exit(main(owns_process=True))
