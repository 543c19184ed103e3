import gzip

import pytest

from attribution import AttributionError
from attribution.corpus import Columns, Format, describe_format, read_documents
from attribution.corpus.documents.format import name_encoding
from attribution.corpus.documents.formats.encoding import find_encoding_of

TEXTS = {
    "de": "Der Umsatz der Bank in Zürich stieg – das überraschte viele. Der Stürmer schoss für München zwei Tore.",
    "fr": "Le prix de l’énergie a augmenté à nouveau, dit l’économiste. L’équipe a gagné après une journée disputée.",
    "es": "¿Quién sabe qué pasará mañana? El niño comió una manzana en el jardín de la señora Núñez.",
    "it": "Perché la città è così bella? La società ha comunicato che l’attività proseguirà senza novità.",
    "pl": "Napastnik strzelił dwa gole w ostatniej minucie. Bank podniósł stopy procentowe, a złoty się umocnił.",
    "cs": "Útočník vstřelil dvě branky v poslední minutě. Vědci sestrojili přístroj, který rozumí řeči.",
    "ru": "Нападающий забил два гола на последней минуте матча. Банк снова повысил ставку, и рубль укрепился.",
    "el": "Ο επιθετικός σκόραρε δύο φορές στο τελευταίο λεπτό. Η τράπεζα αύξησε ξανά τα επιτόκια.",
    "tr": "Forvet son dakikada iki gol attı. Banka faizleri yine artırdı ve lira güçlendi, dedi uzmanlar.",
    "he": "החלוץ כבש שני שערים בדקה האחרונה. הבנק העלה שוב את הריבית, אמר הכלכלן.",
    "ar": "سجل المهاجم هدفين في الدقيقة الأخيرة. رفع البنك سعر الفائدة مرة أخرى، كما قال الخبير.",
    "th": "กองหน้ายิงสองประตูในนาทีสุดท้าย ธนาคารขึ้นดอกเบี้ยอีกครั้ง",
    "ja": "フォワードは最後の一分で二得点を決めた。銀行は再び金利を引き上げたと経済学者は述べた。",
    "zh": "前锋在最后一分钟攻入两球。银行再次提高利率，经济学家说。",
    "ko": "공격수가 마지막 순간에 두 골을 넣었다. 은행은 다시 금리를 인상했다고 경제학자는 말했다.",
}
"""Sentences of our own, by language."""

WRITTEN = [
    *((language, "cp1252") for language in ("de", "fr", "es", "it")),
    *((language, "mac-roman") for language in ("de", "fr", "es")),
    *((language, encoding) for language in ("pl", "cs") for encoding in ("cp1250", "iso8859-2")),
    *(("ru", encoding) for encoding in ("cp1251", "koi8-r", "cp866", "iso8859-5")),
    *(("el", "cp1253"), ("tr", "cp1254"), ("he", "cp1255"), ("ar", "cp1256"), ("th", "cp874")),
    *(("ja", encoding) for encoding in ("cp932", "euc_jp", "iso2022_jp")),
    *(("zh", "gb18030"), ("ko", "cp949")),
    *(
        (language, encoding)
        for language in TEXTS
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32")
    ),
]


@pytest.mark.parametrize(("language", "encoding"), WRITTEN)
def test_a_file_in_any_language_and_encoding_comes_back_as_it_was_written(tmp_path, language, encoding):
    path = tmp_path / "news.csv"
    path.write_bytes(f"text;label\r\n{TEXTS[language]};a\r\n".encode(encoding))
    assert [(one.text, one.gold) for one in read_documents(path)] == [(TEXTS[language], ("a",))]


@pytest.mark.parametrize("name", ["news.csv.gz", "news.txt.gz"])
def test_it_is_found_in_a_packed_file_too(tmp_path, name):
    content = f"text;label\n{TEXTS['de']};a\n" if "csv" in name else f"__label__a {TEXTS['de']}\n"
    (tmp_path / name).write_bytes(gzip.compress(content.encode("cp1252")))
    assert [(one.text, one.gold) for one in read_documents(tmp_path / name)] == [(TEXTS["de"], ("a",))]


def test_what_comes_late_in_a_large_file_counts(tmp_path):
    path = tmp_path / "news.csv"
    path.write_bytes(b"text,label\n" + b"The cup was won again.,sport\n" * 100_000 + "Zürich,news\n".encode("cp1252"))
    assert find_encoding_of(path) == "cp1252"


def test_a_letter_that_is_broken_makes_no_other_encoding_of_a_file(tmp_path):
    path = tmp_path / "news.csv"
    path.write_bytes("Zürich und Köln\n".encode() * 50 + b"caf\xe9\n")
    assert find_encoding_of(path) == "utf-8"


def test_what_is_chosen_is_taken_at_its_word(tmp_path):
    path = tmp_path / "news.csv"
    path.write_bytes("text,label\nПривет мир,a\n".encode("cp1251"))
    (one,) = read_documents(path, Columns("text"), Format(encoding="koi8-r"))
    assert one.text == "Привет мир".encode("cp1251").decode("koi8-r")
    assert describe_format(path, Format(encoding="koi8-r")).startswith("commas, KOI8-R")


def test_names_of_encodings():
    assert [name_encoding(name) for name in ("latin-1", "ISO-8859-1", "windows-1252", "UTF8", "Shift_JIS", "gbk")] == [
        *("cp1252", "cp1252", "cp1252", "utf-8", "cp932", "gb18030")
    ]
    for name in ("klingon", "base64", "rot13", "", "\0"):
        with pytest.raises(AttributionError, match="encoding"):
            name_encoding(name)


