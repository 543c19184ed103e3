"""Whether a first row holds names; and which columns are what by their names."""

import json
import re

import pytest

from attribution import AttributionError
from attribution.corpus import Columns, Format, describe_format, guess_columns, preview, read_documents
from attribution.corpus.documents import open_source
from attribution.corpus.documents.files import open_table
from attribution.corpus.documents.header import has_header


@pytest.mark.parametrize(
    "content",
    [
        "text,label\nOne.,a\n",
        "text,label\n",
        "Absatz,Sparte\nDas Spiel war lang und gut.,Sport\nDer Kurs fiel sehr.,Geld\nEs regnet heute sehr.,Wetter\n",
        "0,1\nIt is a long text that says a lot.,a\nAnother one.,b\n",
        ",0,1\n0,It is a long text that says a lot.,a\n1,Another one.,b\n",
        f"What did you think of it{' and of all the rest' * 10}?,score\nGood it was,3\nBad it was,1\n",
        "titel,punkte\nEs war ein guter Film,3\nEs war ein schlechter,1\n",
    ],
)
def test_a_row_of_names(content):
    assert has_header([line.split(",") for line in content.splitlines()])


@pytest.mark.parametrize(
    "content",
    [
        "review,The food was cold\nreview,The waiter was rude\nquestion,Is it open\n",
        "What a game it was,sport\nThe bank failed,money\nA new chip came,tech\n",
        "I love it, really\n",
        "Is it open?\nThe food was cold and the waiter was rude\nWhat did you like most of all of it?\n",
        "The cup was won,sport\nRates rose,money\n",
        "1,One more\n2,Two more\n",
        "weather,it rains\nsport,the match ended with a draw after a long game\nsport,another match was lost\n",
        "u17,great phone\nu18,I bought this phone for my daughter and she loves it\nu19,yet another phone for me\n",
        "great phone\nI bought this phone for my daughter and she loves it\nthe battery lasts two days which is nice\n",
        "title,A film about ships\ncomment,I did not like it\ntitle,A book\n",
        "__label__a text\n__label__b label\n",
    ],
)
def test_a_row_like_the_others(content):
    assert not has_header([line.split(",") for line in content.splitlines()])


@pytest.mark.parametrize(
    ("header", "label"),
    [
        ("text,label_id,label_score,label", "label"),
        ("text,label.suggestion,label", "label"),
        ("text,label_topic,label_subtopic", ("label_topic", "label_subtopic")),
        ("text,label1,label2", ("label1", "label2")),
    ],
)
def test_gold_labels_are_what_is_called_so(write, header, label):
    row = ",".join(["One more text.", *("x" for _ in header.split(",")[1:])])
    assert guess_columns(write("news.csv", f"{header}\n{row}\n{row}\n")) == Columns("text", label)


@pytest.mark.parametrize("above", ["Customer feedback 2024\n\n", "# exported 2024\n", "Feedback;;\n", "A\nB\nC\n"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_what_stands_above_a_table_is_left_out_and_said(write, above, separator):
    rows = [("id", "text", "label"), ("1", "The food was good", "pos"), ("2", "The waiter was rude", "neg")]
    path = write("news.csv", above.replace(";", separator) + "".join(separator.join(row) + "\n" for row in rows))
    assert [(one.text, one.gold) for one in read_documents(path)] == [(text, (gold,)) for _, text, gold in rows[1:]]
    assert re.search(rf", without the {above.count(chr(10))} lines? above$", describe_format(path))


@pytest.mark.parametrize("above", ["Export, Stand März 2026\n", "Archiv\n", "Archiv\n\n", "Archiv;;;\n", '"Archiv"\n'])
def test_so_it_is_in_other_languages(write, above):
    rows = [
        *("1;Zinsen;Die Bank hat die Zinsen wieder erhöht.;Geld", '2;Tor;"Der Stürmer; er traf.";Sport'),
        *("3;Regen;Es regnet schon den ganzen Tag.;Wetter", "4;Kurse;Der Kurs fiel sehr.;Geld"),
    ]
    path = write("news.csv", f"{above}Nr;Überschrift;Absatz;Rubrik\n" + "\n".join(rows))
    assert preview(path, 1)[0]["Rubrik"] == "Geld"
    assert [one.gold for one in read_documents(path, Columns("Absatz", "Rubrik"))] == [
        (g,) for g in ("Geld", "Sport", "Wetter", "Geld")
    ]
    assert re.search(r", without the \d lines? above$", describe_format(path))


@pytest.mark.parametrize(
    "lines", ["Satz\nHallo, du\nJa, ich\nNein, wir\n", "Hallo\nDu, ja, du\nIch, ja, du\nWir, ja, sie\n"]
)
def test_a_first_line_of_one_cell_is_no_title_where_texts_have_commas(write, lines):
    path = write("news.csv", lines)
    assert describe_format(path).startswith("whole lines")
    assert [one.text for one in read_documents(path)] == lines.split("\n")[1:-1]


def test_how_many_lines_are_left_out_can_be_chosen_and_stays(write):
    path = write("news.csv", "Export\n2024;a\nAbsatz;Sparte\nDas Spiel war lang.;Sport\nDer Kurs fiel sehr.;Geld\n")
    found = open_source(path, Columns("Absatz", "Sparte"), Format(skip=2))
    assert [one.text for one in found] == ["Das Spiel war lang.", "Der Kurs fiel sehr."]
    assert found.format.skip == 2
    assert Format.from_dict(found.format.to_dict()) == found.format
    title = write("news.csv", "Export\nid,text,label\n1,One,a\n2,Two,b\n")
    assert open_source(title).format.skip == 1
    for kept in (Format(skip=0), Format(separator=""), Format(header=False)):
        assert len(list(open_table(title, kept).rows())) + bool(open_table(title, kept).format.header) == 4
        again = open_table(title, kept).format
        assert open_table(title, again).format == again
    with pytest.raises(AttributionError, match="0 to 100 lines above a table, got -1"):
        Format(skip=-1)


def test_a_line_of_names_that_stands_again_is_no_document(write):
    path = write("news.csv", "text,label\nOne,a\n\ufefftext,label\nTwo,b\n")
    found = list(read_documents(path))
    assert [one.text for one in found if one.error is None] == ["One", "Two"]
    assert found[1].error == "The row repeats the header."


def test_the_first_line_of_prose_is_a_text(write):
    path = write("news.txt", "Chapter\n\nIt was the best of times and the worst of times too")
    assert [one.text for one in read_documents(path)] == [
        "Chapter",
        "It was the best of times and the worst of times too",
    ]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (
            "Title,Plot,Genre\nA,A very long story that goes on and on,x\nB,Another very long story of it,y\n",
            "Plot",
        ),
        ("article,paragraph,label\n1,The text of it,a\n1,Another text,b\n", "paragraph"),
        ("title,n\nA story about a ship,1\nA story of a town,2\n", "title"),
    ],
)
def test_a_column_is_no_text_by_its_name_alone(write, content, text):
    assert guess_columns(write("news.csv", content)).text == text


def test_names_of_columns_go_before_parts_of_names(write):
    rows = [{"text": "One.", "metadata": {"topic": "x"}, "annotation": "a"}] * 2
    assert guess_columns(write("news.jsonl", "\n".join(map(json.dumps, rows)))).label == "annotation"
