"""An explanation as one HTML file that needs nothing else: it opens offline, prints, and is light or dark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape

from ...explanation import Explanation
from ..charts.bars import draw_labels, draw_words
from ..colours import tint
from ..guide import point_to_limits, render_limits, tell_limits
from ..numbers import format_logits, measure
from ..pieces import Unit, strongest
from ..sentences import say, say_cautions, say_method, say_read, say_reader, say_trust
from ..tables import tabulate_units
from ..text.highlight import STYLE, render_legend, render_text
from .html import affirm, close_page, embed, open_page, warn


@dataclass(frozen=True, slots=True)
class About:
    """The names that a reader gave to models and to a saved analysis, and a note on it.

    Attributes:
        model_names: what models are called, by the SHA-256 of their files.
        name: under which the analysis was saved; empty if it was not.
        note: the reader's note, which may have several lines.
    """

    model_names: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    note: str = ""

    def render(self) -> str:
        """Name and note as HTML, nothing where there are none."""
        note = "<br>".join(map(escape, self.note.splitlines()))
        return "".join(
            f'<p class="{look}" dir="auto">{said}</p>'
            for look, said in (("name", escape(self.name)), ("note", note))
            if said
        )


_NOTHING = About()


def render_fragment(explanation: Explanation) -> str:
    """What a notebook shows of an explanation: the headline, the legend and the coloured text."""
    scale = strongest([explanation])
    sentences = [say(explanation), say_trust(explanation), *say_cautions(explanation)]
    said = f'<p class="whylight-note">{escape(" ".join(sentences))}</p>'
    return STYLE + said + render_legend(explanation, scale) + render_text(explanation, scale=scale)


def render_page(
    explanation: Explanation,
    *,
    top_k: int = 12,
    unit: Unit = "word",
    created: datetime | None = None,
    about: About = _NOTHING,
) -> str:
    """A report as one HTML document that works offline, because Plotly's script (about 4.5 MB) is in it."""
    parts = [
        *open_page(f"Whylight: {explanation.label}"),
        about.render(),
        f"<h1>{escape(say(explanation))}</h1>",
        affirm(explanation),
        warn(explanation),
        point_to_limits(),
        render_legend(explanation, strongest([explanation], unit)),
        render_text(explanation, unit=unit),
        '<section class="together">',
        f"<h2>{'Strongest words for and against' if explanation.method.signed else 'Words that move it most'}</h2>",
        embed(draw_words(explanation, top_k=top_k, unit=unit), "words"),
        "</section>",
    ]
    if not explanation.explains_value:
        chart = embed(draw_labels(explanation.prediction, label=explanation.label), "labels")
        parts.append(f'<section class="together"><h2>Every label</h2>{chart}</section>')
    parts += [
        tabulate_facts({explanation.label: explanation}, [created or datetime.now(UTC)], about.model_names),
        _tabulate_pieces(explanation, unit),
        render_limits(tell_limits([explanation])),
    ]
    return close_page(parts)


def tabulate_facts(
    explanations: Mapping[str, Explanation],
    made: Sequence[datetime],
    model_names: Mapping[str, str] = _NOTHING.model_names,
) -> str:
    """A table of where explanations come from, with a column for each; a fact that all share appears once.

    `made` is when each of them was made, or one time for all. `model_names` are as in `About`.
    """
    columns = [_list_facts(explanation, model_names) for explanation in explanations.values()]
    for facts, moment in zip(columns, made if len(made) > 1 else [*made] * len(columns), strict=True):
        facts["Made"] = moment.isoformat(timespec="seconds")
    rows = [] if len(columns) == 1 else ["<tr><td></td>" + _cells(list(explanations), "th") + "</tr>"]
    for fact in dict.fromkeys(name for facts in columns for name in facts):
        values = [facts.get(fact, "–") for facts in columns]
        shown = _cells(values) if len(set(values)) > 1 else f'<td colspan="{len(values)}">{escape(values[0])}</td>'
        rows.append(f"<tr><th>{escape(fact)}</th>{shown}</tr>")
    table = f'<div class="wide"><table class="facts">{"".join(rows)}</table></div>'
    return f'<section class="together"><h2>Where this comes from</h2>{table}</section>'


def _list_facts(explanation: Explanation, model_names: Mapping[str, str]) -> dict[str, str]:
    model = explanation.model
    name = model_names.get(model.sha256)
    facts = {
        **({"Model": name} if name else {}),
        "Model (SHA-256)": model.sha256,
        "Kind of model": f"{model.classifier} over {model.embeddings}, {model.encoder}",
        "Label": explanation.label,
        "Method": say_method(explanation.method),
        "How exact": say_trust(explanation),
        "Text (SHA-256)": explanation.text_sha256,
        "Text": f"{len(explanation.text):,} characters, {len(explanation.spans):,} words read",
        "Read": say_read(explanation),
        "With": ", ".join(f"{package} {version}" for package, version in model.versions),
    }
    if model.read_as:
        facts["Read as"] = f"{model.read_as} did"
    if (said := say_reader(model.multi_label_by_reader)) is not None:
        facts["Labels"] = said
    return facts


def _tabulate_pieces(explanation: Explanation, unit: Unit) -> str:
    scale = strongest([explanation], unit) or 1.0
    table = tabulate_units(explanation, unit=unit).sort_values("rank")
    rows = "".join(
        f'<tr><td class="number">{rank}</td>'
        f'<td style="{tint(attribution, scale)}">{escape(name)}</td>'
        f'<td class="number">{format_logits(attribution, 4)}</td>'
        f'<td class="context">{escape(context)}</td></tr>'
        for rank, name, attribution, context in table[["rank", unit, "attribution", "context"]].itertuples(
            index=False, name=None
        )
    )
    head = (
        f'<tr><th class="number">rank</th><th>{unit}</th><th class="number">{measure(explanation)}</th>'
        '<th class="context">context</th></tr>'
    )
    return (
        f"<details><summary>Every {unit}</summary><table><thead>{head}</thead><tbody>{rows}</tbody></table></details>"
    )


def _cells(values: list[str], tag: str = "td") -> str:
    return "".join(f"<{tag}>{escape(value)}</{tag}>" for value in values)
