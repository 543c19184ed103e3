import pytest

from attribution.render import GUIDE
from tests.ui import reader
from tests.ui.reader import follow

PAGES = sorted(path.relative_to(reader.ROOT).as_posix() for path in (reader.ROOT / "pages").glob("*.py"))


def test_it_says_all_that_reports_can_say():
    page = follow({}, "pages/how_to_read.py")
    assert [found.value for found in page.header] == [part.title for part in GUIDE]
    shown = "\n".join(reader.markdown(page))
    assert [point for part in GUIDE for point in part.points if point not in shown] == []


@pytest.mark.parametrize("path", ["app.py", *PAGES])
def test_every_other_page_ends_with_a_link_to_it(path):
    links = [found.proto for found in follow({}, path).main if found.type == "page_link"]
    expected = [] if path == "pages/how_to_read.py" else ["What these numbers are, and what they are not"]
    assert [link.label for link in links if link.page == "how_to_read"] == expected
    assert [link.label for link in links[-1:] if link.page == "how_to_read"] == expected
