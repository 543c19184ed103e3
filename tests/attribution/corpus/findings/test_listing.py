"""Compared with the rows that were written."""

import math

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from attribution import AttributionError
from attribution.corpus.findings.blame import find_all_blame, find_blame
from attribution.corpus.findings.listing import Selection, count_documents, list_documents, list_words
from attribution.corpus.findings.one_word import find_similar, list_examples, sample_attributions, spread
from attribution.corpus.findings.phrases import Presence, measure_presence, seek
from attribution.corpus.findings.ranking import describe_word
from attribution.corpus.findings.stop_words import is_common
from attribution.corpus.findings.tables import open_tables
from tests.runs import DOCUMENT, LABELS, WORD, draw_run


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    return draw_run(tmp_path_factory.mktemp("runs") / "run", count=150, explained="all")


@pytest.fixture
def tables(drawn):
    with open_tables(drawn.folder, LABELS) as tables:
        yield tables


def loss(row):
    return -math.log(row["probabilities"][LABELS.index(row["gold"])])


class TestDocuments:
    @pytest.mark.parametrize(
        ("selection", "wanted"),
        [
            (Selection(), lambda row: True),
            (Selection("failed"), lambda row: row["error"]),
            (Selection("right"), lambda row: not row["error"] and row["gold"] == row["predicted"]),
            (Selection("wrong"), lambda row: not row["error"] and row["gold"] != row["predicted"]),
            (
                Selection(gold="sport", predicted="tech"),
                lambda row: row["gold"] == "sport" and row["predicted"] == "tech",
            ),
            (Selection(word="BANK"), lambda row: not row["error"] and "bank" in row["text"].lower().split()),
        ],
    )
    def test_those_selected_are_counted_and_listed(self, tables, drawn, selection, wanted):
        numbers = [row["number"] for row in drawn.documents if wanted(row)]
        assert count_documents(tables, selection) == len(numbers) > 0
        assert list(list_documents(tables, selection, most=1000).number) == numbers

    def test_they_are_sorted_by_confidence_and_by_loss(self, tables, drawn):
        rows = [row for row in drawn.documents if row["error"] is None]
        by = {
            "most confident": lambda row: -row["probability"],
            "least confident": lambda row: row["probability"],
            "highest loss": lambda row: -loss(row),
            "lowest loss": loss,
        }
        for order, key in by.items():
            found = list_documents(tables, Selection(), order=order, most=len(rows))
            assert list(found.number) == [row["number"] for row in sorted(rows, key=key)]
        assert list(found.loss) == pytest.approx(sorted(loss(row) for row in rows))

    def test_pages_follow_each_other(self, tables):
        whole = list_documents(tables, Selection(), order="highest loss", most=1000)
        pages = [
            list_documents(tables, Selection(), order="highest loss", start=at, most=25) for at in range(0, 150, 25)
        ]
        assert [number for page in pages for number in page.number] == list(whole.number)

    def test_the_words_of_those_on_the_page_come_along(self, tables, drawn):
        found = list_words(tables, [5, 9])
        filed = {number: drawn.documents[number]["predicted"] for number in (5, 9)}
        expected = [word for word in drawn.words if filed.get(word["document"]) == word["label"]]
        assert found.to_dict("records") == expected
        assert set(list_words(tables, [5], "tech").label) == {"tech"}

    def test_what_is_no_order_or_kind_is_refused(self, tables):
        with pytest.raises(AttributionError, match="Expected an order"):
            list_documents(tables, order="number; drop table documents")
        with pytest.raises(AttributionError, match="Expected one of all, right, wrong, failed"):
            Selection("none")


def blame(drawn, gold=None, predicted=None, least=1, hide_common=True):
    """The same by loops: (word, label) -> the numbers."""
    filed = {row["number"]: row for row in drawn.documents if row["error"] is None}
    cells = {}
    for word in drawn.words:
        row = filed[word["document"]]
        if word["label"] != row["predicted"] or (predicted and row["predicted"] != predicted):
            continue
        wrong = row["gold"] != row["predicted"]
        if wrong and gold and row["gold"] != gold:
            continue
        cell = cells.setdefault((word["word"].lower(), word["label"]), {True: [], False: []})
        cell[wrong].append((word["document"], word["attribution"]))
    found = {}
    for (word, label), cell in cells.items():
        wrong, right = cell[True], cell[False]
        total = sum(value for _, value in wrong)
        if len({number for number, _ in wrong}) < least or total <= 0:
            continue
        found[word, label] = (
            len({number for number, _ in wrong}),
            total,
            total / len(wrong),
            len({number for number, _ in right}),
            sum(value for _, value in right) if right else math.nan,
            sum(value for _, value in right) / len(right) if right else math.nan,
        )
    strong = sorted(found, key=lambda key: (-found[key][1], key[0]))[:3]
    return {key: row for key, row in found.items() if not (hide_common and is_common(key[0])) or key in strong}


