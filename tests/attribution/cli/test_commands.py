import csv
import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from attribution import explain, load_model
from attribution.cli.main import main
from attribution.storage.store import Store
from tests.paths import CHECKPOINTS

TEXT = "The club signed a striker."
WORDS = CHECKPOINTS / "checkpoints" / "flair-0.8.0.post1__rnn_gru_onehot.pt"


class TestExplain:
    def test_it_reads_standard_input_and_writes_json(self, shell, demo_checkpoint):
        status, out, _ = shell(
            "explain", demo_checkpoint, "--format", "json", "--label", "business", given=TEXT.encode()
        )
        expected = explain(load_model(demo_checkpoint), TEXT, "business")
        assert status == 0
        assert [word["attribution"] for word in json.loads(out)["words"]] == pytest.approx(
            [word.attribution for word in expected.words()], abs=1e-4
        )

    def test_text_says_what_the_page_says(self, shell, demo_checkpoint):
        status, out, _ = shell("explain", demo_checkpoint, "--text", TEXT)
        assert status == 0
        assert out.startswith("The model files this under sport")
        assert "Converged: " in out
        assert TEXT in out

    def test_a_terminal_gets_colours_but_none_of_the_texts_own(self, shell, demo_checkpoint, monkeypatch):
        monkeypatch.setattr("attribution.cli.colours._takes_colour", lambda _: True)
        _, out, _ = shell("explain", demo_checkpoint, "--text", f"{TEXT}\x1b[31m\x9b5m red")
        assert "\x1b[38;5;" in out
        assert "\x1b[31m" not in out
        assert "\x9b" not in out

    def test_csv_is_a_table_of_words(self, shell, demo_checkpoint):
        _, out, _ = shell("explain", demo_checkpoint, "--text", TEXT, "--format", "csv")
        rows = list(csv.DictReader(io.StringIO(out)))
        assert [row["word"] for row in rows] == ["The", "club", "signed", "a", "striker", "."]
        assert {row["model_sha256"] for row in rows} == {hashlib.sha256(Path(demo_checkpoint).read_bytes()).hexdigest()}

    def test_the_reports_name_tells_its_format(self, shell, demo_checkpoint, tmp_path):
        (tmp_path / "article.txt").write_text(TEXT, "utf-8")
        status, out, _ = shell(
            "explain", demo_checkpoint, "--text-file", tmp_path / "article.txt", "--report", tmp_path / "out.html"
        )
        assert (status, out) == (0, "")
        assert (tmp_path / "out.html").read_text("utf-8").startswith("<!doctype html>")

    @pytest.mark.parametrize("method", ["occlusion", "kernel_shap", "lime"])
    def test_a_model_without_a_mask_gets_another_baseline_and_that_is_said(self, shell, method):
        status, out, error = shell("explain", WORDS, "--text", TEXT, "--method", method, "--format", "json")
        assert status == 0
        assert json.loads(out)["method"]["settings"]["baseline"] == "pad"
        assert "whylight: this model has no mask token, so the words are compared with pad." in error

    def test_a_baseline_that_was_named_is_taken_or_refused(self, shell):
        command = ("explain", WORDS, "--text", TEXT, "--method", "occlusion", "--set", "baseline=mask")
        status, _, error = shell(*command)
        assert status == 1
        assert "This model offers no baseline 'mask'" in error

    def test_settings_reach_the_method(self, shell, demo_checkpoint):
        _, out, _ = shell(
            *("explain", demo_checkpoint, "--text", TEXT, "--format", "json"),
            *("--set", "baseline=mask", "--set", "tolerance=0.05"),
        )
        settings = json.loads(out)["method"]["settings"]
        assert (settings["baseline"], settings["tolerance"]) == ("mask", 0.05)

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (["--text", ""], "text"),
            (["--text", TEXT, "--label", "weather"], "The model has no label 'weather'"),
            (["--text", TEXT, "--set", "tolerance=9"], "tolerance"),
            (["--text", TEXT, "--set", "tolerance=much"], "Expected a number"),
            (["--text", TEXT, "--set", "colour=blue"], "NAME one of baseline"),
            (["--text-file", "/nowhere"], "/nowhere cannot be read"),
            (["--text", TEXT, "--report", "/nowhere/out.html"], "cannot be written"),
        ],
    )
    def test_what_cannot_be_done_is_one_sentence(self, shell, demo_checkpoint, arguments, sentence):
        status, out, error = shell("explain", demo_checkpoint, *arguments)
        assert (status, out) == (1, "")
        assert error.startswith("whylight: ")
        assert sentence in error
        assert error.count("\n") == 1

    def test_all_labels_that_are_assigned_are_explained(self, shell, make_checkpoint, tmp_path):
        path = make_checkpoint(("a", "b"), multi_label=True, threshold=0.0)
        predicted = load_model(path).predict(TEXT).predicted
        assert set(predicted) == {"a", "b"}
        _, out, _ = shell("explain", path, "--text", TEXT)
        assert out.count("Converged: ") == 2
        _, out, _ = shell("explain", path, "--text", TEXT, "--format", "csv")
        rows = list(csv.DictReader(io.StringIO(out)))
        assert [row["label"] for row in rows] == [label for label in predicted for _ in range(6)]
        _, out, error = shell("explain", path, "--text", TEXT, "--format", "json")
        assert json.loads(out)["label"] == predicted[0]
        assert f"assigned as well: {predicted[1]}." in error
        (tmp_path / "report.json").write_text(out)
        assert shell("verify", tmp_path / "report.json", "--model", path)[0] == 0
        _, out, _ = shell("explain", path, "--text", TEXT, "--format", "html")
        assert all(f'data-label="{label}"' in out for label in predicted)

    @pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig", "mac-roman"])
    def test_the_encoding_of_a_text_file_is_found_or_named(self, shell, make_checkpoint, tmp_path, encoding):
        text = "Der Stürmer schoss für München zwei Tore; die Fans jubelten draußen auf der Straße."
        (tmp_path / "text.txt").write_bytes(text.encode(encoding))
        path = make_checkpoint()
        for named in ((), ("--encoding", encoding)):
            command = ("explain", path, "--text-file", tmp_path / "text.txt", "--format", "json", *named)
            _, out, error = shell(*command)
            assert json.loads(out)["texts"] == [text]
            assert ("the text is read as" in error) == (not named and encoding != "utf-8-sig")

    def test_bytes_that_are_no_text_are_refused(self, shell, demo_checkpoint):
        status, _, error = shell("explain", demo_checkpoint, "--encoding", "utf-8", given=b"caf\xe9 closed")
        assert status == 1
        assert "not UTF-8: byte 3 is 0xe9. Name its encoding" in error


