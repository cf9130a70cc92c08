"""What a step keeps of the error along each direction, |1 − ηλ| against η: the ruler of step sizes.

The limit is where a line crosses 1, the best η where the steepest and the flattest cross.
"""

from __future__ import annotations

from typing import Any

import altair as alt

from convcore.charts.compose import Mark, Part, View, layer
from convcore.charts.live import calculate, keep
from convcore.charts.parts import anchor, eta_pointer, fits, legible
from convcore.charts.picture import domain
from convcore.charts.style import BAD, CAREFUL, GOOD, QUIET
from convcore.labs.many_weights.chart_live import (
    BLUE,
    ROLE_DASH,
    ROLE_FILL,
    ROLE_LINE,
    STEEPEST,
    heading,
    upright,
)

TOP = 1.7  # the end of the axis: above 1 is room for names
HIGH = "datum.eta > RULE.rhi / 2"  # where names are left of their lines
ROW = 16  # px from one line of names to the next
NAME = 90  # px that a name takes beside its line
BESIDE = 11  # px from the line of η to its name
RAISED = 22  # px by which this stands higher for each name in its way


def factors(width: int, height: int, local: bool = False) -> View:
    """|1 − ηλ| along each direction; the regimes, the limit and the best η; the pointer tries an η.

    local: whether these hold only near the minimum, as E is no quadratic.
    """
    x = alt.X(
        "eta:Q",
        title="step size η",
        scale=domain("RULE.rlo", "RULE.rhi"),
        axis=alt.Axis(titleAnchor="start"),
    )
    y = alt.Y(
        "kept:Q",
        title=None,
        scale=alt.Scale(domain=[0, TOP], nice=False, zero=False),
        axis=alt.Axis(values=[0, 0.5, 1, 1.5], grid=False),
    )
    one = (
        Mark(alt.sequence(1))
        .mark_rule(strokeDash=[2, 2])
        .encode(y=alt.value(height * (1 - 1 / TOP)), x=alt.value(0), x2=alt.value(width))
    )
    parts = (
        _bands(width, local),
        one,
        _lines(),
        _best(),
        *_grip(width, height),
        _marks(height, local),
    )
    return layer(
        *parts,
        anchor("rule"),
        eta_pointer(),
        _title(width, local),
        _hint(width, height),
        upright("'|1 − ηλ|'", height),
    ).encode(x=x, y=y)


def _bands(width: int, local: bool) -> View:
    """What plain descent does at each η: coloured bands and their names."""
    edges = (
        "(RULE.limit ? [RULE.rlo, 0, RULE.limit / 2, RULE.limit, RULE.rhi] : [RULE.rlo, RULE.rhi])"
    )
    # Without a working η there is one band, and what follows it has no width.
    words = f"['climbs', 'comes closer', 'zigzags', '{'unsettled' if local else 'runs away'}']"
    colours = f"['{BAD}', '{GOOD}', '{CAREFUL}', '{BAD}']"
    bands = [
        calculate(f"{edges}[datum.i]", "lo"),
        calculate(f"{edges}[datum.i + 1]", "hi"),
        keep("datum.hi > datum.lo"),
        calculate(f"RULE.limit ? {colours}[datum.i] : '{QUIET}'", "colour"),
        calculate(f"RULE.limit ? {words}[datum.i] : RULE.none", "label"),
    ]  # fmt: skip
    fill = (
        Mark()
        .mark_rect(fillOpacity=0.28)
        .encode(
            x="lo:Q",
            x2="hi:Q",
            y=alt.value(0),
            y2=alt.value("height"),
            color=alt.Color("colour:N", scale=None),
        )
    )
    # Beyond the limit a line rises through the last name where it is narrow.
    room = "datum.i == 3 ? 0.22 * RULE.limit : datum.hi - datum.lo"
    names = (
        Mark()
        .transform_filter(fits("datum.label", room, width))
        .mark_text(align="left", baseline="top", dx=5, limit=width)
        .encode(x="lo:Q", y=alt.value(4), text="label:N")
    )
    return layer(fill, names, data=alt.sequence(4, as_="i"), transform=bands)


def _lines() -> View:
    """|1 − ηλ| of each direction, which bends at 1/λ; the steepest and the flattest with their names."""
    ends = "[RULE.rlo, datum.lam > 0 ? min(1 / datum.lam, RULE.rhi) : RULE.rhi, RULE.rhi]"
    along = [
        calculate(ends, "eta"),
        alt.FlattenTransform(flatten=["eta"]),
        calculate("abs(1 - datum.eta * datum.lam)", "kept"),
    ]
    lines = Mark().mark_line(strokeWidth=2, clip=True, strokeDash=ROLE_DASH)
    lines.transform = [keep("datum.role >= 0"), *along]
    names = Mark().mark_text(align="left", baseline="middle", fontWeight="bold")
    steepest = f"datum.role == {STEEPEST}"
    names.transform = [
        keep("datum.role > 0"),
        calculate(f"{steepest} ? RULE.sx : RULE.fx", "eta"),
        calculate(f"{steepest} ? RULE.sy : RULE.fy", "kept"),
    ]
    both = (
        lines.encode(stroke=ROLE_LINE, detail="m:N"),
        names.encode(text="name:N", fill=ROLE_FILL),
    )
    return layer(*both, data=alt.NamedData("modes"))


