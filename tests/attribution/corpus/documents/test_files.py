import pytest

from attribution import AttributionError
from attribution.corpus import guess_columns, read_documents
from attribution.corpus.documents import files


@pytest.mark.parametrize("name", ["eng.train.txt", "eng.tsv"])
def test_words_with_tags_are_no_texts_with_labels(write, name):
    lines = ["EU B-ORG", "rejects O", "German B-MISC", "call O", "", "Peter B-PER", "Blackburn I-PER", ""] * 3
    parted = lines if name.endswith("txt") else [line.replace(" ", "\t") for line in lines]
    with pytest.raises(AttributionError, match="one word and its tag per line"):
        guess_columns(write(name, "\n".join(parted)))


@pytest.mark.parametrize(
    ("name", "ending"),
    [("a.csv", ".csv"), ("a.b.CSV.GZ", ".CSV.GZ"), ("a.docx.gz", ""), ("a.gz", ""), (".gz", ""), ("", ""), ("csv", "")],
)
def test_the_ending_of_a_name_tells_what_a_file_is(name, ending):
    assert files.find_ending(name) == ending


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"PK\x03\x04aa", "a zip archive or an Excel file"),
        ("a.csv", b"\xd0\xcf\x11\xe0aa", "an old Office file"),
        ("a.csv", b"\x1f\x8babc", "packed"),
        ("a.txt", b"PAR1aaa", "Parquet"),
        ("a.csv", b"\xef\xbb\xbf\n<!DOCTYPE html><html>", "a web page"),
        ("a.jsonl", b"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS"),
        ("a.csv", b"SQLite format 3\0", "an SQLite database"),
        ("a.txt", b"%PDF-1.7", "a PDF"),
    ],
)
def test_a_file_of_another_kind_than_its_name_says_is_refused_by_it(write, name, content, said):
    with pytest.raises(AttributionError, match=f"{name} is no .* file, but {said}"):
        guess_columns(write(name, content))


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.tsv"])
def test_lines_of_json_are_read_as_such_whatever_the_name(write, name):
    path = write(name, '{"text": "One", "label": "a"}\n\n{"text": "Two, three", "label": "b"}\n')
    assert [(one.text, one.gold) for one in read_documents(path)] == [("One", ("a",)), ("Two, three", ("b",))]
