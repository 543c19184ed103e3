"""Several files that are read as one, as programs write them."""

import gzip
import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from attribution import AttributionError
from attribution.corpus.documents import Columns, Format, find_files, look_at, open_source, read_documents, survey


def write_csv(path, rows, names=("text", "label", "source")):
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows, columns=names).to_csv(path, index=False)
    return path


def zip_standard(content):
    """Bytes as a .zst."""
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as file:
        file.write(content)
    return sink.getvalue().to_pybytes()


ROWS = [("The referee saw the goal.", "sport", "wire"), ("The bank raised its price.", "business", "blog")]


class TestFindFiles:
    def test_a_folder_holds_its_files_in_the_order_of_their_names(self, tmp_path):
        for name in ("b.csv", "a.csv", "in/c.csv"):
            write_csv(tmp_path / name, ROWS)
        found = find_files(tmp_path)
        assert [found.name_file(file) for file in found.files] == ["a.csv", "b.csv", "in/c.csv"]
        assert found.name == f"{tmp_path.name} (3 files)"

    def test_a_pattern_and_several_names_do_the_same(self, tmp_path):
        paths = [write_csv(tmp_path / name, ROWS) for name in ("a.csv", "b.csv")]
        (tmp_path / "notes.txt").write_text("A note.")
        assert find_files(tmp_path / "*.csv").files == find_files(paths).files == tuple(paths)
        assert find_files([paths[1], paths[0], paths[1]]).files == (paths[1], paths[0])

    def test_names_may_be_told_from_different_folders(self, tmp_path, monkeypatch):
        paths = [write_csv(tmp_path / name, ROWS) for name in ("in/a.csv", "b.csv")]
        monkeypatch.chdir(tmp_path / "in")
        found = find_files(["a.csv", paths[1]])
        assert [found.name_file(file) for file in found.files] == ["in/a.csv", "b.csv"]
        assert len(list(read_documents(["a.csv", paths[1]]))) == 4

    def test_what_is_left_out_of_a_folder_is_said(self, tmp_path):
        for name in ("a.csv", "b.csv", "_last.csv"):
            write_csv(tmp_path / name, ROWS)
        for name in ("notes.docx", "_SUCCESS", ".a.csv.crc", "README.md"):
            (tmp_path / name).touch()
        assert "2 other files were left out: _last.csv, notes.docx." in survey(open_source(tmp_path)).say()

    def test_a_file_whose_name_looks_like_a_pattern_is_that_file(self, tmp_path):
        path = write_csv(tmp_path / "news[1].csv", ROWS)
        assert find_files(path).files == (path,)

    @pytest.mark.parametrize(
        ("where", "sentence"),
        [
            ("empty", "empty holds no file of documents"),
            ("none-*.csv", "No file fits .*none-"),
            (".", "holds files of several kinds: 2 CSV, 1 text. Name those that are meant, such as .*[*].csv"),
        ],
    )
    def test_what_cannot_be_meant_is_one_sentence(self, tmp_path, where, sentence):
        write_csv(tmp_path / "a.csv", ROWS)
        write_csv(tmp_path / "b.csv", ROWS)
        (tmp_path / "notes.txt").write_text("A note.")
        (tmp_path / "empty").mkdir()
        with pytest.raises(AttributionError, match=sentence):
            find_files(tmp_path / where)

    def test_the_hash_tells_what_is_in_the_files_and_not_where_they_are(self, tmp_path):
        for folder in ("one", "other"):
            write_csv(tmp_path / folder / "a.csv", ROWS)
            write_csv(tmp_path / folder / "b.csv", ROWS[:1])
        one, other = (find_files(tmp_path / folder) for folder in ("one", "other"))
        assert one.hash() == other.hash()
        write_csv(tmp_path / "other" / "b.csv", ROWS)
        assert one.hash() != other.hash()


class TestRows:
    def test_documents_are_numbered_through_and_named_after_their_file_and_line(self, tmp_path):
        write_csv(tmp_path / "a.csv", ROWS)
        write_csv(tmp_path / "b.csv", ROWS)
        found = list(read_documents(tmp_path))
        assert [one.number for one in found] == [0, 1, 2, 3]
        assert [(one.file, one.line) for one in found] == [("a.csv", 2), ("a.csv", 3), ("b.csv", 2), ("b.csv", 3)]
        assert found[3].id == "b.csv, row 2 (line 3)"
        assert found[3].columns == (("source", "blog"),)
        assert found[3].gold == ("business",)

    def test_one_file_is_as_before(self, tmp_path):
        (one, _) = read_documents(write_csv(tmp_path / "a.csv", ROWS))
        assert (one.id, one.file, one.columns) == ("row 1", "", (("source", "wire"),))

    def test_each_file_has_its_own_encoding(self, tmp_path):
        (tmp_path / "a.csv").write_text("text;label\nDie schöne Straße in Köln;sport\n", "utf-8")
        (tmp_path / "b.csv").write_bytes("text;label\nDie schöne Straße in Köln;tech\n".encode("cp1252"))
        found = open_source(tmp_path)
        assert {one.text for one in found} == {"Die schöne Straße in Köln"}
        assert found.beginning.read_as == "2 files, each in the encoding that is found in it, semicolons, a header"
        assert survey(found).say() == "2 rows. Files in UTF-8: 1, Windows-1252 (Western Europe): 1."
        assert {one.text for one in open_source(tmp_path, format=found.format)} == {"Die schöne Straße in Köln"}

    def test_an_encoding_that_is_chosen_is_that_of_all(self, tmp_path):
        for name in ("a.csv", "b.csv"):
            (tmp_path / name).write_bytes("text,label\nпривет мир,sport\n".encode("cp1251"))
        assert {one.text for one in open_source(tmp_path, format=Format("cp1251"))} == {"привет мир"}

    def test_columns_may_come_in_another_order_but_not_be_others(self, tmp_path):
        write_csv(tmp_path / "a.csv", ROWS)
        write_csv(tmp_path / "b.csv", [(b, a, c) for a, b, c in ROWS], ("label", "text", "source"))
        assert [one.text for one in read_documents(tmp_path)] == [text for text, *_ in ROWS] * 2
        write_csv(tmp_path / "c.csv", ROWS, ("body", "label", "source"))
        with pytest.raises(
            AttributionError, match=r"c.csv has other columns than a.csv: it lacks 'text' and has 'body'"
        ):
            survey(open_source(tmp_path))

    def test_what_is_wrong_is_said_of_the_row_in_its_file(self, tmp_path):
        write_csv(tmp_path / "a.csv", ROWS)
        write_csv(tmp_path / "b.csv", [*ROWS, ("", "sport", "x" * 2000)])
        said = survey(open_source(tmp_path)).say()
        assert "5 rows; 1 cannot be read, it is b.csv, row 3 (line 4): The text is empty." in said
        assert "One cell of more than 1,000 characters in other columns is not carried along." in said


