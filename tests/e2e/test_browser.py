"""What only a real browser can tell: that it is drawn, that it fits, that nothing runs and nothing leaves."""

import re

import pytest
from playwright.sync_api import expect

from attribution import demo, load_model
from tests.ui.reader import HOSTILE_LABELS

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


@pytest.fixture(scope="module")
def sample(stay):
    """The first visit, in which nothing is written or chosen."""
    return stay()


@pytest.fixture(scope="module")
def reader(stay):
    """Somebody who writes, chooses and uploads, one thing after the other."""
    return stay()


@pytest.fixture
def paragraphs(reader):
    return reader if reader.text == PARAGRAPHS else reader.explain(PARAGRAPHS)


class TestFirstVisit:
    def test_a_sample_is_explained_in_colour_with_its_bars(self, sample):
        expect(sample.page.get_by_role("heading", level=1)).to_have_text("Why did the model say that?")
        assert "Whylight" in sample.page.title()
        assert sample.text == SAMPLE
        colours = sample.coloured.locator(".word").evaluate_all(
            "words => words.map(word => getComputedStyle(word).backgroundColor)"
        )
        assert len(set(colours)) > 10
        opposing = sample.coloured.locator(".against").first
        assert "underline" in opposing.evaluate("word => getComputedStyle(word).textDecorationLine")
        bars = sample.page.locator(".st-key-words_chart .bars path, .st-key-words_chart .point path")
        expect(bars).to_have_count(16)
        expect(bars.first).to_be_visible()
        expect(sample.error).to_have_count(0)

    def test_every_word_tells_its_share_and_rank(self, sample):
        titles = sample.coloured.locator(".word").evaluate_all("words => words.map(word => word.title)")
        assert all(re.match(r"“.+” [+−-][\d.]+ logits · rank \d+ of \d+", title) for title in titles)

    def test_one_tab_leads_to_the_text_and_arrow_keys_from_word_to_word_each_told_aloud(self, sample):
        words = sample.coloured.locator(".word")
        assert sample.coloured.locator("[tabindex='0']").count() == 1
        words.first.focus()
        for key, place in (("ArrowRight", 1), ("ArrowDown", 2), ("End", -1), ("Home", 0)):
            sample.page.keyboard.press(key)
            word = words.last if place < 0 else words.nth(place)
            expect(word).to_be_focused()
            value, title = float(word.get_attribute("data-attribution")), word.get_attribute("title")
            rank, total = re.search(r"rank (\d+) of (\d+)", title).groups()
            side, sign = ("for", "plus") if value > 0 else ("against", "minus")
            label = re.escape(sample.coloured.get_attribute("data-label"))
            said = rf"{re.escape(word.text_content())}, {side} {label}, {sign} [\d.e-]+, {rank}(st|nd|rd|th) of {total}"
            assert re.fullmatch(said, word.get_attribute("aria-label"))
            assert sample.coloured.locator("[tabindex='0'], [aria-label]").count() == 1
        assert sample.text == SAMPLE


class TestEveryScreen:
    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_nothing_is_wider_than_the_screen(self, sample, theme):
        sample.wear(theme)
        for width in (2560, 390, 360, 1280):
            sample.resize(width).assert_fits(width)
            assert sample.coloured.evaluate("element => element.getBoundingClientRect().right") <= width

    def test_the_note_of_a_tapped_word_stays_on_a_phones_screen(self, sample):
        words = sample.resize(390).coloured.locator(".word")
        assert words.count() > 100
        for index in range(0, words.count(), 7):
            words.nth(index).evaluate("word => word.focus({preventScroll: true})")
            sample.assert_fits(390)
        sample.resize(1280)

    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_what_is_coloured_can_be_read(self, sample, theme):
        sample.wear(theme)
        backs = {"light": (255, 255, 255), "dark": (0, 0, 0)}
        page = _colour(sample.page.get_by_test_id("stApp").evaluate("app => getComputedStyle(app).backgroundColor"))
        assert abs(_luminance(page[:3]) - _luminance(backs[theme])) < 0.1
        pairs = sample.coloured.locator(".word").evaluate_all(
            "words => words.map(word => [getComputedStyle(word).color, getComputedStyle(word).backgroundColor])"
        )
        pairs.append(
            sample.page.get_by_role("button", name="Explain", exact=True).evaluate(
                """button => [getComputedStyle(button.querySelector("p") ?? button).color,
                    getComputedStyle(button).backgroundColor]"""
            )
        )
        contrasts = [_contrast(_colour(ink)[:3], _over(_colour(paint), page)) for ink, paint in pairs]
        assert min(contrasts) >= 4.5


