import csv
import json

import pytest

from attribution import AttributionError, load_model
from attribution.corpus import Columns, explain_corpus, guess_columns
from attribution.corpus.gold import split_gold
from attribution.corpus.quality import measure_quality
from attribution.corpus.views import open_tables
from tests.attribution.corpus.test_explain import METHOD, SENTENCES

LABELS = ("alpha", "beta", "x; y")


@pytest.mark.parametrize(
    ("gold", "golds"),
    [
        (None, ()),
        ("alpha", ("alpha",)),
        ("beta | alpha;beta;", ("beta", "alpha")),
        ("x; y", ("x; y",)),
        (" ; ", ()),
    ],
)
def test_several_labels_are_parted_unless_one_is_written_so(gold, golds):
    assert split_gold(gold, LABELS, multi_label=True) == golds
    assert split_gold(gold, LABELS, multi_label=False) == (() if gold is None else (gold,))


def test_a_model_of_several_labels_is_judged_by_all_of_a_documents(tmp_path, make_checkpoint):
    path = make_checkpoint(LABELS, multi_label=True)
    model = load_model(path)
    texts = ("The striker scored twice.", "The bank raised its forecast.", "Chips are faster.")
    rows = [{"text": text, "labels": model.predict(text).assigned} for text in texts]
    rows.append({"text": texts[0], "labels": "alpha; beta; x"})
    (tmp_path / "news.jsonl").write_text("\n".join(map(json.dumps, rows)))
    run = explain_corpus(path, tmp_path / "news.jsonl", tmp_path / "run", explained="both")
    assert (run.done, run.failed) == (4, 1)
    with open_tables(run.folder, run.labels, multi_label=True) as tables:
        assert [row for (row,) in tables.execute("select error from documents where error is not null").fetchall()] == [
            f"The model has no label 'x'. Its labels are: {', '.join(LABELS)}."
        ]
        judged = tables.execute("select count(hit) from judged where hit").fetchone()
        assigned = [model.predict(text).assigned for text in texts]
        assert judged == (sum(bool(one) for one in assigned),)
        assert measure_quality(tables, run.labels, multi_label=True).accuracy == 1


class TestGuessedColumn:
    @pytest.fixture
    def source(self, tmp_path):
        with (tmp_path / "news.csv").open("w", newline="", encoding="utf-8") as file:
            given = [(f"{SENTENCES[place]} {place}", "en" if place % 2 else "de") for place in range(6)]
            csv.writer(file).writerows([("text", "lang"), *given])
        return tmp_path / "news.csv"

    def test_one_of_other_things_than_labels_is_left_out(self, make_checkpoint, source, tmp_path):
        assert guess_columns(source) == Columns("text", "lang")
        run = explain_corpus(make_checkpoint(), source, tmp_path / "run", method=METHOD)
        assert (run.done, run.failed, run.source["columns"]["label"]) == (6, 0, None)
        with pytest.raises(AttributionError, match="no column holds them"):
            explain_corpus(make_checkpoint(), source, tmp_path / "other", explained="both")

    def test_one_that_was_named_is_taken_at_its_word(self, make_checkpoint, source, tmp_path):
        columns = Columns("text", "lang")
        run = explain_corpus(make_checkpoint(), source, tmp_path / "run", columns=columns, method=METHOD)
        assert (run.failed, run.source["columns"]["label"]) == (6, "lang")