class TestAsProgramsWriteThem:
    def test_spark_writes_parquet_in_folders_of_a_column(self, tmp_path):
        table = pa.table({"text": [text for text, *_ in ROWS], "label": ["sport", "business"], "source": ["é/x", None]})
        pq.write_to_dataset(table, tmp_path / "news", partition_cols=["label", "source"])
        (tmp_path / "news" / "_SUCCESS").touch()
        (tmp_path / "news" / ".part-00000.crc").write_bytes(b"crc")
        found = {one.text: (one.gold, one.columns) for one in open_source(tmp_path / "news")}
        assert found == {
            ROWS[0][0]: (("sport",), (("source", "é/x"),)),
            ROWS[1][0]: (("business",), ()),
        }

    def test_folders_of_a_column_say_it_of_their_only_file_too(self, tmp_path):
        pq.write_to_dataset(pa.table({"text": ["The goal."], "label": ["sport"]}), tmp_path, partition_cols=["label"])
        (one,) = open_source(tmp_path)
        assert (one.text, one.gold) == ("The goal.", ("sport",))
        assert open_source(tmp_path).beginning.read_as == "1 file of Parquet"

    @pytest.mark.parametrize("pack", [gzip.compress, zip_standard])
    def test_spark_writes_json_lines_packed(self, tmp_path, pack):
        ending = {gzip.compress: "gz", zip_standard: "zst"}[pack]
        for place, (text, label, source) in enumerate(ROWS):
            line = json.dumps({"text": text, "label": label} | ({"source": source} if place else {}))
            (tmp_path / f"part-0000{place}-c000.json.{ending}").write_bytes(pack(line.encode() + b"\n"))
        (tmp_path / "_SUCCESS").touch()
        assert [(one.text, one.gold) for one in open_source(tmp_path)] == [(text, (label,)) for text, label, _ in ROWS]

    def test_datasets_writes_shards_with_class_names_beside_what_it_says_of_them(self, tmp_path):
        features = {"text": {"_type": "Value"}, "label": {"names": ["business", "sport"], "_type": "ClassLabel"}}
        schema = pa.schema([("text", pa.string()), ("label", pa.int64())]).with_metadata(
            {"huggingface": json.dumps({"info": {"features": features}})}
        )
        for place, (text, label, _) in enumerate(ROWS):
            table = pa.table({"text": [text], "label": [["business", "sport"].index(label)]}, schema)
            path = tmp_path / "data" / f"train-0000{place}-of-00002.parquet"
            path.parent.mkdir(exist_ok=True)
            pq.write_table(table, path)
        (tmp_path / "dataset_infos.json").write_text("{}")
        (tmp_path / "README.md").write_text("# News")
        assert [(one.text, one.gold) for one in open_source(tmp_path)] == [(text, (label,)) for text, label, _ in ROWS]


class TestPacked:
    def test_what_is_cut_short_or_something_else_is_one_sentence(self, tmp_path):
        packed = zip_standard(b"".join(b"The goal number %d counts.\n" % number for number in range(20000)))
        for content, sentence in ((packed[: len(packed) // 2], "Truncated"), (b"no frame", "frame")):
            (tmp_path / "a.txt.zst").write_bytes(content)
            with pytest.raises(AttributionError, match=f"The .zst cannot be unpacked: .*{sentence}"):
                list(read_documents(tmp_path / "a.txt.zst"))

    def test_one_of_several_frames_is_read_to_its_end(self, tmp_path):
        (tmp_path / "a.txt.zst").write_bytes(zip_standard(b"The goal.\n") + zip_standard(b"The bank.\n"))
        assert [one.text for one in read_documents(tmp_path / "a.txt.zst", Columns("column 1"))] == [
            "The goal.",
            "The bank.",
        ]

    def test_a_bomb_is_refused(self, tmp_path):
        (tmp_path / "a.csv.zst").write_bytes(zip_standard(b"text\n" + b"x" * 2**26 * 10))
        with pytest.raises(AttributionError, match="unpacks to more than 200 times its size"):
            look_at(tmp_path / "a.csv.zst")

    def test_its_name_has_to_say_so(self, tmp_path):
        (tmp_path / "a.csv").write_bytes(zip_standard(b"text\nThe goal.\n"))
        with pytest.raises(AttributionError, match=r"packed: let its name end in .zst"):
            look_at(tmp_path / "a.csv")
