"""The step from the point that is shown, with its numbers in: w₁ = w₀ − E′/E″ = 1 − 0.76/0.42 = −0.81."""

from __future__ import annotations

import altair as alt

from convcore.charts.compose import Mark, View
from convcore.charts.grid import panel, plot_width
from convcore.charts.live import calculate, keep
from convcore.charts.parts import WIDE
from convcore.charts.typeset import BREAK, in_brackets, subscript, written

ONE_LINE = 1050  # px from which the step of two weights fits a line
ABOVE, BELOW = 2, 6  # px above and below the step
# The numbers of one step, for one weight and for two.
IN_ONE = ("w0", "next", "c1", "bend", "target", "share")
IN_TWO = ("x", "y", "nx", "ny", "gx", "gy", "hxx", "hxy", "hyy", "tx", "ty", "share")


def equation(width: int, one: bool) -> View:
    """The equation of the step from the shown point, of the method that the local model follows.

    One line, or where it is narrow a line for each "=".
    """
    wide, inner = width >= WIDE, plot_width(width)
    lines, size = _lines(width, one), _size(width)
    numbers = IN_ONE if one else IN_TWO
    rows = [
        keep("datum.k == M"),
        *([calculate("2 * datum.c2", "bend")] if one else []),
        *written(numbers, kept=("k", "rule", "sends")),
        calculate(_sentence(one, wide, lines), "said"),
    ]
    text = (
        Mark(alt.NamedData("models"))
        .mark_text(style="step", fontSize=size, lineHeight=size + 4, limit=inner)
        .encode(x=alt.value(0), y=alt.value(0), text="said:N")
    )
    text.transform = rows
    quiet = text.properties(view=alt.ViewConfig(stroke=None))
    height = equation_height(width, one) - ABOVE - BELOW
    return panel(quiet, inner, height, above=ABOVE, below=BELOW)


def equation_height(width: int, one: bool) -> int:
    """The height of the equation in a picture of this width, with its margins, in px."""
    return ABOVE + (_size(width) + 4) * _lines(width, one) - 2 + BELOW


def _lines(width: int, one: bool) -> int:
    if width < WIDE:
        return 3 if one else 5
    return 1 if one or plot_width(width) >= ONE_LINE else 2


def _size(width: int) -> int:
    return 16 if width >= WIDE else 14


def _sentence(one: bool, wide: bool, lines: int) -> str:
    """The expression of the whole text, by the rule of the step (see `local_model.shares`)."""
    k, s, gap = "datum.k", "datum.share", " " if wide else BREAK
    first = " " if lines == 1 else BREAK  # before the first "=" of numbers
    here, following = f"'w' + {subscript(k)}", f"'w' + {subscript(f'{k} + 1')}"
    w, n, t = (_vector(name, one) for name in ("w", "n", "t"))
    who = "" if wide else " + ' (' + T.who + ')'"
    inner_gap = "" if wide or one else BREAK
    g = in_brackets("datum.c1") if one else _vector("g", one)
    symbols = "'E′/E″'" if one else "'H⁻¹∇E'"
    full = (
        f"{g} + '/' + {in_brackets('datum.bend')}"
        if one
        else f"'{inner_gap}[' + datum.hxx + ' ' + datum.hxy + '; ' + datum.hxy + ' ' + datum.hyy + "
        f"']⁻¹{inner_gap or ' '}' + {g}"
    )
    share = f"({s} == '1' ? '' : {in_brackets(s)} + '·')"
    newton = f"{share} + {symbols} + '{first}= ' + {w} + ' − ' + {share} + {full}"
    slope = (
        f"(datum.rule == 2 ? 'η' : {in_brackets(s)}) + '·{'E′' if one else '∇E'}{first}= '"
        f" + {w} + ' − ' + {in_brackets(s)} + ' · ' + {g}"
    )
    by_rule = (
        f"{following} + ' = ' + {here} + ' − ' + (datum.rule == 1 ? {newton} : {slope}) + "
        f"'{gap}= ' + {n}{who}"
    )
    other = (
        f"{following} + ' = ' + {n}{who} + ';{gap}'"
        f" + (datum.sends ? 'Newton would go to ' + {t} : 'no single Newton step here')"
    )
    last = (
        f"T.gone ? 'the last' + (datum.sends ? ';{gap}Newton would go to ' + {t} : '') : "
        "T.last == T.khi ? 'the last step' : 'where it stays'"
    )
    name = "upper(T.who[0]) + slice(T.who, 1) + ':  ' + " if wide else ""
    return (
        f"{name}({k} == T.last ? {here} + ' = ' + {w} + ', ' + ({last})"
        f" : datum.rule ? {by_rule} : {other})"
    )


def _vector(name: str, one: bool) -> str:
    """A point or gradient in numbers, already typeset."""
    if one:
        return {"w": "datum.w0", "n": "datum.next", "t": "datum.target"}[name]
    first, second = {"w": ("x", "y"), "n": ("nx", "ny"), "t": ("tx", "ty"), "g": ("gx", "gy")}[name]
    return f"'(' + datum.{first} + ', ' + datum.{second} + ')'"
