import pytest

from attribution import AttributionError
from attribution.corpus import guess_columns
from attribution.corpus.documents import files


@pytest.mark.parametrize("name", ["eng.train.txt", "eng.tsv"])
def test_words_with_tags_are_no_texts_with_labels(write, name):
    lines = ["EU B-ORG", "rejects O", "German B-MISC", "call O", "", "Peter B-PER", "Blackburn I-PER", ""] * 3
    parted = lines if name.endswith("txt") else [line.replace(" ", "\t") for line in lines]
    with pytest.raises(AttributionError, match="a word a line with its tag"):
        guess_columns(write(name, "\n".join(parted)))


@pytest.mark.parametrize(
    ("name", "ending"),
    [("a.csv", ".csv"), ("a.b.CSV.GZ", ".CSV.GZ"), ("a.docx.gz", ""), ("a.gz", ""), (".gz", ""), ("", ""), ("csv", "")],
)
def test_the_ending_of_a_name_tells_what_a_file_is(name, ending):
    assert files.find_ending(name) == ending