class TestLabels:
    def test_they_are_listed_in_order(self, shell, demo_checkpoint):
        status, out, _ = shell("labels", demo_checkpoint)
        assert status == 0
        assert out.splitlines()[0] == "0\tbusiness"
        assert json.loads(shell("labels", demo_checkpoint, "--format", "json")[1])["4"] == "tech"


class TestInspect:
    def test_an_honest_file_passes(self, shell, demo_checkpoint):
        status, out, _ = shell("inspect", demo_checkpoint)
        assert status == 0
        assert "FAILED" not in out

    def test_a_refused_file_fails(self, shell, tmp_path):
        (tmp_path / "model.pt").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
        status, out, _ = shell("inspect", tmp_path / "model.pt", "--format", "json")
        assert status == 1
        assert json.loads(out)["passed"] is False

    def test_a_missing_file_is_one_sentence(self, shell, tmp_path):
        status, _, error = shell("inspect", tmp_path / "model.pt")
        assert status == 1
        assert "There is no file" in error


class TestVerify:
    def test_the_model_is_found_by_its_hash_in_the_store(self, shell, demo_checkpoint, tmp_path, monkeypatch):
        monkeypatch.setenv("WHYLIGHT_STORE", str(tmp_path / "store"))
        shell("explain", demo_checkpoint, "--text", TEXT, "--report", tmp_path / "report.json")
        status, _, error = shell("verify", tmp_path / "report.json")
        assert status == 1
        assert "is not on this server" in error
        with demo_checkpoint.open("rb") as file:
            Store().add(file, "demo.pt")
        status, out, _ = shell("verify", tmp_path / "report.json")
        assert status == 0
        assert out.startswith("The report agrees")

    def test_a_forged_number_is_found(self, shell, demo_checkpoint, tmp_path):
        shell("explain", demo_checkpoint, "--text", TEXT, "--report", tmp_path / "report.json")
        report = json.loads((tmp_path / "report.json").read_text("utf-8"))
        report["words"][0]["attribution"] *= -3
        (tmp_path / "report.json").write_text(json.dumps(report), "utf-8")
        status, out, _ = shell("verify", tmp_path / "report.json", "--model", demo_checkpoint)
        assert status == 1
        assert "DOES NOT AGREE" in out


class TestErrors:
    def test_a_tokenizer_that_is_not_there_is_said(self, shell, demo_checkpoint, tmp_path):
        status, _, error = shell("labels", demo_checkpoint, "--tokenizer", tmp_path / "none")
        assert (status, error.count("\n")) == (1, 1)
        assert "There is no tokenizer" in error

    def test_a_name_that_no_file_can_have_is_said(self, shell):
        status, _, error = shell("inspect", "a" * 300)
        assert (status, error.count("\n")) == (1, 1)
        assert "File name too long" in error or "There is no file" in error  # as Python has it, since 3.14

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full on this system")
    def test_a_full_disk_is_said_and_has_status_one(self):
        with Path("/dev/full").open("w") as full:
            command = [sys.executable, "-m", "attribution", "inspect", str(WORDS)]  # the cheapest that prints
            done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=600)
        assert (done.returncode, done.stderr) == (1, "whylight: standard output: No space left on device\n")


class TestCommand:
    @pytest.mark.parametrize("arguments", [[], ["explain"], ["dance", "model.pt"]])
    def test_what_is_not_understood_has_status_two(self, arguments):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        assert stopped.value.code == 2

    def test_it_runs_as_a_module_without_streamlit(self):
        told = subprocess.run(
            [sys.executable, "-m", "attribution", "--help"], capture_output=True, text=True, check=True, timeout=600
        )
        assert "explain" in told.stdout
