"""What a reader says of labels whose file says nothing goes along: in reports, through the shell, with a run."""

import csv
import io
import json
from dataclasses import asdict

import jsonschema
import pytest
import torch

from attribution import IntegratedGradients, MultiLabelError, explain, load_model
from attribution.corpus import explain_corpus, read_run
from attribution.corpus.running import job
from attribution.errors import AttributionError
from attribution.render import render_page, to_csv
from attribution.report import SCHEMA, from_report, parse_report, to_json, to_report, verify
from tests.models.hugging_face import ask_transformers, pack, write_folder
from tests.models.transformers import LABELS

TEXT = "The striker scored twice in Zürich."
METHOD = IntegratedGradients(tolerance=0.02)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("silent") / "model")


@pytest.fixture(scope="module")
def path(folder):
    return pack(folder, folder.parent / "model.zip")


@pytest.fixture(scope="module")
def expected(folder):
    """What transformers' own logits say where labels are independent."""
    return torch.sigmoid(ask_transformers(folder, TEXT)).numpy()


@pytest.fixture(scope="module")
def told(path):
    """An explanation as the reader said."""
    return explain(load_model(path, multi_label=True), TEXT, "tech", METHOD)


class TestReport:
    def test_the_json_holds_it_and_is_read_back(self, told):
        report = json.loads(to_json(told))
        jsonschema.validate(report, json.loads(SCHEMA.read_text("utf-8")))
        assert report["model"]["multi_label_by_reader"] is True
        assert from_report(report).model == told.model

    def test_one_of_before_is_read_and_verified(self, path):
        model = load_model(path)
        report = to_report(explain(model, TEXT, "tech", METHOD))
        assert report["model"].pop("multi_label_by_reader") is None
        report = parse_report(json.dumps(report), "It")
        assert from_report(report).model == model.identity
        assert verify(report, model).agrees

    @pytest.mark.parametrize("opened_as", [None, True, False])
    def test_verifying_opens_the_model_as_the_report_says(self, path, told, opened_as):
        assert verify(to_report(told), load_model(path, multi_label=opened_as)).agrees
        silent = to_report(explain(load_model(path), TEXT, "tech", METHOD))
        assert verify(silent, load_model(path, multi_label=opened_as)).agrees

    def test_a_report_that_gainsays_the_file_is_told(self, make_checkpoint):
        model = load_model(make_checkpoint())
        report = to_report(explain(model, TEXT, method=METHOD))
        report["model"]["multi_label_by_reader"] = True
        with pytest.raises(MultiLabelError):
            verify(report, model)

    def test_html_and_csv_say_it(self, told, path):
        said = "do not exclude each other, as the reader said; the model&#x27;s file does not say"
        assert said in render_page(told)
        assert {row["multi_label_by_reader"] for row in csv.DictReader(io.StringIO(to_csv(told)))} == {"True"}
        silent = explain(load_model(path), TEXT, "tech", METHOD)
        assert "as the reader said" not in render_page(silent)
        assert {row["multi_label_by_reader"] for row in csv.DictReader(io.StringIO(to_csv(silent)))} == {""}


class TestShell:
    def test_explaining_as_the_reader_says(self, shell, path, expected, tmp_path):
        report = tmp_path / "report.json"
        asked = ("explain", path, "--text", TEXT, "--label", "tech", "--report", report)
        assert shell(*asked, "--multi-label")[::2] == (0, "")
        written = json.loads(report.read_text("utf-8"))
        assert written["prediction"]["probabilities"] == pytest.approx(expected, abs=1e-5)
        assert written["prediction"]["thresholds"] == [0.5] * len(LABELS)
        status, out, _ = shell("verify", report, "--model", path)
        assert (status, out[:17]) == (0, "The report agrees")

    def test_nothing_said_is_said(self, shell, path, tmp_path):
        status, _, error = shell("explain", path, "--text", TEXT, "--report", tmp_path / "report.json")
        assert status == 0
        assert error.count("\n") == 1
        assert "so they are taken as if they do" in error
        assert "--multi-label" in error
        assert json.loads((tmp_path / "report.json").read_text("utf-8"))["model"]["multi_label_by_reader"] is None
        assert shell("labels", path, "--no-multi-label")[2] == ""

    @pytest.mark.parametrize("command", ["labels", "explain"])
    def test_a_file_is_not_gainsaid(self, shell, make_checkpoint, command):
        text = ("--text", TEXT) if command == "explain" else ()
        status, _, error = shell(command, make_checkpoint(), "--multi-label", *text)
        assert (status, error.count("\n")) == (1, 1)
        assert "The model's file says that its labels exclude each other, but the reader said" in error

    def test_the_labels_of_one_output(self, shell, tmp_path):
        folder = write_folder(tmp_path / "model", labels=("toxic",))
        assert shell("labels", folder, "--multi-label")[1:] == ("0\ttoxic\n", "")
        assert shell("labels", folder)[1] == "0\tvalue\n"


