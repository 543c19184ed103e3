import random
from dataclasses import replace

import pytest
from alembic import command
from sqlalchemy import text

from attribution import AnalysisChangedError, AttributionError, StoreFullError
from attribution.report import from_report, to_report
from attribution.storage.analyses import LONGEST_NAME, LONGEST_NOTE, LONGEST_TAG, MOST_TAGS, Analyses
from attribution.storage.analyses import collection as module
from tests.attribution.stand_ins import explanation
from tests.attribution.storage.analyses.helpers import BANK, connect, drop, migrate, names, run_together


class TestSave:
    def test_the_whole_report_is_kept(self, analyses):
        entry = analyses.save(BANK, name="Rates", note="See  page 3.", tags=["bank", "2026"], model_name="mine.pt")
        found = analyses.get(entry.id)
        assert found.entry == entry
        assert (entry.name, entry.note, entry.tags, entry.version) == ("Rates", "See  page 3.", ("bank", "2026"), 1)
        assert (entry.model_sha256, entry.model_name, entry.label) == ("0" * 64, "mine.pt", "good")
        assert {**found.report(), "created": ""} == {**to_report(BANK), "created": ""}
        assert from_report(found.report()).words() == BANK.words()

    def test_it_is_there_for_whoever_opens_the_database_next(self, analyses, url):
        entry = analyses.save(BANK, name="Rates")
        other = Analyses(url)
        assert other.find().entries == (entry,)
        other.close()

    def test_what_no_database_keeps_is_kept_in_the_report(self, analyses):
        odd = explanation("a\x00b 🙂 \u2028c", [1.0, 2.0, 3.0], labels=("<\x00>", "\ud800"), label="\ud800")
        entry = analyses.save(odd, name="\x00 name", note="\x00", tags=["\x00"], model_name="\x00\udc80.pt")
        found = analyses.get(entry.id)
        assert found.entry == entry
        assert (found.report()["texts"], found.report()["label"]) == (["a\x00b 🙂 \u2028c"], "\ud800")

    def test_names_and_tags_are_brought_into_order(self, analyses):
        entry = analyses.save(BANK, name="  two \n words ", note=" a\n\nb ", tags=[" ", "Bank", "a  b", "bank", "BANK"])
        assert (entry.name, entry.note, entry.tags) == ("two words", "a\n\nb", ("Bank", "a b"))
        assert analyses.get(entry.id).entry == entry

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            ({"name": " \n"}, "has no name yet"),
            ({"name": "x" * (LONGEST_NAME + 1)}, "Expected a name of at most 120 characters, got 121"),
            ({"note": "x" * (LONGEST_NOTE + 1)}, "Expected a note of at most 4,000 characters, got 4,001"),
            ({"tags": ["x" * (LONGEST_TAG + 1)]}, "Expected a tag of at most 40 characters, got 41"),
            ({"tags": [str(number) for number in range(MOST_TAGS + 1)]}, "Expected at most 10 tags, got 11"),
            ({"name": "half \ud800"}, "name holds half a character"),
        ],
    )
    def test_more_than_fits_gets_one_sentence_and_nothing_is_written(self, analyses, words, said):
        with pytest.raises(AttributionError, match=said):
            analyses.save(BANK, **{"name": "Rates", **words})
        assert analyses.find().total == 0

    def test_a_report_that_is_too_large_is_refused(self, analyses, monkeypatch):
        monkeypatch.setattr(module, "_LARGEST_REPORT", 1000)
        with pytest.raises(AttributionError, match="Explain a shorter text"):
            analyses.save(BANK, name="Rates")


class TestLimit:
    def test_what_does_not_fit_is_refused_and_what_was_deleted_makes_room(self, analyses, url):
        analyses.close()
        small = Analyses(url, limit=100_000)
        saved = [small.save(BANK, name=str(number)) for number in range(2)]
        with pytest.raises(StoreFullError, match=r"saved take \d+ kB of 100 kB, and this .*raise WHYLIGHT_STORE_LIMIT"):
            small.save(BANK, name="2")
        assert small.find().total == 2
        small.delete(saved[0].id)
        assert small.save(BANK, name="2").name == "2"
        small.close()

    def test_the_operator_sets_it_with_that_of_the_store(self, url, monkeypatch):
        monkeypatch.setenv("WHYLIGHT_STORE_LIMIT", "0.00001")
        small = Analyses(url)
        with pytest.raises(StoreFullError, match="There is no room for another analysis"):
            small.save(BANK, name="Rates")
        small.close()

    def test_those_of_an_earlier_release_are_counted(self, analyses, url):
        analyses.save(BANK, name="Rates")
        with connect(url) as connection:
            (before,) = connection.execute(text("SELECT size FROM analyses")).one()
            migrate(connection, "0002", command.downgrade)
            migrate(connection, "head", command.upgrade)
            (after,) = connection.execute(text("SELECT size FROM analyses")).one()
        assert 0 < before - after <= 2**15


