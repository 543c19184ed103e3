"""Compared with pandas and plain loops over the rows that were written."""

import numpy as np
import pandas as pd
import pytest

from attribution import AttributionError
from attribution.corpus.findings.ranking import (
    Ranking,
    count_explained,
    describe_word,
    rank_all_words,
    rank_words,
    suggest_least,
)
from attribution.corpus.findings.stop_words import is_common
from attribution.corpus.findings.tables import open_tables, stamp
from tests.runs import LABELS, draw_run


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    return draw_run(tmp_path_factory.mktemp("runs") / "run", explained="all")


@pytest.fixture
def tables(drawn):
    with open_tables(drawn.folder, LABELS) as tables:
        yield tables


def brute_force(words, top_k):
    """One row a label and word, by loops over the explanations."""
    frame = pd.DataFrame(words)
    rows = {}
    for (document, label), one in frame.groupby(["document", "label"]):
        strongest = set(one.assign(size=one.attribution.abs()).nlargest(top_k, "size").position)
        for word in one.word.str.lower().unique():
            mine = one[one.word.str.lower() == word]
            strong = bool(strongest & set(mine.position))
            rows.setdefault((label, word), []).append((document, mine.attribution.sum(), len(mine), strong))
    found = []
    for (label, word), cells in rows.items():
        sums = np.array([cell[1] for cell in cells])
        total, occurrences = sums.sum(), sum(cell[2] for cell in cells)
        found.append(
            {
                "label": label,
                "word": word,
                "documents": len(cells),
                "occurrences": occurrences,
                "sum": total,
                "mean": total / occurrences,
                "top": np.mean([cell[3] for cell in cells]),
                "consistency": np.mean(np.sign(sums) == np.sign(total)),
            }
        )
    return pd.DataFrame(found)


def by_word(table):
    columns = ["label", "word", "documents", "occurrences", "sum", "mean", "top", "consistency"]
    return table[columns].sort_values(["label", "word"], ignore_index=True)