class TestBlame:
    @pytest.mark.parametrize(
        "options",
        [
            {},
            {"hide_common": False},
            {"gold": "sport"},
            {"predicted": "tech"},
            {"gold": "sport", "predicted": "tech"},
            {"least": 3},
        ],
    )
    def test_it_is_what_a_loop_over_misfiled_documents_finds(self, tables, drawn, options):
        table, hidden = find_all_blame(tables, most=1000, **options)
        unhidden = blame(drawn, **{**options, "hide_common": False})
        assert {(row.word, row.label) for row in hidden.itertuples()} == unhidden.keys() - blame(
            drawn, **options
        ).keys()
        expected = blame(drawn, **options)
        assert list(table.wrong_sum) == sorted(table.wrong_sum, reverse=True)
        found = {(row[0], row[1]): tuple(row[2:]) for row in table.itertuples(index=False)}
        assert found.keys() == expected.keys()
        assert len(found) > 3
        for key, numbers in expected.items():
            assert found[key] == pytest.approx(numbers, nan_ok=True)

    def test_without_gold_labels_there_is_none(self, tmp_path):
        with open_tables(draw_run(tmp_path / "run", gold=False).folder, LABELS) as tables:
            assert find_blame(tables).empty

    def test_of_several_labels_each_that_is_not_gold_is_wrong(self, tmp_path):
        drawn = draw_run(tmp_path / "run", multi_label=True, explained="all")
        with open_tables(drawn.folder, LABELS, multi_label=True) as tables:
            table = find_blame(tables, most=1000, hide_common=False)
        rows = {row["number"]: row for row in drawn.documents if row["error"] is None}
        wrong = {}
        for word in drawn.words:
            row, label = rows[word["document"]], word["label"]
            if label in row["assigned"] and label not in row["gold"].split(" | "):
                wrong.setdefault((word["word"].lower(), label), []).append(word["attribution"])
        found = {(row.word, row.label): row.wrong_sum for row in table.itertuples()}
        assert found == pytest.approx({key: sum(values) for key, values in wrong.items() if sum(values) > 0})