class TestText:
    def test_a_pasted_text_keeps_its_paragraphs_and_spaces_to_the_byte(self, paragraphs):
        assert paragraphs.text == PARAGRAPHS
        assert paragraphs.coloured.evaluate("element => getComputedStyle(element).whiteSpace") == "pre-wrap"

    def test_an_empty_text_gets_a_sentence_and_the_last_result_remains(self, paragraphs):
        paragraphs.submit("\n  \n")
        expect(paragraphs.error).to_contain_text("The text is empty. Paste at least one word.")
        assert paragraphs.finish().text == PARAGRAPHS

    def test_markup_in_the_text_is_text(self, reader):
        reader.explain(MARKUP)
        assert reader.text == MARKUP
        assert reader.page.locator(STRANGERS).count() == 0
        assert reader.coloured.locator("*:not(span)").count() == 0
        expect(reader.error).to_have_count(0)

    def test_half_a_character_leaves_the_page_and_its_result(self, paragraphs):
        box = paragraphs.page.get_by_role("textbox", name="Text", exact=True)
        box.focus()
        box.evaluate(  # what no keyboard types: Playwright would not send it either
            """box => {
                const {set} = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value");
                set.call(box, "half " + String.fromCharCode(0xd800) + " a character");
                box.dispatchEvent(new Event("input", {bubbles: true}));
            }"""
        )
        with paragraphs.page.expect_websocket():  # Streamlit hangs up on it, and the page connects anew
            paragraphs.page.get_by_role("button", name="Explain", exact=True).click()
        assert paragraphs.finish().text == PARAGRAPHS
        assert paragraphs.explain("The striker scored.").text == "The striker scored."

    def test_a_word_without_end_is_broken(self, reader):
        reader.explain(f"{'x' * 3000} https://example.org/{'a' * 500}").assert_fits_screens(390)


class TestReport:
    def test_it_opens_without_a_network_shows_the_same_words_and_saves_its_charts(self, paragraphs, open_report):
        page = open_report(paragraphs)
        expect(page.locator(".js-plotly-plot .bars").first).to_be_visible()
        assert page.locator(".whylight").inner_text().split() == PARAGRAPHS.split()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        with page.expect_download() as picture:
            page.get_by_role("button", name="SVG").first.click()
        assert picture.value.suggested_filename == "whylight-words.svg"


class TestCharts:
    @pytest.mark.parametrize(("kind", "begins"), [("PNG", b"\x89PNG"), ("SVG", b"<svg")])
    def test_a_chart_is_saved_as_a_picture(self, paragraphs, tmp_path, kind, begins):
        expect(paragraphs.page.locator(".st-key-words_chart")).to_contain_text("director")
        with paragraphs.page.expect_download() as download:
            paragraphs.page.locator(".st-key-save_words_chart").get_by_role("button", name=kind).click()
        assert download.value.suggested_filename == f"whylight-words.{kind.lower()}"
        download.value.save_as(tmp_path / "chart")
        content = (tmp_path / "chart").read_bytes()
        assert content.startswith(begins)
        assert len(content) > 5000
        if kind == "SVG":
            assert "director" in content.decode()


