import pytest

from attribution.render import format_count, format_logits, format_signed


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [(-0.04, 1, "+0.0"), (-0.0, 2, "+0.00"), (-0.06, 1, "−0.1"), (0.0, 3, "+0.000"), (-1.25, 1, "−1.2")],
)
def test_what_is_rounded_to_zero_has_no_minus(value, digits, shown):
    assert format_signed(value, digits) == shown


def test_no_logits_are_less_than_none():
    assert format_logits(-0.0) == format_logits(0.0) == "+0.00"


@pytest.mark.parametrize(("count", "shown"), [(1, "1 evaluation"), (0, "0 evaluations"), (1200, "1,200 evaluations")])
def test_one_is_not_several(count, shown):
    assert format_count(count, "evaluation") == shown
