"""Small files as people bring them, each of a kind that was read wrong without a word: what must come of it."""

import json
from pathlib import Path

import pytest

from attribution import load_model
from attribution.corpus import Columns, describe_format, explain_corpus, guess_columns, read_documents
from attribution.corpus.documents import choose_gold, open_source, read_for, say_numbers
from attribution.corpus.findings.quality import measure_quality
from attribution.corpus.findings.tables import open_tables
from tests.attribution.corpus.running.test_explain import METHOD, read

CASES = Path(__file__).parent / "cases"
SENTENCES = {
    "sport": (
        "The striker scored twice, and the crowd sang, loudly, until the end.",
        "The goalkeeper saved a penalty, then another, in the last minute.",
    ),
    "business": ("The bank raised its rates, again, by a quarter of a point.",),
    "technology": ("Engineers built a chip, small and cheap, that understands speech.",),
}
GOLD = {text: label for label, texts in SENTENCES.items() for text in texts}


def pairs(name, columns=None):
    return [(document.text, document.gold) for document in read_documents(CASES / name, columns)]


@pytest.mark.parametrize("name", ["label-lines.csv", "label-lines-quoted.tsv", "array.json", "array-pretty.json"])
def test_twelve_documents_whole_with_their_labels(name):
    found = pairs(name)
    assert len(found) == 12
    assert all(gold == (GOLD[text],) for text, gold in found)


def test_what_excel_saves_in_western_europe():
    found = pairs("windows-1252.csv")
    assert len(found) == 8
    assert found[0] == ("Der Umsatz der Bank in Zürich stieg um 3 % – das überraschte viele.", ("business",))
    assert found[1] == ("Der Stürmer schoss für München zwei Tore; die Fans jubelten.", ("sport",))
    assert found[2] == ("Le prix de l’énergie a augmenté à nouveau, dit l’économiste.", ("business",))
    assert describe_format(CASES / "windows-1252.csv") == "semicolons, Windows-1252 (Western Europe), a header"


def test_quotes_that_are_characters_swallow_nothing():
    lines = (CASES / "quotes.tsv").read_text().splitlines()[1:]
    assert len(lines) == 10
    assert pairs("quotes.tsv") == [(line.split("\t")[0], (line.split("\t")[1],)) for line in lines]


def test_two_columns_of_labels_are_both_gold_and_can_be_chosen():
    lines = [line.split(",") for line in (CASES / "two-label-columns.csv").read_text().splitlines()[1:]]
    assert pairs("two-label-columns.csv") == [(text, (topic, subtopic)) for topic, subtopic, text in lines]
    one = pairs("two-label-columns.csv", Columns("text", "label_subtopic"))
    assert [gold for _, gold in one] == [(subtopic,) for _, subtopic, _ in lines]


def test_excels_own_first_line_is_no_header():
    assert pairs("sep-line.csv") == [
        ("The striker scored twice, again.", ("sport",)),
        ("The bank raised rates.", ("business",)),
        ("The chip understands speech.", ("technology",)),
    ]
    assert guess_columns(CASES / "sep-line.csv") == Columns("text", "label")


def test_lists_as_python_writes_them():
    assert [gold for _, gold in pairs("python-lists.csv")][:4] == [
        ("toxic", "threat"),
        ("toxic",),
        (),
        ("toxic", "obscene"),
    ]


def test_a_list_says_itself_where_a_label_ends():
    labels = ("Arts; Crafts", "Health | Safety", "Sport")
    source = choose_gold(open_source(CASES / "labels-with-separators.jsonl"), labels, multi_label=True)
    golds = [document.gold for document in read_for(source, labels, multi_label=True)[0]]
    assert golds == [("Arts; Crafts", "Sport"), ("Sport",), ("Arts; Crafts",), ("Health | Safety", "Sport")]


def test_a_file_without_a_header_stays_right():
    found = pairs("headerless.csv", Columns("column 3", "column 1"))
    assert found[0] == ("The central bank raised interest rates, and shares fell.", ("3",))
    assert len(found) == 4
    assert guess_columns(CASES / "headerless.csv").text == "column 3"


def test_text_and_label_parted_by_a_tab():
    assert pairs("tab-labelled.txt") == [
        ("The soup was cold and the waiter was rude.", ("0",)),
        ("Lovely place, and the bread is great.", ("1",)),
        ("We will be back.", ("1",)),
        ("Not worth the price.", ("0",)),
    ]


def test_semicolons_without_a_header_and_with_commas_in_texts():
    lines = (CASES / "semicolons-headerless.csv").read_text("utf-8").splitlines()
    assert pairs("semicolons-headerless.csv") == [(line.split(";")[0], (line.split(";")[1],)) for line in lines]


def test_numbers_are_places_of_labels_where_none_is_called_so(make_checkpoint, tmp_path):
    source = CASES / "label-numbers.csv"
    for columns in (None, Columns("text", "label")):
        folder = tmp_path / str(columns is None)
        run = explain_corpus(make_checkpoint(), source, folder, columns=columns, method=METHOD)
        assert (run.done, run.failed) == (12, 0)
        names = {"1": "sport", "0": "business", "2": "tech"}
        expected = [names[line.rsplit(",", 1)[1].strip()] for line in source.read_text().splitlines()[1:]]
        found = sorted(read(run.folder), key=lambda row: row["number"])
        assert [row["gold"] for row in found] == [[gold] for gold in expected]
        assert "0 is business, 1 is sport, 2 is tech" in run.source["numbers"]


def test_numbers_that_are_names_of_labels_are_those():
    source = open_source(CASES / "label-numbers.csv")
    labels = ("2", "1", "0")
    read_as, found = read_for(source, labels, multi_label=False)
    assert (read_as.gold.numbers, say_numbers(read_as, found)) == ("", "")
    assert [document.gold for document in read_as][:3] == [("1",), ("0",), ("2",)]


def test_gold_labels_that_the_model_lacks_are_explained_judged_and_listed(make_checkpoint, tmp_path):
    checkpoint = make_checkpoint()
    run = explain_corpus(checkpoint, CASES / "unknown-gold.csv", tmp_path / "run", method=METHOD)
    assert (run.done, run.failed) == (5, 0)
    model = load_model(checkpoint)
    right = sum(model.predict(text).label == gold for text, (gold,) in pairs("unknown-gold.csv"))
    with open_tables(run.folder, run.labels) as tables:
        quality = measure_quality(tables, run.labels)
    assert (quality.judged, quality.right, quality.unknown, quality.measured) == (5, right, {"weather": 2}, 3)


def test_where_no_label_holds_is_judged(make_checkpoint, tmp_path):
    path = make_checkpoint(("business", "sport"), multi_label=True, threshold=0.0)  # which assigns both to any text
    run = explain_corpus(path, CASES / "without-labels.jsonl", tmp_path / "run", method=METHOD)
    assert {tuple(row["explained"]) for row in read(run.folder)} == {("business", "sport"), ("sport", "business")} & {
        tuple(row["explained"]) for row in read(run.folder)
    }
    with open_tables(run.folder, run.labels, multi_label=True) as tables:
        quality = measure_quality(tables, run.labels, multi_label=True)
    golds = [json.loads(line)["labels"] for line in (CASES / "without-labels.jsonl").read_text().splitlines()]
    assert golds.count([]) == 9
    assert (quality.judged, quality.right) == (11, 2)
    assert list(quality.labels["precision"]) == [2 / 11, 2 / 11]
