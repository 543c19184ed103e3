"""What only a browser can tell of paper: whether all of a report is on it."""

import re
from dataclasses import replace

import pytest

from attribution.corpus.findings.blame import find_all_blame, find_blame
from attribution.corpus.findings.quality import measure_quality
from attribution.corpus.findings.ranking import Ranking, count_explained, rank_all_words
from attribution.corpus.findings.tables import open_tables
from attribution.render import Comparison, Summary, render_comparison, render_page, render_summary
from attribution.texts.tokens import Span
from tests.attribution.stand_ins import explanation
from tests.runs import draw_run

A4 = 688
"""Pixels between margins of 14 mm."""

LABELS = ("business", "entertainment", "politics", "sport", "تكنولوجيا", "Donaudampfschifffahrtsgesellschaftskapitaen")
CUT = """width => {
    const cut = [];
    const say = one => `${one.tagName}.${one.className.baseVal ?? one.className}: ${one.textContent.slice(0, 40)}`;
    for (const one of document.querySelectorAll("main *")) {
        const box = one.getBoundingClientRect(), style = getComputedStyle(one);
        if (one.closest(".save, summary, details:not([open])") || !box.width) continue;
        if (!one.closest("svg") || one.tagName === "text") {
            if (box.right > width + 1 || box.left < -1) cut.push(`off the paper: ${say(one)}`);
        }
        if (!one.closest("svg") && /auto|scroll|hidden/.test(style.overflow + style.overflowX + style.overflowY)
            && (one.scrollHeight > one.clientHeight + 1 || one.scrollWidth > one.clientWidth + 1)
            && !one.closest(".js-plotly-plot")) cut.push(`scrolls: ${say(one)}`);
        const chart = one.tagName === "text" && one.closest(".plot")?.getBoundingClientRect();
        if (chart && (box.right > chart.right + 1 || box.left < chart.left - 1)) cut.push(`off its chart: ${say(one)}`);
    }
    return cut;
}"""
BLANK = """() => [...document.querySelectorAll(".plot")].map(plot =>
    plot.firstElementChild.getBoundingClientRect().height
    - plot.querySelector(".main-svg").getBoundingClientRect().height)"""
FITS = """() => [...document.querySelectorAll(".js-plotly-plot")].every(one =>
    Math.abs(one.querySelector(".main-svg").getAttribute("width") - one.getBoundingClientRect().width) < 1
    && Math.abs(one.querySelector(".main-svg").getAttribute("height") - one.getBoundingClientRect().height) < 1)"""
"""Every chart fills its place, and no more, on the screen."""
WIDTHS = "[...document.querySelectorAll('.main-svg')].map(one => one.getAttribute('width'))"


def render_text():
    long = explanation(" ".join(["stubborn"] * 600), [1.0, -0.5] * 300)
    read = len("stubborn ") * 300
    return render_page(replace(long, unread=(Span(read, len(long.text)),)))


def render_columns():
    columns = {name: explanation("a bank rose", [1.0, -0.5, 0.2], labels=(name, "bad")) for name in LABELS}
    return render_comparison(Comparison("Six", columns))


def render_data_set(folder):
    draw_run(folder, labels=LABELS, count=300)
    with open_tables(folder, LABELS) as tables:
        words, hidden = rank_all_words(tables, LABELS, Ranking(least=1))
        quality, blame = measure_quality(tables, LABELS), find_blame(tables, hide_common=False)
        return render_summary(
            Summary(
                title="A data set",
                facts={"Model (SHA-256)": "0" * 64},
                explained=count_explained(tables),
                words=words,
                hidden=hidden,
                quality=quality,
                blame=blame,
                hidden_blame=find_all_blame(tables)[1],
                ranked="By their sum.",
            )
        )


@pytest.mark.parametrize(("kind", "most"), [("text", 6), ("columns", 4), ("data set", 5)])
def test_a_report_prints_whole_and_is_as_before_on_the_screen(browser, tmp_path, kind, most):
    html = {"text": render_text, "columns": render_columns, "data set": lambda: render_data_set(tmp_path / "run")}[
        kind
    ]()
    (tmp_path / "report.html").write_text(html, "utf-8")
    context = browser.new_context(offline=True, color_scheme="dark", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto((tmp_path / "report.html").as_uri())
    page.wait_for_function(FITS)
    page.evaluate(f"addEventListener('beforeprint', () => {{ window.printed = {WIDTHS}; }})")
    pages = len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4", prefer_css_page_size=True)))
    assert 1 < pages <= most
    assert set(page.evaluate("window.printed")) <= {"680", "330"}
    page.wait_for_function(FITS)
    assert not page.evaluate("document.querySelector('.main-svg[viewBox]')")

    page.emulate_media(media="print", color_scheme="dark")
    page.set_viewport_size({"width": A4, "height": 900})
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(CUT, A4) == []
    assert max(page.evaluate(BLANK)) < 10
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    context.close()
