"""The baseline that is kept with a model, where Trust found another than the method's own more faithful."""

import errno
from pathlib import Path
from typing import IO, Any

import pytest

from attribution import IntegratedGradients, explain, load_model
from attribution.storage.model_settings import KeptBaseline
from attribution.storage.store import Store
from tests.ui import reader
from tests.ui.reader import follow, read, run

TEXT = "The bank raised its forecast after the match."
LABELS = ("alpha", "beta", "gamma", "delta")
KEPT = KeptBaseline("mean", "pad", (0.43, 0.18), 226, "2026-11-28")


@pytest.fixture
def model(keep):
    """The hash of a small model on whose text another baseline is clearly more faithful than pad."""
    return keep(LABELS, seed=3)


@pytest.fixture
def page(model):
    return follow({"model": model, "trust_view": "Baselines"}, "pages/trust.py", text=TEXT)


def kept_of(model):
    return Store().settings(model).baselines.get("integrated_gradients")


class TestFound:
    def test_it_is_kept_with_the_model_by_one_press_and_used_on_every_page(self, page, model):
        compared = page.dataframe[0].value.set_index("")["comprehensiveness"]
        best = compared.idxmax()
        assert compared[best] > compared["pad"] + 0.05
        button = page.button(key="keep_baseline")
        assert button.label == f"Use {best} for this model"
        button.click()
        run(page)
        kept = kept_of(model)
        assert (kept.baseline, kept.instead_of, kept.words) == (best, "pad", 9)
        assert kept.comprehensiveness == pytest.approx((compared[best], compared["pad"]))
        assert page.selectbox(key="baseline").value == best
        assert page.dataframe[0].value[""][0] == best
        assert not [one for one in page.button if one.key == "keep_baseline"]
        for name in ("app.py", "pages/compare.py", "pages/what_if.py"):
            page.switch_page(name)
            run(page)  # AppTest brings the chosen model back in the second run, a browser in the first
            assert run(page).selectbox(key="baseline").value == best, name
        page.switch_page("app.py")
        run(page)
        assert any("has been kept with this model since" in one.value for one in run(page).caption)

    def test_what_is_read_is_the_explanation_from_it(self, model):
        Store().keep_baseline(model, "integrated_gradients", KEPT)
        page = reader.explain(follow({"model": model}), TEXT)
        expected = explain(load_model(Store().path(model)), TEXT, None, IntegratedGradients(baseline="mean"))
        words = [value for _, value in read(page).words]
        assert words == pytest.approx([word.attribution for word in expected.words()], abs=1e-3)

    def test_it_is_given_up_again(self, page, model):
        page.button(key="keep_baseline").click()
        run(page).button(key="forget_baseline").click()
        assert run(page).selectbox(key="baseline").value == "pad"
        assert kept_of(model) is None

    def test_a_model_that_was_deleted_meanwhile_keeps_nothing(self, page, model, store):
        button = page.button(key="keep_baseline")
        Store().delete(model)
        button.click()
        run(page)
        assert any("deleted meanwhile" in error for error in reader.errors(page))
        assert not list(store.glob("*.settings"))

    def test_a_store_that_cannot_be_written_gets_a_sentence(self, page, monkeypatch):
        """The system's own refusal: whoever runs the tests may be root, to whom no folder is closed."""

        def refuse(path: Path, mode: str = "r", *options: object, **named: object) -> IO[Any]:
            if mode == "xb":
                raise OSError(errno.EROFS, "Read-only file system")
            return opened(path, mode, *options, **named)

        opened = Path.open
        monkeypatch.setattr(Path, "open", refuse)
        page.button(key="keep_baseline").click()
        run(page)
        assert reader.errors(page) == ["The folder of models cannot be written: Read-only file system."]
        assert page.selectbox(key="baseline").value == "pad"


class TestKept:
    def test_another_model_begins_with_its_own(self, model, keep):
        other = keep(("one", "two"))
        Store().keep_baseline(model, "integrated_gradients", KEPT)
        page = follow({"model": model})
        assert page.selectbox(key="baseline").value == "mean"
        page.selectbox(key="model").set_value(other)
        assert run(page).selectbox(key="baseline").value == "pad"
        page.selectbox(key="model").set_value(model)
        assert run(page).selectbox(key="baseline").value == "mean"

    def test_what_the_reader_chooses_for_this_model_holds(self, model):
        Store().keep_baseline(model, "integrated_gradients", KEPT)
        page = follow({"model": model})
        page.selectbox(key="baseline").set_value("zero")
        assert run(page).selectbox(key="baseline").value == "zero"
        page.switch_page("pages/trust.py")
        assert run(page).selectbox(key="baseline").value == "zero"
        assert not any("kept with this model" in one.value for one in page.caption)

    def test_what_others_keep_and_give_up_meanwhile_changes_no_choice_of_mine(self, model):
        page = follow({"model": model, "baseline": "pad"})
        Store().keep_baseline(model, "integrated_gradients", KEPT)
        assert run(page).selectbox(key="baseline").value == "pad"
        page.selectbox(key="baseline").set_value("mean")
        run(page)
        Store().keep_baseline(model, "integrated_gradients", None)
        assert run(page).selectbox(key="baseline").value == "mean"

    @pytest.mark.parametrize("linked", ["pad", "zero"])
    def test_a_link_holds_also_one_to_the_methods_own(self, model, linked):
        Store().keep_baseline(model, "integrated_gradients", KEPT)
        assert follow({"model": model, "baseline": linked}).selectbox(key="baseline").value == linked

    def test_a_method_of_another_kind_does_not_take_it(self, model):
        Store().keep_baseline(model, "integrated_gradients", KEPT)
        page = follow({"model": model})
        page.selectbox(key="method").set_value("occlusion")
        assert run(page).selectbox(key="occlusion_baseline").value == "mask"

    def test_one_that_the_model_lacks_is_left_alone(self, model):
        Store().keep_baseline(model, "integrated_gradients", KeptBaseline("none", "pad", (1.0, 0.0), 1, "2026-11-28"))
        page = follow({"model": model})
        assert page.selectbox(key="baseline").value == "pad"
        assert not page.exception


class TestUpload:
    def test_the_test_is_offered_until_it_was_looked_at(self, make_checkpoint):
        page = reader.upload(reader.open_page(), make_checkpoint(LABELS, seed=3))
        offered = "Which baseline suits this model"
        assert any(offered in one.value for one in page.caption)
        page.query_params["trust_view"] = "Baselines"
        page.switch_page("pages/trust.py")
        assert not any(offered in one.value for one in run(page).caption)
