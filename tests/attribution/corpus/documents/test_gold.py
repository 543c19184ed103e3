import csv

import pytest

from attribution import AttributionError, load_model
from attribution.corpus import Columns, explain_corpus, guess_columns
from attribution.corpus.documents import choose_gold, open_source, read_for
from attribution.corpus.documents.gold import GoldCount, GoldReader, choose_numbers, read_list
from attribution.corpus.findings.quality import measure_quality
from attribution.corpus.findings.tables import open_tables
from tests.attribution.corpus.running.test_explain import METHOD, SENTENCES, read

LABELS = ("alpha", "beta", "x; y")


class TestCell:
    @pytest.mark.parametrize(
        ("cell", "golds"),
        [
            (None, None),
            ("  ", None),
            *((missing, None) for missing in ("nan", "NaN", "NA", "None", "null", "<NA>", "\\N")),
            ("alpha", ("alpha",)),
            (" alpha ", ("alpha",)),
            ("beta | alpha;beta;", ("beta", "alpha")),
            ("alpha, beta", ("alpha", "beta")),
            ("alpha, gamma", ("alpha, gamma",)),
            ("alpha#beta", ("alpha", "beta")),
            ("[alpha, beta]", ("alpha", "beta")),
            ("[alpha]", ("alpha",)),
            ("C#", ("C#",)),
            ("x; y", ("x; y",)),
            ('["x; y"]', ("x; y",)),
            ('["gamma; delta", "alpha"]', ("gamma; delta", "alpha")),
            ("[]", ()),
            ("{}", ()),
            ("set()", ()),
            ("['']", ()),
            ('[" beta "]', ("beta",)),
            ("beta|x; y", ("beta", "x; y")),
            ("{'alpha': 1, 'beta': 0}", ("alpha",)),
            ('[{"label": "alpha", "value": 1.0}, {"label": "beta", "value": 0.0}]', ("alpha",)),
            ('[{"label": "alpha", "score": 0.9}]', ('[{"label": "alpha", "score": 0.9}]',)),
        ],
    )
    def test_of_a_model_of_several_labels(self, cell, golds):
        assert GoldReader(LABELS, multi_label=True).read_cell(cell) == golds

    @pytest.mark.parametrize(
        ("cell", "golds"),
        [
            ("alpha | beta", ("alpha | beta",)),
            ("x; y", ("x; y",)),
            ('["alpha"]', ("alpha",)),
            ("[alpha, beta]", ("alpha", "beta")),
            ("{alpha}", ("alpha",)),
            ("[gamma]", ("[gamma]",)),
        ],
    )
    def test_of_a_model_of_one_label(self, cell, golds):
        assert GoldReader(LABELS).read_cell(cell) == golds

    @pytest.mark.parametrize(
        ("cell", "parts"),
        [
            ('["a", "b c"]', ["a", "b c"]),
            ("['a', 'b c']", ["a", "b c"]),
            ("('a',)", ["a"]),
            ("{'a'}", ["a"]),
            ("set()", []),
            ("()", []),
            ("[]", []),
            ("['a' 'b c']", ["a", "b c"]),
            ("['a'\n 'b']", ["a", "b"]),
            ("[0 1 0]", ["0", "1", "0"]),
            ("[0. 1. 0.]", ["0.", "1.", "0."]),
            ("array(['a', 'b'], dtype=object)", ["a", "b"]),
            ("frozenset({'a'})", ["a"]),
            ("[1, 2]", ["1", "2"]),
            ("[True, False]", ["True", "False"]),
            ('[null, "a"]', ["a"]),
            ("__label__a __label__b", ["a", "b"]),
            ('{"choices": ["a", "b"]}', ["a", "b"]),
            ('[{"value": "a", "status": "submitted"}]', ["a"]),
            ('[{"label": "a"}, {"label": "b"}]', ["a", "b"]),
            ("[sport]", None),
            ("sport", None),
            ('"[a]"', None),
            ("[[1, 2]]", None),
            ("[" * 5000 + "]" * 5000, None),
            ("__import__('os').system('false') or []", None),
        ],
    )
    def test_lists_of_any_writing(self, cell, parts):
        assert read_list(cell) == parts


@pytest.mark.parametrize(
    "cell",
    [
        "__label__" * 50_000 + "x",
        "__label__a" + " " * 50_000 + "x",
        "[" + " " * 90_000 + "x]",
        "['a'" + " " * 90_000 + "x]",
        "set(" + ", dtype=" * 10_000 + ")",
        "[" + "1 " * 40_000 + "x]",
        "(" * 50_000 + ")" * 50_000,
    ],
)
def test_what_might_take_without_end_is_read_at_once(cell):
    assert GoldReader(LABELS, multi_label=True).read_cell(cell) is not None