class TestGet:
    @pytest.mark.parametrize("identifier", ["", "0", "\x00", "' OR 1=1 --", "1" * 36, "%", "\ud800"])
    def test_what_is_no_id_finds_nothing(self, analyses, identifier):
        analyses.save(BANK, name="Rates")
        assert analyses.get(identifier) is None

    def test_an_id_cannot_be_guessed_from_another(self, analyses):
        found = [analyses.save(BANK, name="Rates").id for _ in range(3)]
        assert len({one[:8] for one in found}) == 3
        assert all(one[14] == "4" for one in found)  # RFC 9562: random

    def test_what_was_changed_in_the_database_is_told(self, analyses, url):
        entry = analyses.save(BANK, name="Rates")
        with connect(url) as connection:
            connection.execute(text("UPDATE analyses SET report = replace(report, 'bank', 'bunk')"))
        with pytest.raises(AttributionError, match="What is saved as “Rates” was changed"):
            analyses.get(entry.id).report()


class TestFind:
    def test_the_newest_come_first_page_by_page(self, analyses):
        for number in range(7):
            analyses.save(BANK, name=f"n{number}")
        pages = [analyses.find(start=start, limit=3) for start in (0, 3, 6, 9)]
        assert [names(page) for page in pages] == [["n6", "n5", "n4"], ["n3", "n2", "n1"], ["n0"], []]
        assert {page.total for page in pages} == {7}

    @pytest.mark.parametrize(
        "search",
        [
            "rate",
            "RATES ECB",
            "by 100 %",
            "FORECAST",
            "good",
            "see page",
            "zürich",
            "ZU\u0308RICH",
            "STRASSE",
            "bank",
            "",
        ],
    )
    def test_names_notes_tags_labels_and_texts_are_searched_whatever_the_capitals(self, analyses, search):
        analyses.save(BANK, name="Rates", note="See page 3, Zürich, Bahnhofstraße.", tags=["ECB"])
        analyses.save(explanation("Goal!", [1.0], labels=("sport", "tech")), name="Other")
        assert "Rates" in names(analyses.find(search))
        assert (analyses.find(search).total == 1) is bool(search)

    @pytest.mark.parametrize("search", ["100_%", "%", "_", "\\", "rates nothing", "/", "'", "x" * 70_000, "\x00"])
    def test_what_is_not_there_is_not_found_whatever_the_characters_mean_to_a_database(self, analyses, search):
        analyses.save(explanation("The bank raised rates.", [1.0] * 4), name="Rates")
        assert analyses.find(search).total == 0

    def test_it_finds_what_a_loop_over_all_of_them_finds(self, analyses):
        draw = random.Random(7)
        letters = "aAbBüÜßsS%_\\/'\"[]^* "
        written = {
            f"{number} {''.join(draw.choices(letters, k=6))}": "".join(draw.choices(letters, k=9))
            for number in range(60)
        }
        kept = {analyses.save(BANK, name=name, note=note).name: note for name, note in written.items()}
        for _ in range(60):
            search = "".join(draw.choices(letters, k=draw.randint(1, 3)))
            expected = {
                name
                for name, note in kept.items()
                if all(
                    any(term in part.casefold() for part in (f"{name}\n{note}", "good\n" + BANK.text))
                    for term in search.casefold().split()
                )
            }
            assert set(names(analyses.find(search, limit=100))) == expected, search

    def test_a_tag_narrows_the_list(self, analyses):
        analyses.save(BANK, name="one", tags=["Bank", "x"])
        analyses.save(BANK, name="two", tags=["bank"])
        analyses.save(BANK, name="three", note="bank", tags=["banks"])
        assert names(analyses.find(tag="BANK")) == ["two", "one"]
        assert names(analyses.find("one", tag="bank")) == ["one"]
        assert names(analyses.find(tag="ban%")) == []

    def test_tags_are_listed_those_given_most_often_first(self, analyses):
        assert analyses.tags() == ()
        for tags in (["b"], ["a", "c"], ["c", "B"], ["C"]):
            analyses.save(BANK, name="Rates", tags=tags)
        assert [tag.lower() for tag in analyses.tags()] == ["c", "b", "a"]
        assert len(analyses.tags(limit=2)) == 2


