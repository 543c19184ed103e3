import gzip

import pytest

from attribution import AttributionError
from attribution.corpus import Columns, Format, describe_format, read_documents
from attribution.corpus.documents.encoding import find_encoding_of
from attribution.corpus.documents.format import name_encoding

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