class TestRankWords:
    @pytest.mark.parametrize("top_k", [1, 5])
    def test_every_number_is_that_of_a_loop_over_the_words(self, tables, drawn, top_k):
        found = rank_words(tables, LABELS, Ranking(least=1, most=1000, top_k=top_k, hide_common=False))
        pd.testing.assert_frame_equal(by_word(found), by_word(brute_force(drawn.words, top_k)), check_dtype=False)

    def test_upper_and_lower_case_are_one_word(self, tables):
        found = rank_words(tables, LABELS, Ranking(least=1, most=1000, hide_common=False))
        assert set(found.word) >= {"bank", "match", "the"}
        assert not set(found.word) & {"Bank", "Match", "The"}

    @pytest.mark.parametrize("by", ["sum", "mean"])
    def test_the_strongest_are_kept_each_way(self, tables, drawn, by):
        found = rank_words(tables, LABELS, Ranking(by=by, least=3, most=2, hide_common=False))
        expected = brute_force(drawn.words, 5)
        expected = expected[expected.documents >= 3]
        for label in LABELS:
            ours, all_words = found[found.label == label], expected[expected.label == label]
            supporting, opposing = all_words[all_words["sum"] > 0], all_words[all_words["sum"] < 0]
            assert list(ours[ours["sum"] > 0].word) == list(supporting.nlargest(2, by).word)
            assert list(ours[ours["sum"] < 0].word) == list(opposing.nsmallest(2, by).word[::-1])

    @pytest.mark.parametrize("by", ["sum", "mean"])
    def test_common_words_and_marks_are_hidden_where_they_are_weak(self, tables, by):
        ranking = {"by": by, "least": 1, "most": 1000}
        everything = rank_words(tables, LABELS, Ranking(**ranking, hide_common=False))
        shown, hidden = rank_all_words(tables, LABELS, Ranking(**ranking))
        strong = set()
        for label, table in everything.groupby("label"):
            order = table.sort_values(by)
            strong |= {(label, row.word) for row in order.tail(3).itertuples() if row.sum > 0}
            strong |= {(label, row.word) for row in order.head(3).itertuples() if row.sum < 0}
        rows = everything.set_index(["label", "word"])
        left_out = {pair for pair in rows.index if is_common(pair[1]) and pair not in strong}
        assert set(shown.set_index(["label", "word"]).index) == set(rows.index) - left_out
        assert set(hidden.set_index(["label", "word"]).index) == left_out
        assert {word for _, word in left_out} >= {"a", "of", "."}
        for row in hidden.itertuples():
            same = rows.loc[(row.label, row.word)]
            assert (row.documents, row.occurrences) == (same.documents, same.occurrences)
            assert (row.sum, row.mean) == pytest.approx((same["sum"], same["mean"]))

    def test_nothing_is_hidden_unasked_or_without_stop_words_but_marks(self, tables):
        assert rank_all_words(tables, LABELS, Ranking(hide_common=False))[1].empty
        _, hidden = rank_all_words(tables, LABELS, Ranking(least=1, language=""))
        assert set(hidden.word) <= {",", "."}
        _, hidden = rank_all_words(tables, LABELS, Ranking(least=1, language="german"))
        assert not set(hidden.word) & {"the", "of"}

    def test_other_labels_are_left_out(self, tables):
        assert set(rank_words(tables, ["sport"], Ranking(least=1)).label) == {"sport"}

    def test_intervals_hold_the_value_and_are_the_same_again(self, tables):
        first = rank_words(tables, LABELS, Ranking(least=5))
        again = rank_words(tables, LABELS, Ranking(least=5))
        pd.testing.assert_frame_equal(first, again)
        for name in ("sum", "mean", "top", "consistency"):
            assert (first[f"{name}_low"] <= first[name] + 1e-9).all()
            assert (first[f"{name}_high"] >= first[name] - 1e-9).all()

    def test_an_interval_is_that_of_documents_drawn_one_by_one(self, tables, drawn):
        """As wide as the plain loop's, whose samples are others."""
        found = rank_words(tables, ["sport"], Ranking(least=5, hide_common=False)).set_index("word").loc["goal"]
        frame = pd.DataFrame(drawn.words)
        frame = frame[(frame.label == "sport") & (frame.word == "goal")]
        sums = frame.groupby("document").attribution.agg(["sum", "count"])
        numbers = [row["number"] for row in drawn.documents if row["error"] is None]
        per_document = sums.reindex(numbers, fill_value=0).to_numpy()
        generator = np.random.default_rng(7)
        drawn_sums = [per_document[generator.integers(0, len(numbers), len(numbers))].sum(axis=0) for _ in range(2000)]
        means = np.array([total / count for total, count in drawn_sums])
        low, high = np.quantile(means, [0.025, 0.975])
        assert found.mean_low == pytest.approx(low, abs=0.25 * (high - low))
        assert found.mean_high == pytest.approx(high, abs=0.25 * (high - low))

    def test_a_ranking_that_cannot_be_is_refused(self):
        with pytest.raises(AttributionError, match="Expected to rank by one of sum, mean"):
            Ranking(by="median")
        with pytest.raises(AttributionError, match="Expected at least 1 document"):
            Ranking(least=0)
        with pytest.raises(AttributionError, match="as language, got 'klingon'"):
            Ranking(language="klingon")


class TestDescribeWord:
    def test_it_is_the_same_row_under_every_label(self, tables, drawn):
        found = describe_word(tables, "BANK", LABELS)
        expected = brute_force(drawn.words, 5)
        expected = expected[expected.word == "bank"]
        pd.testing.assert_frame_equal(by_word(found), by_word(expected), check_dtype=False)

    def test_a_word_that_stands_nowhere_is_an_empty_table(self, tables):
        assert describe_word(tables, "nowhere", LABELS).empty


class TestTables:
    def test_an_empty_run_has_no_words(self, tmp_path):
        with open_tables(tmp_path, LABELS) as tables:
            assert rank_words(tables, LABELS).empty
            assert count_explained(tables) == {}

    def test_words_without_their_documents_are_not_read(self, tmp_path):
        drawn = draw_run(tmp_path / "run", count=30, part=10)
        before = stamp(drawn.folder)
        last = sorted((drawn.folder / "documents").iterdir())[-1]
        last.unlink()
        with open_tables(drawn.folder, LABELS) as tables:
            assert tables.execute("select count(*) from words").fetchone() == (12 * 18,)
        assert stamp(drawn.folder) != before

    def test_nothing_is_downloaded(self, tables):
        assert tables.execute("select current_setting('autoinstall_known_extensions')").fetchone() == (False,)

    def test_documents_are_counted_by_the_label_explained(self, tables, drawn):
        explained = pd.Series([label for row in drawn.documents for label in row["explained"]]).value_counts()
        assert count_explained(tables) == explained.to_dict()


@pytest.mark.parametrize(("documents", "least"), [(0, 2), (80, 2), (10_000, 5), (100_000, 50), (10**7, 50)])
def test_larger_sets_ask_for_more_documents(documents, least):
    assert suggest_least(documents) == least
