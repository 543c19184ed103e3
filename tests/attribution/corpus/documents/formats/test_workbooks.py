"""Excel files."""

import random
import string
import zipfile
from contextlib import suppress

import pytest

from attribution import AttributionError
from attribution.corpus import Columns, describe_format, read_documents


def pairs(path):
    return [(document.text, document.gold) for document in read_documents(path)]


@pytest.mark.parametrize("header", [True, False])
def test_a_sheet_is_read_with_its_numbers_whole(tmp_path, header):
    path = tmp_path / "news.xlsx"
    write_workbook(
        path,
        {"Sheet 1": [*([["text", "label", "n"]] if header else []), ["One, two.", "a", 3], ["Four.", "b", 2.5]]},
    )
    assert pairs(path) == [("One, two.", ("a",)), ("Four.", ("b",))]
    assert describe_format(path) == f"Excel, sheet 'Sheet 1', {'a' if header else 'no'} header"
    assert next(
        read_documents(path, Columns("text" if header else "column 1", "n" if header else "column 3"))
    ).gold == ("3",)


def test_other_sheets_are_said(tmp_path):
    path = tmp_path / "news.xlsx"
    write_workbook(path, {"empty": [], "A": [["text"], ["One."]], "B": [["text"], ["Two."]]})
    assert [text for text, _ in pairs(path)] == ["One."]
    assert "sheet 'A' of 2 (the others are not read)" in describe_format(path)


def test_a_cell_far_away_takes_no_memory_of_ours(tmp_path):
    path = tmp_path / "news.xlsx"
    write_workbook(path, {"A": [["text", "label"], ["One.", "a"]]}, stray="XFD1048576")
    with pytest.raises(AttributionError, match=r"cannot be read as an Excel file: .*Save it as CSV"):
        list(read_documents(path))
    write_workbook(path, {"A": [["text", "label"], ["One.", "a"]]}, stray="A65536")
    assert pairs(path) == [("One.", ("a",)), ("1", None)]


def test_what_is_damaged_is_one_sentence(tmp_path):
    path = tmp_path / "news.xlsx"
    write_workbook(path, {"A": [["text", "label"], *([f"Text {place}.", "a"] for place in range(50))]})
    content, chance = path.read_bytes(), random.Random(0)
    for _ in range(6):
        damaged = bytearray(content)
        for _ in range(10):
            damaged[chance.randrange(len(content))] = chance.randrange(256)
        path.write_bytes(damaged)
        with suppress(AttributionError):
            list(read_documents(path))


def write_workbook(path, sheets, stray=None):
    """A workbook by the letter of ECMA-376, of texts and numbers alone; `stray` is the place of one number more."""
    names = [f"sheet{place}" for place in range(1, len(sheets) + 1)]
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types"><Default Extension="xml" ContentType="application/xml"/><Default '
            'Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override '
            'PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
            '.main+xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="r" Type="{office}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        listed = "".join(
            f'<sheet name="{title}" sheetId="{place}" r:id="{name}"/>'
            for place, (name, title) in enumerate(zip(names, sheets, strict=True), 1)
        )
        archive.writestr("xl/workbook.xml", f'<workbook {main} xmlns:r="{office}"><sheets>{listed}</sheets></workbook>')
        targets = "".join(
            f'<Relationship Id="{name}" Type="{office}/worksheet" Target="worksheets/{name}.xml"/>' for name in names
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{package}/relationships">{targets}</Relationships>'
        )
        for name, rows in zip(names, sheets.values(), strict=True):
            body = "".join(f"<row>{''.join(map(write_cell, row))}</row>" for row in rows)
            if stray:
                body += f'<row r="{stray.lstrip(string.ascii_uppercase)}"><c r="{stray}"><v>1</v></c></row>'
            archive.writestr(
                f"xl/worksheets/{name}.xml", f"<worksheet {main}><sheetData>{body}</sheetData></worksheet>"
            )


def write_cell(value):
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{value}</t></is></c>'
    return f"<c><v>{value}</v></c>"
