"""The command `explain`: explains a label of a text by a model, as text, JSON, CSV or HTML."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from ..errors import AttributionError
from .colours import write_text
from .method_names import METHOD_NAMES
from .model import find_file, open_model
from .terminal import answer_stream, check_report, to_printable, write_file, write_report

if TYPE_CHECKING:
    from ..classifiers import Text

FORMATS = ("text", "json", "csv", "html")
_LONGEST_TEXT = 20_000_000
_OF_NO_TOKEN = {"average", "text", "delete"}  # baselines that need no token: every model offers them or gives a reason


def explain_text(options: argparse.Namespace) -> int:
    """Explain a text, and write the explanations."""
    path = find_file(options.model)
    from ..explaining.abilities import offer_baselines
    from ..explaining.explain import explain_labels

    method = make_method(options.method, options.set)
    if options.report is not None:
        check_report(options.report, path, *([options.text_file] if options.text_file else []))
    text, model = _read_text(options), open_model(options)
    labels = [options.label] if options.label is not None else model.predict(text).predicted
    if method is not None and not any(one.startswith("baseline=") for one in options.set):
        method = _take_offered(method, {*offer_baselines(model)} - _OF_NO_TOKEN)
    explanations = explain_labels(model, text, labels, method)
    chosen = options.format or (_format_of(options.report) if options.report else "text")
    written = _WRITERS[chosen](explanations, options)
    if options.report is None:
        (answer_stream().write if chosen == "text" else write_file)(written)
        return 0
    write_report(options.report, written)
    return 0


def _take_offered(method: Any, offered: Collection[str]) -> Any:
    """The method, with a baseline that the model offers if it lacks the token of the method's own baseline."""
    own = getattr(method, "baseline", None)
    if own is None or own in offered or own in _OF_NO_TOKEN:
        return method
    known = get_args(get_type_hints(type(method))["baseline"])
    if (found := next((name for name in known if name in offered), None)) is None:
        return method  # the method itself then says that it has no baseline
    print(f"whylight: this model has no {own} token, so the words are compared with {found}.", file=sys.stderr)
    return replace(method, baseline=found)


def _format_of(name: str) -> str:
    suffix = Path(name).suffix.lower().removeprefix(".")
    return {"htm": "html", "txt": "text"}.get(suffix, suffix if suffix in FORMATS else "text")


def make_method(name: str | None, given: Sequence[str]) -> Any:
    """The method with the settings that a command gives; None if it gives neither.

    Raises:
        AttributionError: the method has no such setting, or the value is not allowed.
    """
    from ..methods import METHODS

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
        raise AttributionError(f"This setting cannot be used. {error}") from error


def _convert(value: str, default: object) -> object:
    """A setting's value, converted to the type of its default; if the default is None, to a number."""
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
    """Decode a text by the given encoding, or else by the detected one, which is printed unless it is UTF-8."""
    from ..corpus.documents.format import ENCODINGS, name_encoding
    from ..corpus.documents.formats.encoding import find_encoding

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


def _write_json(explanations: Sequence[Any], _: argparse.Namespace) -> str:
    """Write the first label only: a report is of one label, and `verify` reads no more."""
    from ..report import to_json

    if len(explanations) > 1:
        others = ", ".join(explanation.label for explanation in explanations[1:])
        said = f"whylight: assigned as well: {others}. A report in JSON is of one label: get the others with --label."
        print(to_printable(said), file=sys.stderr)
    return to_json(explanations[0]) + "\n"


def _write_csv(explanations: Sequence[Any], _: argparse.Namespace) -> str:
    from ..render import to_csv

    first, *others = map(to_csv, explanations)
    return first + "".join(other.partition("\n")[2] for other in others)


def _write_html(explanations: Sequence[Any], _: argparse.Namespace) -> str:
    from ..render import Comparison, render_comparison, render_page

    if len(explanations) == 1:
        return render_page(explanations[0])
    return render_comparison(Comparison("The assigned labels", {one.label: one for one in explanations}))


_WRITERS: dict[str, Callable[[Sequence[Any], argparse.Namespace], str]] = {
    "text": write_text,
    "json": _write_json,
    "csv": _write_csv,
    "html": _write_html,
}
