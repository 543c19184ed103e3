"""Stop words, and of which language a run's words are."""

import duckdb
import pytest

from attribution.corpus.findings.stop_words import LANGUAGES, find_language, is_common, list_stop_words

TEXTS = {
    "english": "The bank has raised its rates again and the shares of lenders fell, as nobody had said so.",
    "german": "Die Bank hat die Zinsen wieder erhöht, und die Aktien sind gefallen, weil es niemand dachte.",
    "french": "La banque a encore relevé ses taux et les actions ont baissé, parce que personne ne s'y attendait.",
    "spanish": "El banco ha subido otra vez los tipos y las acciones han caído, porque nadie lo esperaba de ellos.",
    "italian": "La banca ha alzato di nuovo i tassi e le azioni sono scese, perché nessuno se lo aspettava da loro.",
    "dutch": "De bank heeft de rente weer verhoogd en de aandelen zijn gedaald, omdat niemand dat had verwacht.",
    "danish": "Banken har hævet renten igen, og aktierne er faldet, fordi ingen af dem havde ventet det af den.",
    "swedish": "Banken har höjt räntan igen och aktierna har fallit, eftersom ingen av dem hade väntat sig det.",
    "polish": "Bank znowu podniósł stopy, a akcje spadły, bo nikt się tego nie spodziewał i nie było to dobre.",
    "russian": "Банк снова поднял ставку, и акции упали, потому что никто этого от него не ожидал.",
    "turkish": "Banka faizleri yine artırdı ve hisseler düştü, çünkü bunu hiç kimse ondan beklemiyordu ama oldu.",
}


def hold(text):
    tables = duckdb.connect()
    tables.execute("create table words as select unnest($words) as word", {"words": text.replace(",", " ,").split()})
    return tables


@pytest.mark.parametrize("language", TEXTS)
def test_the_language_of_a_runs_words(language):
    assert find_language(hold(TEXTS[language])) == language


@pytest.mark.parametrize("text", ["xylo 4711 qwrtz .", ", . !", ""])
def test_where_it_is_none_of_them(text):
    assert find_language(hold(text)) == ""


def test_every_language_has_words_of_letters():
    assert all(len(list_stop_words(language)) > 30 for language in LANGUAGES)
    assert all(word and word.isalnum() for language in LANGUAGES for word in list_stop_words(language))
    assert list_stop_words("") == ()


def test_what_is_common():
    assert all(map(is_common, ["The", "n't", "’s", ",", "--"]))
    assert not any(map(is_common, ["said", "striker", "42"]))
    assert is_common("und", "german")
    assert not is_common("und")
    assert is_common("!", "")
