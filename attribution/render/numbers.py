"""Numbers as people read them: shares, values, logits, counts, and what attributions are measured in."""

from __future__ import annotations

from ..explanation import Explanation


def measure(explanation: Explanation) -> str:
    """What attributions are counted in: logits, or units of the value that a regressor predicts."""
    return "of the value" if explanation.explains_value else "logits"


def name_unit(explanation: Explanation) -> str:
    """The same behind an axis or a column's name."""
    return "units of the value" if explanation.explains_value else "logits"


def format_share(probability: float) -> str:
    """A probability in whole percent; "<1 %" and ">99 %" for what is close to 0 or 1."""
    if 0 < probability < 0.01:
        return "<1 %"
    if 0.99 < probability < 1:
        return ">99 %"
    return f"{100 * probability:.0f} %"


def format_value(value: float) -> str:
    """What a regressor predicts, with two decimals, or two significant digits where decimals would leave none."""
    return format_logits(value).removeprefix("+")


def format_count(count: int | float, name: str) -> str:
    """A number of things: "1 evaluation", "1,200 evaluations"."""
    return f"{count:,g} {name}{'' if count == 1 else 's'}" if count < 1e6 else f"{count:,.0f} {name}s"


def format_signed(value: float, digits: int = 2) -> str:
    """A signed number with `digits` decimals; one that rounds to zero has no minus sign."""
    return f"{round(value, digits) + 0.0:+.{digits}f}".replace("-", "−")


def format_logits(value: float, digits: int = 2) -> str:
    """A signed number with `digits` decimals, or with `digits` significant digits if it is small."""
    value += 0.0  # turns -0.0 into 0.0
    shown = f"{value:+.{digits}f}" if abs(value) >= 10.0 ** (1 - digits) or value == 0 else f"{value:+#.{digits}g}"
    return shown.replace("-", "−")