class TestFewLetters:
    """A single letter beyond ASCII tells no language, and is read as the letters that one language has."""

    PLAIN = "The shares of the bank fell by three per cent.,pos\nA plain line.,neg\n"

    @pytest.mark.parametrize(
        ("encoding", "texts"),
        [
            ("cp1252", ["A naïve idea, he said."]),
            ("cp1252", ["It’s good."]),
            ("cp1252", ["We ate à la carte."]),
            ("cp1252", ["A café with “quotes” – and a dash."]),
            ("cp1252", ["Whylight™ is © us ®.", "It is 20 °C ½."]),
            ("cp1252", ["It costs €20 a month."]),
            ("cp1252", ["£20 for two"]),
            ("cp1252", ["resumé"]),
            ("cp1252", ["In Zürich ist es warm."]),
            ("mac-roman", ["In Zürich ist es warm."]),
            ("cp850", ["In Zürich ist es warm."]),
            ("mac-roman", ["Grüße aus München", "Die Straße ist gesperrt"]),
            ("mac-roman", ["Beyoncé’s record"]),
            ("mac-roman", ["muy bien señor", "¡Qué día!"]),
            ("cp850", ["El niño"]),
            ("iso8859-15", ["It costs 20 € a month."]),
            ("iso8859-15", ["L'œuvre est belle.", "Un café."]),
            ("cp1252", ["København"]),
            ("cp1252", ["não é fácil"]),
            ("cp1250", ["Vrátil se konečně domů."]),
            ("cp1250", ["Nagy győzelem volt a tegnapi mérkőzés."]),
            ("cp1250", ["Miło mi"]),
            ("cp1251", ["привет мир"]),
            ("cp1254", ["Güneş açtı"]),
        ],
    )
    def test_they_come_back(self, tmp_path, encoding, texts):
        path = tmp_path / "news.jsonl"
        lines = [f'{{"text": "{text}"}}\n' for text in ["It rained.", *texts]]
        path.write_bytes("".join(lines).encode(encoding))
        assert [one.text for one in read_documents(path)] == ["It rained.", *texts]

    def test_as_many_letters_as_broken_bytes_are_letters(self, tmp_path):
        path = tmp_path / "news.csv"
        path.write_bytes("text,label\nZürich,a\n".encode() + b"caf\xe9,b\n")
        assert find_encoding_of(path) == "utf-8"


def test_a_character_of_nothing_makes_no_other_encoding_of_a_small_file(tmp_path):
    path = tmp_path / "news.csv"
    path.write_bytes(b"text,label\nOne.\0Two.,a\nThree.,b\n" + b"Plain text, b\n" * 3)
    assert find_encoding_of(path) == "utf-8"


def test_a_file_that_unpacks_without_end_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr("attribution.corpus.documents.formats.unpacking._SPARE", 2**20)
    (tmp_path / "news.csv.gz").write_bytes(gzip.compress(b"a" * 2**24))
    with pytest.raises(AttributionError, match="unpacks to more than 200 times"):
        list(read_documents(tmp_path / "news.csv.gz"))


@pytest.mark.parametrize("gap", [b"", b"\0" * 100_000])
def test_a_packed_file_of_several_parts_is_read_whole(tmp_path, gap):
    lines = [f"{number},a\n".encode() * (number + 1) for number in range(300)]
    content = gap.join(gzip.compress(one) for one in (b"text,label\n", *lines, b""))
    (tmp_path / "news.csv.gz").write_bytes(content + gap)
    found = [one.text for one in read_documents(tmp_path / "news.csv.gz")]
    assert found == [str(number) for number in range(300) for _ in range(number + 1)]


def test_a_packed_file_of_parts_that_hold_nothing_is_one_sentence(tmp_path):
    for part in (b"", b"a"):
        (tmp_path / "news.csv.gz").write_bytes(gzip.compress(part) * 100_000)
        with pytest.raises(AttributionError, match=r"more than 1,0.. parts that hold next to nothing"):
            list(read_documents(tmp_path / "news.csv.gz"))


@pytest.mark.parametrize("behind", [b"", b"more"])
def test_a_packed_file_that_is_damaged_is_one_sentence(tmp_path, behind):
    packed = gzip.compress(b"text,label\n" + bytes(range(200)) * 100)
    (tmp_path / "news.csv.gz").write_bytes(packed + behind if behind else packed[:-4])
    with pytest.raises(AttributionError, match="cannot be unpacked"):
        list(read_documents(tmp_path / "news.csv.gz"))


def test_old_macintoshes_end_lines_by_carriage_returns_alone(tmp_path):
    path = tmp_path / "news.csv"
    path.write_bytes(b'text,label\r"One\ntwo.",a\rThree.,b\r')
    assert [(one.text, one.gold) for one in read_documents(path)] == [("One\ntwo.", ("a",)), ("Three.", ("b",))]


def test_a_mark_of_utf_16_within_a_file_makes_it_none(tmp_path):
    path = tmp_path / "news.csv"
    path.write_bytes(b"text,label\nOne,a\n\xff\xfeTwo,b\n")
    assert [one.text for one in read_documents(path)] == ["One", "ÿþTwo"]
    with pytest.raises(AttributionError, match=r"news.csv is not in utf-16"):
        list(read_documents(path, format=Format(encoding="utf-16")))


def test_what_dos_wrote_at_the_end_is_no_row(tmp_path):
    path = tmp_path / "news.csv"
    path.write_bytes(b"text,label\nOne,a\n\x1a")
    assert [one.text for one in read_documents(path)] == ["One"]
