"""The commands `labels`, `inspect` and `verify`, and how a command finds and opens its model."""

from __future__ import annotations

import argparse
import json
import math
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import AttributionError, CheckpointError
from ..texts.spreadsheet import write_row
from .terminal import answer, to_printable, write_file

if TYPE_CHECKING:
    from ..model import Model
    from ..opening.inspection import Inspection


def list_labels(options: argparse.Namespace) -> int:
    """List a model's labels."""
    model = open_model(options)
    if options.format == "json":
        write_file(json.dumps(dict(enumerate(model.labels)), indent=1) + "\n")
    elif options.format == "csv":
        write_file("".join(map(write_row, enumerate(model.labels))))
    else:
        for index, label in enumerate(model.labels):
            answer(f"{index}\t{label}")
    return 0


def inspect_file(options: argparse.Namespace) -> int:
    """Print what a file refers to and how its checks came out."""
    inspection = _inspect(find_file(options.model), options)
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


def _inspect(path: Path, options: argparse.Namespace) -> Inspection:
    if options.isolated:
        from ..isolation.isolated_model import inspect_isolated

        return inspect_isolated(path, options.tokenizer and Path(options.tokenizer))
    from ..opening.inspection import inspect_checkpoint

    return inspect_checkpoint(path, tokenizer=options.tokenizer)


def verify_report(options: argparse.Namespace) -> int:
    """Compute a report again, and print how far the two differ."""
    from ..isolation.load import load_model
    from ..report import read_report, verify
    from ..storage.library import Library

    report = read_report(options.report)
    sha256, tokenizer = report["model"]["sha256"], options.tokenizer
    path = None if options.model is None else find_file(options.model)
    if path is None:
        library = Library()
        path, tokenizer = library.path(sha256), tokenizer or library.store.tokenizer_path(sha256)
        if not path.exists():
            raise AttributionError(f"The model {sha256} is not on this server. Name its file with --model.")
    said = report["model"].get("multi_label_by_reader")
    difference = verify(report, load_model(path, tokenizer=tokenizer, multi_label=said, isolated=options.isolated))
    verdict = "agrees" if difference.agrees else "DOES NOT AGREE"
    is_trust = report["format"] == "whylight-trust"
    names = ("words and log-odds", "probabilities and measures") if is_trust else ("words", "probabilities")
    words, labels = (
        f"{name} {'differ by at most ' + format(most, '.2g') if math.isfinite(most) else 'are not the same'}"
        for name, most in zip(names, (difference.attribution, difference.probability), strict=True)
    )
    answer(f"The report {verdict}: {words}, {labels}.")
    return 0 if difference.agrees else 1


def open_model(options: argparse.Namespace) -> Model:
    """The model that a command names; what was assumed about it is printed on standard error."""
    path = find_file(options.model)
    if options.isolated:
        from ..isolation.start import nursery

        nursery()  # it imports Flair while this process does
    from ..isolation.load import load_model

    model: Model = load_model(
        path,
        tokenizer=options.tokenizer,
        multi_label=options.multi_label,
        isolated=options.isolated,
    )
    if options.multi_label is None:
        for note in model.facts.label_notes:
            print(f"whylight: {to_printable(note)}", file=sys.stderr)
    return model


def find_file(name: str) -> Path:
    """The file that a command names, or that of the demo model.

    Raises:
        CheckpointError: there is none.
    """
    if name == "demo" and not Path(name).exists():
        from .. import demo

        return demo.checkpoint()
    if not Path(name).exists():
        raise CheckpointError(f"There is no file {name}.")
    return Path(name)
