import struct

import numpy as np
import pytest

from attribution import CheckpointError
from attribution.opening.legacy.arrays import read_word_vectors, to_array
from attribution.opening.pickles.stand_ins import StandIn
from attribution.opening.pickles.vocabulary import make_inert


def array(values, shape=None, raw=None) -> StandIn:
    """What numpy pickles of an array, as stand-ins."""
    values = np.asarray(values, dtype="<f4")
    dtype = make_inert("numpy", "dtype")("f4", False, True)
    dtype.__setstate__((3, "<", None, None, None, -1, -1, 0))
    made = make_inert("numpy.core.multiarray", "_reconstruct")()
    made.__setstate__((1, shape or values.shape, dtype, False, values.tobytes() if raw is None else raw))
    return made


def vectors(rows, values) -> StandIn:
    made = make_inert("gensim.models.keyedvectors", "KeyedVectors")()
    made.__setstate__({"key_to_index": rows, "vectors": array(values)})
    return made


class TestArrays:
    def test_numbers_come_out_as_they_went_in(self):
        np.testing.assert_array_equal(to_array(array([[1.5, 2.0]])), np.array([[1.5, 2.0]], dtype=np.float32))

    @pytest.mark.parametrize("raw", [10**12, [1] * 8, None, b"", struct.pack("<f", 1.0)])
    def test_bytes_that_are_only_claimed_are_refused(self, raw):
        with pytest.raises(CheckpointError, match="an array that cannot be read"):
            to_array(array([1.0, 2.0], raw=b"" if raw is None else raw))

    @pytest.mark.parametrize("shape", [(0, 10**12), (10**12, 0), (0,)])
    def test_a_shape_of_nothing_claims_no_size(self, shape):
        """A row of this length would be made for unknown words."""
        with pytest.raises(CheckpointError, match="an array that cannot be read"):
            to_array(array([], shape=shape))

    @pytest.mark.parametrize("shape", [(10**12,), (-1, 10**6), (2, 2), "ab"])
    def test_a_shape_that_its_bytes_do_not_fill_is_refused(self, shape):
        with pytest.raises(CheckpointError, match="an array that cannot be read"):
            to_array(array([1.0, 2.0], shape=shape))


class TestWordVectors:
    def test_words_get_their_rows(self):
        rows, found = read_word_vectors(vectors({"a": 0, "b": 1}, [[1.0], [2.0]]))
        assert rows == {"a": 0, "b": 1}
        assert found.tolist() == [[1.0], [2.0]]

    @pytest.mark.parametrize("rows", [{f"w{index}": 0 for index in range(1000)}, {"a": 2}, {"a": -1}, {"a": "0"}])
    def test_words_that_share_a_row_or_have_none_are_refused(self, rows):
        with pytest.raises(CheckpointError, match="do not fit their words"):
            read_word_vectors(vectors(rows, [[1.0], [2.0]]))
