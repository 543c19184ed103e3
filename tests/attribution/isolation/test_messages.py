"""What went wrong, as a model's process writes it and as it is read."""

import pytest

from attribution import AttributionError, TokenizerMissingError, UnknownLabelError, UnsupportedModelError
from attribution.isolation.messages import decode, encode, read_error, write_error
from attribution.methods import IntegratedGradients


def send(fail) -> Exception:
    """The error that a call raises, as it arrives."""
    with pytest.raises(BaseException) as caught:  # noqa: PT011
        fail()
    return read_error(decode(encode(write_error(caught.value))))


class TestErrors:
    @pytest.mark.parametrize(
        "error",
        [AttributionError("No."), UnknownLabelError("a \ud83d", ("b",)), TokenizerMissingError("It has none.", "bert")],
    )
    def test_ours_arrive_as_they_were(self, error):
        def fail():
            raise error

        found = send(fail)
        assert type(found) is type(error)
        assert vars(found) == vars(error)
        assert str(found) == str(error)

    def test_a_value_that_we_refuse_is_a_value_error(self):
        found = send(lambda: IntegratedGradients(baseline="none"))
        assert type(found) is ValueError
        assert "as baseline" in str(found)

    def test_a_value_error_of_a_library_is_a_sentence(self):
        found = send(lambda: int("x" * 10_000))
        assert type(found) is UnsupportedModelError
        assert str(found).startswith("The model fails on this: ValueError: invalid literal")
        assert len(str(found)) < 300

    def test_memory_that_ran_out_is_told_wherever_it_is_in_the_chain(self):
        def fail():
            try:
                raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried 8 bytes")
            except RuntimeError as error:
                raise AttributionError("The parts do not fit.") from error

        assert type(send(fail)) is MemoryError
