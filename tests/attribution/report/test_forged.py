"""Reports with one thing changed in them: everything that is told is verified, and nothing crashes."""

import copy
import json
import math
from contextlib import suppress
from dataclasses import replace

import pytest

from attribution import AttributionError, IntegratedGradients, explain, load_model
from attribution.ablation.deciding_words import Finding, find_strongest_removal
from attribution.ablation.faithfulness import compare_faithfulness
from attribution.ablation.trial import Trial
from attribution.ablation.what_if import Change, explain_variant, vary
from attribution.explanation import hash_texts
from attribution.render import render_change, render_page, render_trial
from attribution.report import from_report, parse_report, read_report, to_json, to_report, verify
from attribution.report.document import list_explanations

TEXT = "The zzyzx club rose."
KINDS = ("explanation", "what_if", "trust")
RENDER = {"explanation": render_page, "what_if": render_change, "trust": render_trial}
METHOD = IntegratedGradients(max_evaluations=20)


@pytest.fixture(scope="module")
def model(make_checkpoint):
    return load_model(make_checkpoint())


@pytest.fixture(scope="module")
def written(model):
    before = explain(model, TEXT, "business", METHOD)
    variant, _ = vary(TEXT, before.spans, dropped=(0,), masked=(2,))
    after = explain_variant(model, variant, "business", METHOD)
    removal = find_strongest_removal(model, before)
    change = Change(before, after, TEXT, (before.spans[0],), (before.spans[2],), Finding("word", removal))
    tested = (before, explain(model, TEXT, "business", replace(METHOD, baseline="mean")))
    measured = compare_faithfulness(model, TEXT, tested, orders=2)
    return {
        "explanation": json.loads(to_json(before)),
        "what_if": json.loads(to_json(change)),
        "trust": json.loads(to_json(Trial("baselines", ("pad", "mean"), tested, measured))),
    }


def list_leaves(part, path=()):
    """The place of every number, word and null; of what is in a list, the last one's."""
    if isinstance(part, dict) and part:
        for name in part:
            yield from list_leaves(part[name], (*path, name))
    elif isinstance(part, list) and part:
        yield from list_leaves(part[-1], (*path, len(part) - 1))
    else:
        yield path, part


def put(report, path, value):
    forged = copy.deepcopy(report)
    *way, last = path
    part = forged
    for name in way:
        part = part[name]
    part[last] = value
    return forged


def change_slightly(value):
    """Another value of the same type, that a reader would notice."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case float():
            return value + 0.01
        case str():
            return f"{value}a"
        case None:
            return 0.5
    return None


NOT_TOLD_AGAIN = {"created", "evaluations", "learned_from", "encoder", "versions", "settings", "name"}
"""Settings are those that it is computed with again, and what an explanation is called is the reader's."""


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_changed_is_noticed_but_what_no_model_computes(model, written, kind):
    report, unnoticed = written[kind], set()
    assert verify(report, model).agrees
    for path, value in list_leaves(report):
        forged = put(report, path, change_slightly(value))
        try:
            if verify(parse_report(json.dumps(forged), "It"), model).agrees:
                unnoticed.update({*path} & NOT_TOLD_AGAIN or path)
        except AttributionError:
            pass
    assert unnoticed <= NOT_TOLD_AGAIN


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "value",
    [math.nan, -math.inf, 10**400, -1, 10**18, 1e308, 1e99, "", "\ud800", None, [], {}],
    ids=lambda value: repr(value)[:12],
)
def test_whatever_is_put_in_a_place_is_refused_or_read(written, kind, value):
    report = written[kind]
    for path, _ in list_leaves(report):
        forged = json.dumps(put(report, path, value))
        if isinstance(value, float | int) and not abs(value) <= 1e100:
            with pytest.raises(AttributionError, match="It is not a Whylight report"):
                parse_report(forged, "It")
            continue
        try:
            read = from_report(parse_report(forged, "It"))
        except AttributionError:
            continue
        to_json(read)
        RENDER[kind](read)


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_that_are_none_never_agree(model, written, kind):
    """Also of a report that was not read from JSON."""
    for path, value in list_leaves(written[kind]):
        if isinstance(value, float) and path[-1] != "tolerance":
            with suppress(AttributionError):
                assert not verify(put(written[kind], path, math.nan), model).agrees, path