class TestLabel:
    def test_another_label_is_explained_by_one_click(self, paragraphs):
        paragraphs.choose("politics")
        expect(paragraphs.verdict).to_contain_text("politics")
        assert paragraphs.text == PARAGRAPHS

    def test_one_of_five_hundred_is_found_by_typing(self, reader, make_checkpoint):
        reader.upload(make_checkpoint(tuple(f"topic {number:03d}" for number in range(500))), "many.pt")
        reader.choose("topic 317")
        expect(reader.verdict).to_contain_text("topic 317")

    @pytest.mark.parametrize("more", [(), tuple(f"<b>{number}</b>" for number in range(20))], ids=["pills", "select"])
    def test_labels_that_are_markup_are_text_on_both_pages(self, reader, make_checkpoint, more):
        name = f"<img src=x onerror=alert({len(more)})> **b**.pt"
        reader.upload(make_checkpoint((*HOSTILE_LABELS, *more)), name)
        for label in HOSTILE_LABELS:
            reader.choose(label[:20])
            assert reader.page.locator(STRANGERS).count() == 0
            assert reader.verdict.locator("strong, a, img, .katex").count() == 0
        reader.turn_to("Label dictionary")
        expect(reader.page.get_by_text(f"The labels of {name}")).to_be_visible()
        expect(reader.column(2).nth(len(HOSTILE_LABELS) - 1)).to_be_attached()
        assert tuple(reader.column(2).all_text_contents()[: len(HOSTILE_LABELS)]) == HOSTILE_LABELS
        assert reader.page.locator(STRANGERS).count() == 0
        reader.turn_to("Explain")


class TestUpload:
    def test_a_checkpoint_is_opened_explained_and_still_chosen_on_the_other_page_and_back(
        self, reader, make_checkpoint
    ):
        path = make_checkpoint(("alpha", "beta"))
        label = load_model(path).predict(reader.text).label
        reader.upload(path, "greek.pt")
        expect(reader.coloured).to_have_attribute("data-label", label)
        expect(reader.page.get_by_role("radio", name=re.compile("alpha|beta"))).to_have_count(2)
        expect(reader.error).to_have_count(0)
        reader.turn_to("Label dictionary")
        expect(reader.column(2)).to_have_text(["alpha", "beta"])
        reader.turn_to("Explain")
        expect(reader.coloured).to_have_attribute("data-label", label)

    def test_a_bad_file_gets_a_sentence_and_the_result_remains(self, reader, tmp_path):
        path = tmp_path / "<img src=x onerror=alert(1)> **notes**.pt"
        path.write_bytes(b"no checkpoint at all")
        before = reader.coloured.inner_html()
        reader.page.locator(".st-key-model_upload input[type=file]").set_input_files(path)
        expect(reader.error).to_contain_text("<img src=x onerror=alert(1)> **notes**.pt was not opened.")
        reader.finish()
        assert reader.page.locator(f"{STRANGERS}, [data-testid=stSidebar] img[src=x]").count() == 0
        assert reader.coloured.inner_html() == before

    def test_a_long_unread_tail_leaves_the_rest_of_the_page_near(self, reader, make_checkpoint):
        reader.upload(make_checkpoint())
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


class TestTrust:
    def test_it_says_what_deleting_words_does_to_the_label_chosen_before_and_fits_every_screen(self, visit):
        reader = visit().explain("The striker scored twice in the cup final.").choose("politics").turn_to("Trust")
        headline = reader.page.get_by_role("heading", level=2).first
        expect(headline).to_contain_text(
            re.compile(r"Deleting the 5 strongest words for politics .* from [01]\.\d\d to")
        )
        expect(reader.page.get_by_text("of random orders").first).to_be_visible()
        expect(reader.page.get_by_test_id("stMetric")).to_have_count(3)
        reader.finish().assert_fits_screens(390, 2560)


class TestLabelDictionary:
    def test_it_is_complete_when_it_is_the_first_page_opened_and_fits_every_screen(self, visit):
        reader = visit("labels")
        expect(reader.page.get_by_role("heading", level=1)).to_have_text("Label dictionary")
        expect(reader.column(2)).to_have_text(list(demo.LABELS))
        reader.assert_fits_screens(360, 2560)
        reader.page.get_by_role("textbox", name="Search").fill("EC")
        reader.page.keyboard.press("Enter")
        expect(reader.column(2)).to_have_text(["tech"])


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
