"""Whether a first row holds names; and which columns are what by their names."""

import pytest

from attribution.corpus import Columns, guess_columns
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