def _marks(height: int, local: bool) -> View:
    """The limit 2/λₘₐₓ and the other bound, each with its name left of its line."""
    # Of a cross-entropy the other is the lower one, below names that stand above 1.
    ends = {"!datum.i": 0.0, "datum.i": height * (1 - 1 / TOP)} if local else {"": 0.0}
    rules = []
    for which, top in ends.items():
        rule = Mark().mark_rule(
            strokeWidth=2, clip=True, strokeDash=alt.ExprRef("datum.i ? [6, 3] : [1, 0]")
        )
        if which:
            rule.transform = [keep(which)]
        rules.append(rule.encode(y=alt.value(top), y2=alt.value("height")))
    look: dict[str, Any] = {
        "align": "right",
        "baseline": "top",
        "dx": -5,
        "fontWeight": "bold",
        "dy": alt.ExprRef(f"datum.i ? {height - 6 - ROW} : {4 + ROW}"),
    }
    text: dict[str, Any] = {"text": "label:N", "y": alt.value(0)}
    # The line of an η beyond the limit may pass the name of the notes' bound.
    halo = Mark().transform_filter("datum.i").mark_text(style="halo", **look).encode(**text)
    names = Mark().mark_text(**look).encode(**text)
    return layer(
        *rules,
        halo,
        names,
        data=alt.sequence(2, as_="i"),
        transform=[
            calculate("datum.i ? RULE.notes : RULE.limit", "eta"),
            keep("datum.eta > 0"),
            calculate("datum.i ? RULE.notesname : RULE.limitname", "label"),
        ],
    )


def _best() -> View:
    """The best fixed η: a ring where the lines cross, joined to its name above."""
    return layer(
        Mark().mark_rule(strokeDash=[2, 2]).encode(y=alt.datum(1.12), y2="kept:Q"),
        Mark()
        .mark_point(size=90, strokeWidth=2, opacity=1, clip=True)
        .encode(color=alt.value(QUIET)),
        Mark()
        .mark_text(align="right", baseline="middle", dx=-4)
        .encode(y=alt.datum(1.14), text="bestname:N"),
        data=alt.NamedData("rule"),
        transform=[
            keep("datum.rate > 0"),
            calculate("datum.best", "eta"),
            calculate("datum.rate", "kept"),
        ],
    )


def _grip(width: int, height: int) -> list[Part]:
    """The η in use or under the pointer: a line with a handle, and what it keeps of each direction."""
    at = [calculate("clamp(ETA, RULE.rlo, RULE.rhi)", "eta")]
    line = Mark(alt.NamedData("t")).mark_rule(color=BLUE, strokeWidth=2.5)
    handle = Mark(alt.NamedData("t")).mark_point(
        shape="triangle-up", filled=True, size=260, color=BLUE, opacity=1
    )
    base = Mark(alt.NamedData("t"))
    line.transform = handle.transform = at
    base.transform = [
        *at,
        calculate(
            "SAID + (ETA > RULE.rhi ? ' →' : ETA < RULE.rlo ? ' ←' : '')",
            "label",
        ),
        *_in_the_way(width),
    ]
    named = legible(
        base,
        {"y": alt.value(height - 10), "text": "label:N"},
        baseline="middle",
        fontWeight="bold",
        align=alt.ExprRef(f"{HIGH} ? 'right' : 'left'"),
        dx=alt.ExprRef(f"{HIGH} ? -{BESIDE} : {BESIDE}"),
        dy=alt.ExprRef(f"datum.low ? datum.middle ? -{2 * RAISED} : -{RAISED} : 0"),
    )
    dots = Mark(alt.NamedData("modes")).mark_point(filled=True, size=70, opacity=1, clip=True)
    dots.transform = [
        keep("datum.role > 0 && ETA <= RULE.rhi"),
        calculate("ETA", "eta"),
        calculate("abs(1 - ETA * datum.lam)", "kept"),
    ]
    return [
        line.encode(y=alt.value(height * (1 - 1 / TOP)), y2=alt.value(height)),
        handle.encode(y=alt.value(height - 7)),
        dots.encode(fill=ROLE_FILL),
        named,
    ]


def _in_the_way(width: int) -> list[Any]:
    """Whether a name stands where η's would: beside the axis, `low`, or a line above, `middle`."""
    px = f"{width} * (%s - RULE.rlo) / (RULE.rhi - RULE.rlo)"

    def near(begins: str) -> str:
        return f"abs(datum.begins - {begins}) < {NAME}"

    steep, flat = near(px % "RULE.sx"), near(px % "RULE.fx")
    notes = f"RULE.notes && {near(px % 'RULE.notes' + f' + {NAME}')}"
    return [
        calculate(px % "datum.eta" + f" + ({HIGH} ? -{BESIDE + NAME} : {BESIDE})", "begins"),
        calculate(f"{notes} || {steep} && RULE.sy < 0.2 || {flat} && RULE.fy < 0.2", "low"),
        calculate(f"{steep} && RULE.sy > 0.2 || {flat} && RULE.fy < 0.5", "middle"),
    ]


def _title(width: int, local: bool) -> Mark:
    """The panel's title; while a hand tries an η, what that one does."""
    low, top = (f"format(1 - ETA * T.{end}, '.3~f')" for end in ("lmin", "lmax"))
    name = "(TRIED ? 'Trying ' : '') + SAID"
    says = "A step keeps |1 − ηλ| of each " + ("small error" if local else "error")
    tried = f"{name} + ': × ' + {low} + ', × ' + {top} + ' a step'"
    return heading(width, f"ON_ETA ? {tried} : '{says}'")


def _hint(width: int, height: int) -> Mark:
    """How to use the ruler, beside the name of its axis."""
    hint: Mark = (
        Mark(alt.NamedData("t"))
        .transform_calculate(text="T.live ? 'drag to try, or ← →' : 'click to choose'")
        .mark_text(align="right", baseline="top", fontSize=12)
        .encode(x=alt.value(width), y=alt.value(height + 24), text="text:N")
    )
    return hint
