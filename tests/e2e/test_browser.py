"""What only a real browser can tell: that it is drawn, that it fits, that nothing runs and nothing leaves."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from attribution import demo, load_model
from tests.pages.reader import HOSTILE_LABELS

SAMPLE = demo.samples()[0].text
PARAGRAPHS = "Shares rose.\n\n\nThe   film  won\ttwo prizes.\n  Its director  was\u00a0there … \n"
MARKUP = (
    "<script>alert(1)</script> <img src=x onerror=alert(1)> <svg onload=alert(1)> </div></span> &amp; <!-- a --> "
    "<a href='javascript:alert(1)'>b</a> **bold** $x^2$ :red[c] `d` <style>*{display:none}</style> "
    "<iframe srcdoc='<script>alert(1)</script>'></iframe> {{7*7}} ]]> end"
)
# What only markup that got through would bring onto the page.
STRANGERS = (
    "[data-testid=stMain] script, [data-testid=stMain] img[src=x], [onerror], [onload], iframe, [href^=javascript]"
)


class TestFirstVisit:
    def test_a_sample_is_explained_in_colour_with_its_bars(self, visit):
        reader = visit()
        expect(reader.page.get_by_role("heading", level=1)).to_have_text("Why did the model say that?")
        assert "Whylight" in reader.page.title()
        assert reader.text == SAMPLE
        colours = reader.coloured.locator(".word").evaluate_all(
            "words => words.map(word => getComputedStyle(word).backgroundColor)"
        )
        assert len(set(colours)) > 10
        opposing = reader.coloured.locator(".against").first
        assert "underline" in opposing.evaluate("word => getComputedStyle(word).textDecorationLine")
        bars = reader.page.locator(".st-key-words_chart .bars path, .st-key-words_chart .point path")
        expect(bars.first).to_be_visible()
        assert bars.count() == 16
        expect(reader.error).to_have_count(0)

    def test_every_word_tells_its_share_and_rank(self, visit):
        reader = visit()
        titles = reader.coloured.locator(".word").evaluate_all("words => words.map(word => word.title)")
        assert all(re.match(r"[+−-][\d.]+ logits · rank \d+ of \d+", title) for title in titles)

    def test_nothing_is_asked_of_any_other_machine(self, visit):
        reader = visit().explain(PARAGRAPHS).turn_to("Label dictionary")
        assert len(reader.requests) > 10
        hosts = {urlsplit(address).hostname for address in reader.requests}
        assert hosts <= {"127.0.0.1", None}, hosts  # None: data: and blob:


class TestText:
    def test_a_pasted_text_keeps_its_paragraphs_and_spaces_to_the_byte(self, visit):
        reader = visit().explain(PARAGRAPHS)
        assert reader.text == PARAGRAPHS
        assert reader.coloured.evaluate("element => getComputedStyle(element).whiteSpace") == "pre-wrap"

    def test_markup_in_the_text_is_text(self, visit):
        reader = visit().explain(MARKUP)
        assert reader.text == MARKUP
        assert reader.page.locator(STRANGERS).count() == 0
        assert reader.coloured.locator("*:not(span)").count() == 0
        expect(reader.error).to_have_count(0)

    def test_an_empty_text_gets_a_sentence_and_the_last_result_remains(self, visit):
        reader = visit().submit("\n  \n")
        expect(reader.error).to_contain_text("The text is empty. Paste at least one word.")
        assert reader.finish().text == SAMPLE

    def test_half_a_character_leaves_the_page_and_its_result(self, visit):
        reader = visit()
        box = reader.page.get_by_role("textbox", name="Text", exact=True)
        box.focus()
        box.evaluate(  # what no keyboard types: Playwright would not send it either
            """box => {
                const {set} = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value");
                set.call(box, "half " + String.fromCharCode(0xd800) + " a character");
                box.dispatchEvent(new Event("input", {bubbles: true}));
            }"""
        )
        with reader.page.expect_websocket():  # Streamlit hangs up on it, and the page connects anew
            reader.page.get_by_role("button", name="Explain", exact=True).click()
        assert reader.finish().text == SAMPLE
        assert reader.explain(PARAGRAPHS).text == PARAGRAPHS

    def test_a_long_unread_tail_leaves_the_rest_of_the_page_near(self, visit, make_checkpoint):
        reader = visit().upload(make_checkpoint())
        reader.explain("The words of a long text that no model reads to its end. " * 400)
        expect(reader.page.get_by_text("The model did not read the last")).to_be_visible()
        assert reader.coloured.evaluate("element => element.getBoundingClientRect().height") < 1200


class TestLive:
    TEXT = " ".join(paragraph.text for paragraph in demo.paragraphs(held_out=True)[:12])

    def test_colours_come_before_the_end_and_stop_keeps_them(self, visit):
        reader = visit().submit(self.TEXT)
        progress = reader.page.locator(".st-key-progress")
        expect(progress).to_contain_text("evaluations")
        assert reader.text == self.TEXT
        progress.get_by_role("button", name="Stop").click()
        expect(reader.page.get_by_text("a preview: stopped before its end").first).to_be_visible()
        reader.finish()
        assert reader.coloured.locator(".for").count() > 0
        assert reader.text == self.TEXT
        reader.page.get_by_role("button", name="Explain", exact=True).click()
        expect(reader.page.get_by_text("accounts for").first).to_be_visible()
        reader.finish()


class TestReport:
    def test_it_opens_without_a_network_and_shows_the_same_words(self, visit, open_report):
        page = open_report(visit().explain(PARAGRAPHS))
        expect(page.locator(".js-plotly-plot .bars").first).to_be_visible()
        assert page.locator(".whylight").inner_text().split() == PARAGRAPHS.split()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


class TestCharts:
    @pytest.mark.parametrize(("kind", "begins"), [("PNG", b"\x89PNG"), ("SVG", b"<svg")])
    def test_a_chart_is_saved_as_a_picture(self, visit, tmp_path, kind, begins):
        reader = visit().explain(PARAGRAPHS)
        with reader.page.expect_download() as download:
            reader.page.locator(".st-key-save_words_chart").get_by_role("button", name=kind).click()
        assert download.value.suggested_filename == f"whylight-words.{kind.lower()}"
        download.value.save_as(tmp_path / "chart")
        content = (tmp_path / "chart").read_bytes()
        assert content.startswith(begins)
        assert len(content) > 5000
        if kind == "SVG":
            assert "director" in content.decode()

    def test_a_report_saves_its_charts_too(self, visit, open_report):
        page = open_report(visit().explain(PARAGRAPHS), width=1280)
        with page.expect_download() as picture:
            page.get_by_role("button", name="SVG").first.click()
        assert picture.value.suggested_filename == "whylight-words.svg"


class TestTrust:
    def test_it_says_in_a_sentence_what_deleting_words_does(self, visit):
        reader = visit().explain("The striker scored twice in the cup final.").turn_to("Trust")
        headline = reader.page.get_by_role("heading", level=2).first
        expect(headline).to_contain_text(re.compile(r"Deleting the 5 strongest words for sport .* from [01]\.\d\d to"))
        expect(reader.page.get_by_text("of random orders").first).to_be_visible()

    def test_the_label_chosen_before_stays(self, visit):
        reader = visit().explain("The striker scored twice in the cup final.").choose("politics").turn_to("Trust")
        expect(reader.page.get_by_role("heading", level=2).first).to_contain_text("strongest words for politics")

    @pytest.mark.parametrize("width", [390, 2560])
    def test_nothing_is_wider_than_the_screen(self, visit, width):
        reader = visit(width=width).explain("The striker scored twice in the cup final.")
        reader.page.goto(f"{reader.address}/trust")
        expect(reader.page.get_by_test_id("stMetric")).to_have_count(3)
        reader.finish().assert_fits(width)


class TestLabel:
    def test_another_label_is_explained_by_one_click(self, visit):
        reader = visit().explain(PARAGRAPHS).choose("politics")
        expect(reader.coloured).to_have_attribute("data-label", "politics")
        assert reader.text == PARAGRAPHS

    def test_one_of_five_hundred_is_found_by_typing(self, visit, make_checkpoint):
        reader = visit().upload(make_checkpoint(tuple(f"topic {number:03d}" for number in range(500))), "many.pt")
        reader.choose("topic 317")
        expect(reader.coloured).to_have_attribute("data-label", "topic 317")

    @pytest.mark.parametrize("more", [(), tuple(f"<b>{number}</b>" for number in range(20))], ids=["pills", "select"])
    def test_labels_that_are_markup_are_text_on_both_pages(self, visit, make_checkpoint, more):
        name = f"<img src=x onerror=alert({len(more)})> **b**.pt"
        reader = visit().upload(make_checkpoint((*HOSTILE_LABELS, *more)), name)
        for label in HOSTILE_LABELS:
            reader.choose(label[:20])
            assert reader.page.locator(STRANGERS).count() == 0
            assert reader.verdict.locator("strong, a, img, .katex").count() == 0
        reader.turn_to("Label dictionary")
        expect(reader.page.get_by_text(f"The labels of {name}")).to_be_visible()
        expect(reader.column(2).nth(len(HOSTILE_LABELS) - 1)).to_be_attached()
        assert tuple(reader.column(2).all_text_contents()[: len(HOSTILE_LABELS)]) == HOSTILE_LABELS
        assert reader.page.locator(STRANGERS).count() == 0


class TestUpload:
    def test_a_checkpoint_is_opened_and_its_labels_explained(self, visit, make_checkpoint):
        path = make_checkpoint(("alpha", "beta"))
        reader = visit().upload(path, "greek.pt")
        expect(reader.coloured).to_have_attribute("data-label", load_model(path).predict(SAMPLE).label)
        expect(reader.page.get_by_role("radio", name=re.compile("alpha|beta"))).to_have_count(2)
        expect(reader.error).to_have_count(0)

    def test_it_is_still_chosen_on_the_other_page_and_back(self, visit, make_checkpoint):
        reader = visit().upload(make_checkpoint(("alpha", "beta")), "greek.pt")
        reader.turn_to("Label dictionary")
        expect(reader.column(2)).to_have_text(["alpha", "beta"])
        reader.turn_to("Explain")
        expect(reader.coloured).to_have_attribute("data-label", re.compile("alpha|beta"))

    def test_a_bad_file_gets_a_sentence_and_the_result_remains(self, visit, tmp_path):
        path = tmp_path / "<img src=x onerror=alert(1)> **notes**.pt"
        path.write_bytes(b"no checkpoint at all")
        reader = visit()
        reader.page.locator(".st-key-model_upload input[type=file]").set_input_files(path)
        expect(reader.error).to_contain_text("<img src=x onerror=alert(1)> **notes**.pt was not opened.")
        reader.finish()
        assert reader.page.locator(f"{STRANGERS}, [data-testid=stSidebar] img[src=x]").count() == 0
        expect(reader.coloured).to_have_attribute("data-label", "business")
        assert reader.text == SAMPLE


class TestLabelDictionary:
    def test_it_is_complete_when_it_is_the_first_page_opened(self, visit):
        reader = visit("labels")
        expect(reader.page.get_by_role("heading", level=1)).to_have_text("Label dictionary")
        expect(reader.column(2)).to_have_text(list(demo.LABELS))
        reader.page.get_by_role("textbox", name="Search").fill("EC")
        reader.page.keyboard.press("Enter")
        expect(reader.column(2)).to_have_text(["tech"])

    def test_it_tells_of_the_text_that_was_explained(self, visit, demo_checkpoint):
        text = "The striker scored twice in the cup final."
        reader = visit().explain(text).turn_to("Label dictionary")
        expected = load_model(demo_checkpoint).predict(text).probabilities
        expect(reader.column(3)).to_have_count(len(expected))
        assert [float(cell) for cell in reader.column(3).all_text_contents()] == pytest.approx(expected, abs=1e-5)


class TestEveryScreen:
    @pytest.mark.parametrize("theme", ["light", "dark"])
    @pytest.mark.parametrize("widths", [(390, 360), (1280, 2560)], ids=["phone", "desk"])
    def test_nothing_is_wider_than_the_screen(self, visit, widths, theme):
        reader = visit(width=widths[0], theme=theme)
        for width in widths:
            reader.page.set_viewport_size({"width": width, "height": 900})
            reader.assert_fits(width)
            assert reader.coloured.evaluate("element => element.getBoundingClientRect().right") <= width

    @pytest.mark.parametrize("width", [360, 2560])
    def test_the_label_dictionary_is_not_wider_either(self, visit, width):
        visit("labels", width=width).assert_fits(width)

    def test_a_word_without_end_is_broken(self, visit):
        reader = visit(width=390).explain(f"{'x' * 3000} https://example.org/{'a' * 500}")
        reader.assert_fits(390)

    def test_the_note_of_a_tapped_word_stays_on_a_phones_screen(self, visit):
        reader = visit(width=390)
        words = reader.coloured.locator(".word")
        assert words.count() > 100
        for index in range(0, words.count(), 7):
            words.nth(index).evaluate("word => word.focus({preventScroll: true})")
            reader.assert_fits(390)

    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_what_is_coloured_can_be_read(self, visit, theme):
        reader = visit(theme=theme)
        backs = {"light": (255, 255, 255), "dark": (0, 0, 0)}
        page = _colour(reader.page.get_by_test_id("stApp").evaluate("app => getComputedStyle(app).backgroundColor"))
        assert abs(_luminance(page[:3]) - _luminance(backs[theme])) < 0.1
        pairs = reader.coloured.locator(".word").evaluate_all(
            "words => words.map(word => [getComputedStyle(word).color, getComputedStyle(word).backgroundColor])"
        )
        pairs.append(
            reader.page.get_by_role("button", name="Explain", exact=True).evaluate(
                """button => [getComputedStyle(button.querySelector("p") ?? button).color,
                    getComputedStyle(button).backgroundColor]"""
            )
        )
        contrasts = [_contrast(_colour(ink)[:3], _over(_colour(paint), page)) for ink, paint in pairs]
        assert min(contrasts) >= 4.5


def _colour(css: str) -> tuple[float, float, float, float]:
    numbers = [float(number) for number in re.findall(r"[\d.]+", css)]
    return (*numbers[:3], numbers[3] if len(numbers) > 3 else 1.0)


def _over(paint: tuple[float, ...], page: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(paint[3] * front + (1 - paint[3]) * back for front, back in zip(paint[:3], page[:3], strict=True))


def _luminance(colour: tuple[float, ...]) -> float:
    """Relative luminance, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    linear = [
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in (value / 255 for value in colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(first: tuple[float, ...], second: tuple[float, ...]) -> float:
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
