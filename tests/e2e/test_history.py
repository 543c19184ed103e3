"""What only a real browser can tell of a session: reloads, tabs, steps of the history, a copied link, keys."""

import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import expect

TEXT, OTHER = "The bank raised its forecast.", "The striker scored twice."


def has_text(reader, text):
    reader.page.wait_for_function("text => document.querySelector('div.whylight')?.textContent === text", arg=text)
    return reader.finish()


def test_a_text_outlives_its_page_and_one_press_goes_back_from_each(visit, context):
    reader = visit().explain(TEXT)
    expect(reader.page).to_have_url(re.compile("draft="))
    link = reader.page.url
    reader.page.reload()
    has_text(reader, TEXT)
    has_text(visit(link.removeprefix(f"{reader.address}/")), TEXT)

    for title in ("Trust", "Label dictionary", "Saved"):
        reader.turn_to(title)
        reader.page.go_back()
        expect(reader.page).to_have_title("Explain · Whylight")
        has_text(reader, TEXT)

    reader.page.get_by_role("textbox", name="Text", exact=True).fill(OTHER)
    reader.page.keyboard.press("Control+Enter")
    has_text(reader, OTHER)
    expect(reader.page).not_to_have_url(link)
    reader.page.go_back()
    has_text(reader, TEXT)

    context.grant_permissions(["clipboard-read", "clipboard-write"])
    copied = "() => navigator.clipboard.readText()"
    reader.page.get_by_role("button", name="Copy link and text").click()
    expect(reader.page.get_by_text("Whoever has the link can read the text.")).to_be_visible()
    assert reader.page.evaluate(copied) == reader.page.url
    reader.page.get_by_role("button", name="Copy link alone").click()
    expect(reader.page.get_by_text("The text is not in it.")).to_be_visible()
    asked = parse_qs(urlsplit(reader.page.evaluate(copied)).query)
    assert asked.keys() == parse_qs(urlsplit(link).query).keys() - {"draft"}