@pytest.mark.parametrize("created", ["yesterday", "", "2026-13-01T00:00:00+00:00"])
def test_a_time_is_one(written, created):
    with pytest.raises(AttributionError, match="time is not in ISO 8601"):
        parse_report(json.dumps(written["explanation"] | {"created": created}), "It")


def test_baselines_cannot_change_their_names(model, written):
    forged = copy.deepcopy(written["trust"])
    first, second = forged["tested"]
    first["name"], second["name"] = second["name"], first["name"]
    with pytest.raises(AttributionError, match="goes by the name of another"):
        from_report(parse_report(json.dumps(forged), "It"))


def test_a_name_of_half_a_character_is_refused(written):
    forged = put(written["trust"], ("tested", 0, "name"), "\ud800")
    with pytest.raises(AttributionError, match="goes by the name of another"):
        from_report(parse_report(json.dumps(forged), "It"))


@pytest.mark.parametrize("path", [("model", "versions", "torch"), ("method", "settings", "baseline_text")])
def test_half_a_character_in_what_is_shown_of_the_model_is_refused(written, path):
    with pytest.raises(AttributionError, match="half a character"):
        from_report(parse_report(json.dumps(put(written["explanation"], path, "\ud800")), "It"))


def test_settings_that_a_report_of_before_lacks_are_todays(model, written):
    forged = copy.deepcopy(written["explanation"])
    del forged["method"]["settings"]["baseline_text"]
    assert verify(parse_report(json.dumps(forged), "It"), model).agrees


def test_to_report_needs_no_json(model):
    assert verify(to_report(explain(model, TEXT, "business", METHOD)), model).agrees


def test_what_has_no_end_is_no_report():
    with pytest.raises(AttributionError, match="larger than any report"):
        read_report("/dev/zero")


class TestGrowth:
    """Reports that fit into a file and not into the memory or the time of whoever reads them."""

    @pytest.fixture
    def write(self, tmp_path):
        def write(content):
            path = tmp_path / "report.json"
            path.write_text(content if isinstance(content, str) else json.dumps(content, separators=(",", ":")))
            return path

        return write

    @pytest.mark.parametrize("place", [("words",), ("prediction", "logits"), ("prediction", "labels")])
    def test_parts_by_the_million_are_not_read(self, written, write, place):
        kinds = {"words": {"text": "", "start": 0, "end": 0, "attribution": 0}, "logits": 0.5, "labels": []}
        with pytest.raises(AttributionError, match=r"report\.json has more than 1,250,000 commas, so many parts"):
            read_report(
                write(
                    put(
                        written["explanation"],
                        place,
                        [kinds[place[-1]]] * (400_000 if place == ("words",) else 1_300_000),
                    )
                )
            )

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_text_of_megabytes_is_not_explained_again(self, written, write, kind):
        text = "a " * 600_000
        forged = json.loads(json.dumps(written[kind]).replace(json.dumps(TEXT), json.dumps(text)))
        for one in (forged, *list_explanations(forged)):
            one["text_sha256"] = hash_texts(one["texts"])
        with pytest.raises(
            AttributionError, match="is of a text of 1,200,000 characters, and reports of at most 1,000,"
        ):
            read_report(write(forged))

    def test_nor_is_a_copy(self, written, write):
        with pytest.raises(AttributionError, match="is of a text of 1,200,000 characters"):
            read_report(write(put(written["what_if"], ("copy",), "a " * 600_000)))

    @pytest.mark.parametrize("depth", [2, 100, *range(970, 1000), 100_000])
    @pytest.mark.parametrize("path", [("method", "settings", "baseline_text"), ("created",), ("model", "versions")])
    def test_what_is_deep_is_one_sentence(self, written, write, path, depth):
        deep = "[" * depth + "]" * depth
        content = json.dumps(put(written["explanation"], path, "deep")).replace('"deep"', deep)
        with pytest.raises(AttributionError, match=r"report\.json is not a Whylight report: "):
            read_report(write(content))
