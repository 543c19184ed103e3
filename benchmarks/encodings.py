"""How often the encoding of a file is found: ours, chardet alone, and charset-normalizer.

    python -m benchmarks.encodings

Each language has sentences of our own. They are written as a table in each encoding common for the language: once all
of them, once the first alone. A file counts as right where its text comes back as it was written.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator

import chardet
import charset_normalizer

from attribution.corpus.documents.formats.encoding import find_encoding

# language -> sentences, encodings
TEXTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "de": (
        "Der Umsatz der Bank in Zürich stieg um drei Prozent – das überraschte viele Anleger. Die "
        "Forscher bauten ein Gerät, das gesprochene Wörter versteht. Der Stürmer schoss für "
        "München zwei Tore; die Fans jubelten draußen auf der Straße. Größere Städte müssen "
        "künftig mehr für Bäume und Grünflächen tun.",
        (
            "cp1252",
            "iso8859_15",
            "cp850",
            "mac_roman",
        ),
    ),
    "fr": (
        "Le prix de l’énergie a augmenté à nouveau, dit l’économiste. Les chercheurs ont présenté "
        "un élève modèle, très apprécié à l’école. L’équipe a gagné la coupe après une journée "
        "très disputée. Où êtes-vous allés pendant l’été dernier ? Ça va être une année "
        "intéressante.",
        (
            "cp1252",
            "mac_roman",
            "cp850",
        ),
    ),
    "es": (
        "El delantero marcó dos goles en el último minuto. ¿Quién sabe qué pasará mañana? El niño "
        "comió una manzana en el jardín de la señora Núñez. La economía española creció más de lo "
        "que se esperaba este año. ¡Qué día tan difícil para los pequeños agricultores!",
        (
            "cp1252",
            "iso8859_15",
            "cp850",
            "mac_roman",
        ),
    ),
    "pt": (
        "O avançado marcou dois golos no último minuto. A economia não cresceu como se esperava, "
        "informou o ministério. As crianças são felizes com a educação que lhes dão. É preciso "
        "uma solução rápida para a poluição das águas.",
        (
            "cp1252",
            "cp850",
        ),
    ),
    "it": (
        "Il governo ha approvato la legge più discussa dell’anno. Perché la città è così bella? "
        "La società ha comunicato che l’attività proseguirà senza novità. È già lunedì e la "
        "qualità dell’aria è peggiorata.",
        ("cp1252",),
    ),
    "sv": (
        "Fotbollsspelaren gjorde två mål på lördagen. Räntan höjdes igen, och många småföretag är "
        "oroliga för framtiden. Forskarna byggde en apparat som förstår talade ord på svenska "
        "språket.",
        (
            "cp1252",
            "cp850",
        ),
    ),
    "pl": (
        "Napastnik strzelił dwa gole w ostatniej minucie meczu. Bank podniósł stopy procentowe, a "
        "złoty się umocnił. Naukowcy zbudowali urządzenie, które rozumie mówione słowa. Większość "
        "mieszkańców Łodzi i Gdańska cieszy się ze świąt.",
        (
            "cp1250",
            "iso8859_2",
        ),
    ),
    "cs": (
        "Útočník vstřelil dvě branky v poslední minutě zápasu. Banka opět zvýšila úrokové sazby a "
        "koruna posílila. Vědci sestrojili přístroj, který rozumí mluvenému slovu. Příští týden "
        "bude v Čechách pěkně, řekl meteorolog.",
        (
            "cp1250",
            "iso8859_2",
        ),
    ),
    "hu": (
        "A csatár két gólt lőtt az utolsó percben. A bank ismét emelte a kamatot, és erősödött a "
        "forint. A kutatók olyan készüléket építettek, amely megérti a kimondott szavakat. "
        "Győrben és Pécsen hűvös idő várható.",
        (
            "cp1250",
            "iso8859_2",
        ),
    ),
    "hr": (
        "Napadač je postigao dva gola u posljednjoj minuti. Banka je ponovno povećala kamatne "
        "stope, rekao je ekonomist. Znanstvenici su izradili uređaj koji razumije izgovorene "
        "riječi. Sljedeći tjedan očekuju se kiša i niže temperature u Šibeniku i Čakovcu.",
        ("cp1250",),
    ),
    "ro": (
        "Atacantul a marcat două goluri în ultimul minut. Banca a mărit din nou dobânda, iar leul "
        "s-a întărit. Cercetătorii au construit un aparat care înţelege cuvintele rostite. În "
        "Bucureşti va fi frumos, spun meteorologii.",
        ("cp1250",),
    ),
    "ru": (
        "Нападающий забил два гола на последней минуте матча. Банк снова повысил ставку, и рубль "
        "укрепился. Учёные построили прибор, который понимает речь. На следующей неделе в Москве "
        "будет тепло.",
        (
            "cp1251",
            "koi8_r",
            "cp866",
            "iso8859_5",
            "mac_cyrillic",
        ),
    ),
    "uk": (
        "Нападник забив два голи на останній хвилині матчу. Банк знову підвищив ставку, і гривня "
        "зміцнилася. Учені збудували прилад, який розуміє мову. Наступного тижня в Києві буде "
        "тепло, кажуть її мешканці.",
        ("cp1251",),
    ),
    "bg": (
        "Нападателят вкара два гола в последната минута. Банката отново повиши лихвите, каза "
        "икономистът. Учените построиха уред, който разбира говоримата реч. Следващата седмица в "
        "София ще бъде топло.",
        ("cp1251",),
    ),
    "el": (
        "Ο επιθετικός σκόραρε δύο φορές στο τελευταίο λεπτό. Η τράπεζα αύξησε ξανά τα επιτόκια, "
        "είπε ο οικονομολόγος. Οι ερευνητές κατασκεύασαν μια συσκευή που καταλαβαίνει την ομιλία. "
        "Την επόμενη εβδομάδα θα έχει ζέστη στην Αθήνα.",
        (
            "cp1253",
            "iso8859_7",
        ),
    ),
    "tr": (
        "Forvet son dakikada iki gol attı. Banka faizleri yine artırdı ve lira güçlendi. "
        "Araştırmacılar konuşulan sözleri anlayan bir aygıt geliştirdi. Gelecek hafta İstanbul’da "
        "hava güneşli olacak, dedi uzmanlar. Şehirdeki çocuklar çok mutluydu.",
        (
            "cp1254",
            "iso8859_9",
        ),
    ),
    "he": (
        "החלוץ כבש שני שערים בדקה האחרונה. הבנק העלה שוב את הריבית, אמר הכלכלן. החוקרים בנו מכשיר "
        "שמבין דיבור. בשבוע הבא יהיה חם בתל אביב.",
        (
            "cp1255",
            "iso8859_8",
        ),
    ),
    "ar": (
        "سجل المهاجم هدفين في الدقيقة الأخيرة. رفع البنك سعر الفائدة مرة أخرى، كما قال الخبير "
        "الاقتصادي. بنى الباحثون جهازا يفهم الكلام. سيكون الطقس حارا في القاهرة الأسبوع المقبل.",
        (
            "cp1256",
            "iso8859_6",
        ),
    ),
    "lt": (
        "Puolėjas paskutinę minutę įmušė du įvarčius. Bankas vėl padidino palūkanas, sakė "
        "ekonomistas. Mokslininkai sukūrė įrenginį, kuris supranta šnekamąją kalbą. Kitą savaitę "
        "Šiauliuose bus šilta.",
        ("cp1257",),
    ),
    "th": (
        "กองหน้ายิงสองประตูในนาทีสุดท้าย ธนาคารขึ้นดอกเบี้ยอีกครั้ง นักวิจัยสร้างเครื่องที่เข้าใจคำพูด สัปดาห์หน้ากรุงเทพฯ อากาศจะร้อน",
        ("cp874",),
    ),
    "ja": (
        "フォワードは最後の一分で二得点を決めた。銀行は再び金利を引き上げたと経済学者は述べた。研究者たちは話し言葉を理解する装置を作った。来週の東京は暑くなるでしょう。",
        (
            "cp932",
            "euc_jp",
            "iso2022_jp",
        ),
    ),
    "zh": (
        "前锋在最后一分钟攻入两球。银行再次提高利率，经济学家说。研究人员制造了一种能听懂语言的设备。下周北京天气炎热。",
        (
            "gb18030",
            "gbk",
        ),
    ),
    "zht": (
        "前鋒在最後一分鐘攻入兩球。銀行再次提高利率，經濟學家說。研究人員製造了一種能聽懂語言的設備。下週台北天氣炎熱。",
        ("big5",),
    ),
    "ko": (
        "공격수가 마지막 순간에 두 골을 넣었다. 은행은 다시 금리를 인상했다고 경제학"
        "자는 말했다. 연구진은 말을 이해하는 장치를 만들었다. 다음 주 서울은 더울 "
        "것이다.",
        (
            "cp949",
            "euc_kr",
        ),
    ),
    "en": (
        "The bank’s shares fell by three per cent – “a shock”, said the economist. The café’s "
        "owner hadn’t heard of it. Prices rose to £20 for a naïve tourist. “Nobody knows what "
        "comes next,” she said.",
        (
            "cp1252",
            "mac_roman",
        ),
    ),
}


def draw_files() -> Iterator[tuple[str, bytes, str]]:
    """(language and encoding, content, text) of each file; letters that its encoding lacks are question marks."""
    for language, (text, encodings) in TEXTS.items():
        sentences = [part for part in re.split(r"(?<=[.。!?])\s*", text) if part]
        for encoding in encodings:
            for count in (len(sentences), 1):
                rows = "".join(f"{one};{'ab'[place % 2]}\r\n" for place, one in enumerate(sentences[:count]))
                content = f"text;label\r\n{rows}".encode(encoding, "replace")
                if not content.isascii() or encoding.startswith("iso2022"):
                    yield f"{language}, {encoding}", content, content.decode(encoding)


def _ask_chardet(content: bytes) -> str:
    return str(chardet.detect(content)["encoding"])


def _ask_charset_normalizer(content: bytes) -> str:
    best = charset_normalizer.from_bytes(content).best()
    return best.encoding if best else "ascii"


READERS: dict[str, Callable[[bytes], str]] = {
    "ours": lambda content: find_encoding(io.BytesIO(content)),
    "chardet": _ask_chardet,
    "charset-normalizer": _ask_charset_normalizer,
}


def main() -> None:
    """Ask each reader about each file, and print how many it gets right."""
    files = list(draw_files())
    for name, ask in READERS.items():
        wrong = []
        for what, content, text in files:
            found = ask(content)
            try:
                right = content.decode(found) == text
            except (LookupError, UnicodeDecodeError):
                right = False
            if not right:
                wrong.append(f"{what} as {found}")
        print(f"{name}: {len(files) - len(wrong)} of {len(files)}. {'; '.join(wrong[:8])}")


if __name__ == "__main__":
    main()