class TestNumbers:
    def choose(self, cells, labels=LABELS):
        count = GoldCount()
        for cell in cells:
            count.note({"label": cell}, GoldReader(labels))
        return choose_numbers(count, labels)

    @pytest.mark.parametrize(
        ("cells", "numbers"),
        [
            (["0", "2", "1"], "indices"),
            (["0.0", "2.0", None], "indices"),
            (["-1", "2"], "indices"),
            (["-1", "0", "1", "2"], "indices"),
            (["-1", "0", "1"], ""),
            (["-1", "1"], ""),
            (["[0, 2]", "[1]", "[]"], "indices"),
            (["[0, 1, 1]", "[0, 0, 0]"], "multi-hot"),
            (["[0, 1, 2]"], "indices"),
            (["3", "1"], ""),
            (["1", "alpha"], ""),
            (["alpha"], ""),
            ([None], ""),
        ],
    )
    def test_what_they_are(self, cells, numbers):
        assert self.choose(cells) == numbers

    def test_they_are_names_where_a_label_is_called_so(self):
        assert self.choose(["0", "1"], ("1", "2")) == ""
        assert GoldReader(("1", "2")).read_cell("1.0") == ("1",)
        assert self.choose(["1.0"], ("1.0", "2.0")) == ""

    @pytest.mark.parametrize(
        ("numbers", "cell", "golds"),
        [
            ("indices", "2", ("x; y",)),
            ("indices", "0.0", ("alpha",)),
            ("indices", "-1", None),
            ("indices", "[0, 2]", ("alpha", "x; y")),
            ("indices", "7", ("7",)),
            ("multi-hot", "[0, 1, 1]", ("beta", "x; y")),
            ("multi-hot", "[0 0 0]", ()),
            ("multi-hot", "[1.0, 0.0, 0.0]", ("alpha",)),
        ],
    )
    def test_what_they_stand_for(self, numbers, cell, golds):
        assert GoldReader(LABELS, multi_label=True, numbers=numbers).read_cell(cell) == golds

    def test_true_and_false_are_one_and_nought(self):
        assert self.choose(["True", "False"], ("ham", "spam")) == "indices"
        assert GoldReader(("ham", "spam"), numbers="indices").read_cell("True") == ("spam",)

    @pytest.mark.parametrize("labels", [("True", "False"), ("FALSE", "TRUE"), ("no", "Yes", "true", "False")])
    def test_or_the_labels_that_are_called_so(self, labels):
        assert self.choose(["true", "false"], labels) == ""
        for cell in ("true", "TRUE", "False"):
            assert GoldReader(labels).read_cell(cell)[0].lower() == cell.lower()

    def test_several_in_a_cell(self):
        labels = tuple(f"label {place}" for place in range(28))
        count = GoldCount()
        for cell in ("2,27", "1", "0 2"):
            count.note({"label": cell}, GoldReader(labels, multi_label=True))
        assert choose_numbers(count, labels) == "indices"
        reader = GoldReader(labels, multi_label=True, numbers="indices")
        assert reader.read_cell("2,27") == ("label 2", "label 27")


class TestColumns:
    @pytest.fixture
    def write(self, tmp_path):
        def write(content):
            (tmp_path / "news.csv").write_text(content)
            return tmp_path / "news.csv"

        return write

    def golds(self, path, labels, *, multi_label=True):
        source = choose_gold(open_source(path), labels, multi_label=multi_label)
        read_as, _ = read_for(source, labels, multi_label=multi_label)
        return read_as.columns.label, [document.gold for document in read_as]

    def test_columns_of_nought_and_one_under_the_names_of_labels(self, write):
        rows = ("a,You fool.,1,0,1", "b,Thanks.,0,0,0", "c,Fine.,-1,-1,1", "d,Go.,1,1.0,0")
        path = write("\n".join(["id,comment_text,toxic,threat,seen", *rows]))
        assert guess_columns(path) == Columns("comment_text", ("toxic", "threat", "seen"), "id")
        assert self.golds(path, ("toxic", "threat")) == (
            ("toxic", "threat"),
            [("toxic",), (), None, ("toxic", "threat")],
        )

    def test_one_column_of_nought_and_one_says_which_of_two_labels_holds(self, write):
        path = write("text,spam\nBuy now.,1\nHello you.,0\nHow are you?,0\n")
        for labels in (("ham", "spam"), ("spam", "ham")):
            assert self.golds(path, labels, multi_label=False)[1] == [("spam",), ("ham",), ("ham",)]

    def test_a_column_of_names_goes_before_one_of_numbers(self, write):
        path = write("text,label,label_text\nOne two three.,1,beta\nFour five six.,0,alpha\nSeven eight.,1,beta\n")
        assert guess_columns(path).label == "label"
        assert self.golds(path, LABELS, multi_label=False) == ("label_text", [("beta",), ("alpha",), ("beta",)])

    def test_spacys_categories(self, tmp_path):
        path = tmp_path / "train.jsonl"
        path.write_text('{"text": "One two.", "cats": {"alpha": 1.0, "beta": 0.0}}\n')
        assert self.golds(path, LABELS) == ("cats", [("alpha",)])


def test_a_model_of_several_labels_is_judged_by_all_of_a_documents(tmp_path, make_checkpoint):
    path = make_checkpoint(LABELS, multi_label=True)
    model = load_model(path)
    texts = ("The striker scored twice.", "The bank raised its forecast.", "Chips are faster.")
    rows = [(text, str(list(model.predict(text).assigned))) for text in texts]
    rows += [(texts[0], "alpha; beta; x"), (texts[0], "")]
    with (tmp_path / "news.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("text", "labels"), *rows])
    run = explain_corpus(path, tmp_path / "news.csv", tmp_path / "run", explained="both")
    assert (run.done, run.failed) == (5, 0)
    found = sorted(read(run.folder), key=lambda row: row["number"])
    assert found[3]["gold"] == ["alpha", "beta", "x"]
    predicted = model.predict(texts[0]).predicted
    assert found[3]["explained"] == list(dict.fromkeys([*predicted, "alpha", "beta"]))
    with open_tables(run.folder, run.labels, multi_label=True) as tables:
        quality = measure_quality(tables, run.labels, multi_label=True)
    assert (quality.judged, quality.right, quality.unlabelled, quality.unknown) == (4, 3, 1, {"x": 1})


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
        assert (run.failed, run.source["columns"]["label"]) == (0, "lang")
        with open_tables(run.folder, run.labels) as tables:
            quality = measure_quality(tables, run.labels)
        assert (quality.judged, quality.right, quality.unknown) == (6, 0, {"de": 3, "en": 3})