class TestEdit:
    def test_name_note_and_tags_change_and_are_found_anew(self, analyses):
        entry = analyses.save(BANK, name="Rates", note="old", tags=["x", "y"])
        edited = analyses.edit(entry.id, version=1, name="New name", note="new", tags=["z"])
        assert edited == replace(entry, name="New name", note="new", tags=("z",), version=2)
        assert analyses.get(entry.id).entry == edited
        assert (analyses.find("rates").total, analyses.find("old").total, analyses.find(tag="x").total) == (0, 0, 0)
        assert analyses.find("new name forecast", tag="z").entries == (edited,)

    def test_the_second_of_two_people_gets_a_sentence_and_the_first_ones_words_stay(self, analyses):
        entry = analyses.save(BANK, name="Rates", tags=["x"])
        first = analyses.edit(entry.id, version=entry.version, name="First", note="first", tags=["a", "b"])
        with pytest.raises(AnalysisChangedError, match=r"“First” was changed by somebody else .* nothing was written"):
            analyses.edit(entry.id, version=entry.version, name="Second", note="second", tags=[])
        assert analyses.get(entry.id).entry == first
        second = analyses.edit(entry.id, version=first.version, name="Second", note="second", tags=[])
        assert analyses.get(entry.id).entry == second

    def test_what_was_deleted_cannot_be_changed(self, analyses):
        entry = analyses.save(BANK, name="Rates")
        analyses.delete(entry.id)
        with pytest.raises(AttributionError, match="deleted by somebody else"):
            analyses.edit(entry.id, version=1, name="New", note="", tags=["x"])
        assert analyses.tags() == ()

    def test_more_than_fits_changes_nothing(self, analyses):
        entry = analyses.save(BANK, name="Rates")
        with pytest.raises(AttributionError, match="no name"):
            analyses.edit(entry.id, version=1, name="", note="", tags=[])
        assert analyses.get(entry.id).entry == entry


class TestDelete:
    def test_it_goes_with_its_tags_and_the_others_stay(self, analyses):
        gone, stays = (analyses.save(BANK, name=name, tags=[name]) for name in ("gone", "stays"))
        analyses.delete(gone.id)
        analyses.delete(gone.id)
        analyses.delete("no id")
        assert analyses.get(gone.id) is None
        assert analyses.find().entries == (stays,)
        assert analyses.tags() == ("stays",)


class TestThreads:
    def test_writers_at_once_lose_nothing(self, analyses):
        def save(writer: int) -> None:
            for number in range(10):
                analyses.save(BANK, name=f"{writer}-{number}", tags=[str(writer), "all"])

        run_together(save, 6)
        found = analyses.find(limit=100)
        assert sorted(names(found)) == sorted(f"{writer}-{number}" for writer in range(6) for number in range(10))
        assert all(entry.tags == (entry.name.split("-")[0], "all") for entry in found.entries)

    def test_of_many_who_change_one_version_one_succeeds(self, analyses):
        entry = analyses.save(BANK, name="Rates")
        told = []

        def edit(writer: int) -> None:
            try:
                analyses.edit(entry.id, version=1, name=f"by {writer}", note="", tags=[str(writer)])
            except AnalysisChangedError as error:
                told.append(str(error))

        run_together(edit, 6)
        kept = analyses.get(entry.id).entry
        assert len(told) == 5
        assert kept.version == 2
        assert kept.name == f"by {kept.tags[0]}"
        assert all(f"“{kept.name}” was changed" in sentence for sentence in told)

    def test_whoever_reads_again_and_repeats_loses_nothing(self, analyses):
        entry = analyses.save(BANK, name="Rates")

        def append(writer: int) -> None:
            for _ in range(4):
                while True:
                    now = analyses.get(entry.id).entry
                    try:
                        analyses.edit(entry.id, version=now.version, name="Rates", note=f"{now.note}{writer}", tags=[])
                        break
                    except AnalysisChangedError:
                        continue

        run_together(append, 3)
        assert sorted(analyses.get(entry.id).entry.note) == sorted("000011112222")


class TestKinds:
    def test_a_changed_copy_is_kept_with_its_kind_and_found_by_either_text(self, analyses):
        change = drop(BANK, 1)
        entry = analyses.save(change, name="Rates", tags=["bank"])
        found = analyses.get(entry.id)
        assert (found.entry, found.entry.kind, found.entry.beginning) == (entry, "what_if", BANK.text)
        assert from_report(found.report()).after.words() == change.after.words()
        assert names(analyses.find("bank forecast", tag="bank")) == ["Rates"]
        assert names(analyses.find("The raised")) == ["Rates"]

    def test_an_explanation_is_one(self, analyses):
        assert analyses.save(BANK, name="Rates").kind == "explanation"