class TestRun:
    @pytest.fixture
    def source(self, tmp_path):
        (tmp_path / "texts.csv").write_text(f'text,label\n"{TEXT}",tech\nShares rose.,business | tech\n')
        return tmp_path / "texts.csv"

    def test_the_shell_explains_a_data_set_so_and_goes_on_with_nothing_else(self, shell, path, source, tmp_path):
        asked = ("corpus", path, source, "--output", tmp_path / "run", "--set", "tolerance=0.02")
        status, out, _ = shell(*asked, "--multi-label")
        assert status == 0
        assert "all of them and no other" in out
        run = read_run(tmp_path / "run")
        assert run.model["multi_label_by_reader"] is True
        assert run.multi_label
        assert run.thresholds == (0.5,) * len(LABELS)
        assert "Nothing was left to do" in shell(*asked, "--multi-label")[1]
        status, _, error = shell(*asked)
        assert status == 1
        assert "another setting for whether labels exclude each other (multi_label)" in error

    def test_the_shell_says_what_it_took_for_granted(self, shell, path, source, tmp_path):
        asked = ("corpus", path, source, "--set", "tolerance=0.02", "--label-column", "")
        _, _, error = shell(*asked, "--output", tmp_path / "silent")
        assert "so they are taken as if they do" in error
        assert len(read_run(tmp_path / "silent").notes) == 1
        _, _, error = shell(*asked, "--output", tmp_path / "said", "--multi-label")
        assert "exclude each other" not in error

    def test_a_run_of_before_is_gone_on_with(self, path, source, tmp_path):
        run = explain_corpus(path, source, tmp_path / "run", method=METHOD, on_progress=lambda _: False)
        written = json.loads((run.folder / "run.json").read_text("utf-8"))
        assert written["model"].pop("multi_label_by_reader") is None
        del written["notes"]
        (run.folder / "run.json").write_text(json.dumps(written), "utf-8")
        assert explain_corpus(path, source, run.folder, method=METHOD).done == 2
        with pytest.raises(AttributionError, match="another setting for whether labels exclude"):
            explain_corpus(path, source, run.folder, method=METHOD, multi_label=True)

    def test_a_job_keeps_it(self, path, source, tmp_path):
        said = {"name": "integrated_gradients", "settings": {"tolerance": 0.02}}
        columns = {"text": "text", "label": "label", "id": None}
        task = job.Task(
            model=str(path), model_name="m", source=str(source), columns=columns, method=said, multi_label=True
        )
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / ".task.json").write_text(json.dumps(asdict(task)))
        job.run(tmp_path / "run")
        assert job.read_state(tmp_path / "run").error == ""
        run = read_run(tmp_path / "run")
        assert run.done == 2
        assert run.multi_label
        assert run.model["multi_label_by_reader"] is True

    def test_a_task_of_before_is_read(self, path, source, tmp_path):
        task = asdict(job.Task(model=str(path), model_name="m", source=str(source), columns={}, method={}))
        assert task.pop("multi_label") is None
        (tmp_path / ".task.json").write_text(json.dumps(task))
        assert job.read_task(tmp_path).multi_label is None