class TestOneWord:
    def test_its_spread_is_that_of_its_attributions(self, tables, drawn):
        table = spread(tables, "Bank").set_index("label")
        for label in LABELS:
            values = [w["attribution"] for w in drawn.words if w["word"].lower() == "bank" and w["label"] == label]
            expected = [min(values), *np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95]), max(values)]
            columns = ["lowest", "q05", "q25", "q50", "q75", "q95", "highest"]
            assert table.loc[label, columns].to_list() == pytest.approx(expected)
            assert table.loc[label, "occurrences"] == len(values)

    def test_examples_stand_where_the_word_does(self, tables, drawn):
        texts = {row["number"]: row["text"] for row in drawn.documents}
        found = list_examples(tables, "bank", "sport", most=1000)
        assert all(texts[one.document][one.start : one.end].lower() == "bank" for one in found)
        values = sorted(
            (w["attribution"] for w in drawn.words if w["word"].lower() == "bank" and w["label"] == "sport"),
            reverse=True,
        )
        assert [one.attribution for one in found] == pytest.approx(values)
        assert [one.attribution for one in list_examples(tables, "bank", "sport", start=2, most=3)] == pytest.approx(
            values[2:5]
        )
        assert list_examples(tables, "bank", "sport", order="most against")[0].attribution == pytest.approx(values[-1])
        with pytest.raises(AttributionError, match="Expected an order"):
            list_examples(tables, "bank", order="at random")

    @pytest.mark.parametrize(
        ("typed", "texts"),
        [
            ("50%", ["up 50% now"]),
            ("a_b", ["a_b"]),
            ("STRASSE", ["die Strasse"]),
            ("ÜBER .*", ["über .* alles"]),
            ("cafe\u0301", ["Café"]),
            ("\\", []),
        ],
    )
    def test_a_search_in_the_text_is_literal_and_knows_letters(self, tmp_path, typed, texts):
        all_texts = ["up 50% now", "up 50 now", "a_b", "axb", "die Strasse", "über .* alles", "über alles", "Café"]
        drawn = draw_run(tmp_path / "run", count=len(all_texts), failed=0)
        (path,) = (drawn.folder / "documents").iterdir()
        table = pq.read_table(path)
        place = table.schema.get_field_index("text")
        pq.write_table(table.set_column(place, "text", pa.array(all_texts)), path)
        with open_tables(drawn.folder, LABELS) as tables:
            assert list_documents(tables, Selection(text=typed))["text"].to_list() == texts
            assert count_documents(tables, Selection(text=typed)) == len(texts)

    @pytest.mark.parametrize("typed", ["bank shares", "GOAL  <b>bold</b>", "the the", "a"])
    def test_a_phrase_is_a_run_of_adjacent_words(self, drawn, typed):
        """Its attributions are the sums that a loop over the words finds."""
        pieces, expected = typed.lower().split(), []
        for document, label in dict.fromkeys((word["document"], word["label"]) for word in drawn.words):
            words = [word for word in drawn.words if (word["document"], word["label"]) == (document, label)]
            place = 0
            while place < len(words):
                found = words[place : place + len(pieces)]
                if [word["word"].lower() for word in found] == pieces:
                    expected.append((label, document, sum(word["attribution"] for word in found)))
                    place += len(pieces) - 1
                place += 1
        with open_tables(drawn.folder, LABELS) as tables:
            assert seek(tables, typed) == (len(pieces) > 1)
            for label in LABELS:
                mine = sorted((row[1:] for row in expected if row[0] == label), key=lambda row: -row[1])
                found = list_examples(tables, typed, label, most=1000)
                assert [one.attribution for one in found] == pytest.approx([value for _, value in mine])
                assert [one.text[one.start : one.end].lower() for one in found] == [" ".join(pieces)] * len(mine)
                number = describe_word(tables, typed, [label])
                assert number["sum"].to_list() == pytest.approx([sum(value for _, value in mine)])
                assert number["documents"].to_list() == [len({one for one, _ in mine})]

    def test_what_begins_or_ends_within_a_word_is_no_occurrence(self, drawn):
        for typed in ("ank", "ban", "k shares", "  ", "%"):
            with open_tables(drawn.folder, LABELS) as tables:
                assert measure_presence(tables, typed).occurrences == 0

    def test_marks_beside_a_word_are_part_of_what_is_written(self, tmp_path):
        """Words that stand alone are without brackets where a tokenizer leaves those out."""
        documents = [{"number": n, "text": text} for n, text in enumerate(["the [BILL] act", "the bill", "[Bill]"])]
        words = [
            {"document": n, "label": "sport", "position": 0, "word": "BILL", "start": start, "end": start + 4}
            for n, start in ((0, 5), (1, 4), (2, 1))
        ]
        drawn = draw_run(tmp_path / "run", count=3, failed=0)
        for kind, rows, schema in (("documents", documents, DOCUMENT), ("words", words, WORD)):
            (path,) = (drawn.folder / kind).iterdir()
            filled = [{"explained": ["sport"], "gold": None, "attribution": 0.5, **row} for row in rows]
            gold = schema.get_field_index("gold")
            schema = schema if gold < 0 else schema.set(gold, pa.field("gold", pa.list_(pa.string())))
            pq.write_table(pa.Table.from_pylist(filled, schema), path)
        with open_tables(drawn.folder, LABELS) as tables:
            assert measure_presence(tables, "[bill]") == Presence(2, 2, 3, as_text=True)
            assert [(one.start, one.end) for one in list_examples(tables, "[bill]")] == [(5, 9), (1, 5)]
        with open_tables(drawn.folder, LABELS) as tables:
            assert measure_presence(tables, "bill") == Presence(3, 3, 3, as_text=False)

    def test_a_sample_is_some_of_them(self, tables, drawn):
        found = sample_attributions(tables, "goal", most=5)
        assert found.groupby("label").size().to_list() == [5, 5, 5]
        values = {round(w["attribution"], 9) for w in drawn.words if w["word"] == "goal"}
        assert {round(value, 9) for value in found.attribution} <= values

    def test_words_are_found_by_their_beginning(self, tables):
        assert find_similar(tables, "BA") == ["bank"]
        assert find_similar(tables, "%") == []
