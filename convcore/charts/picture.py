"""A picture is a template and its tables: the template is built once, a run only makes tables.

A template holds no number of a run, so the browser keeps the chart and only replaces its data
(domains, labels and even titles come from tables).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from typing import Any, NamedTuple

import altair as alt
import numpy as np
from altair.utils import schemapi
from numpy.typing import NDArray

from convcore.charts.compose import View
from convcore.charts.notebook import chart_html
from convcore.charts.style import config
from convcore.charts.typeset import sign_tables

KEYS = 60  # presses of a key that a start needs to cross its view
NOTEBOOK = 960  # width of a picture in a notebook, in pixels
# Altair's renderers that write a page of HTML; in its place comes ours, which knows dark notebooks.
PAGES = ("default", "html", "colab", "kaggle", "zeppelin", "jupyterlab", "nteract")
EXPRESSIONS = {"expr", "calculate", "filter", "test", "labelExpr"}  # the names of Vega expressions
# A quoted text; or blanks beside a sign, of which two that follow each other must stay apart: a - -b.
_BLANKS = re.compile(
    r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?<![+-])\s+(?=[^\w\s"'])|(?<=[^\w\s"'])\s+(?![+-])"""
)
Columns = Mapping[str, Any]  # a table: column name -> array or list, all of one length


@dataclass(frozen=True)
class Template:
    """A chart over named data sets.

    build: (*given, width in pixels) -> view. alt: the constant name for screen readers. picks: the
    selections that set controls. renderer: fixed, as changing it would rebuild the chart.
    """

    build: Callable[..., View]
    alt: str
    picks: tuple[str, ...] = ()
    renderer: str = "svg"
    given: tuple[int, ...] = ()

    def spec(
        self, width: int, theme: str = "light", pinned: bool = True, renderer: str = ""
    ) -> dict[str, Any]:
        """The Vega-Lite spec for a page `width` pixels wide; built once for each width and theme.

        pinned: whether there are pinned runs; if not, their layers are left out, which would cost each
        change 2 kB and four marks. renderer: another one than the template's.
        """
        with (
            _BUILDING
        ):  # else a whole class that arrives at once would build the same spec many times
            return _spec(self, width, theme, pinned, renderer or self.renderer)


_BUILDING = Lock()


@cache
def _spec(
    template: Template, width: int, theme: str, pinned: bool, renderer: str
) -> dict[str, Any]:
    # A chart is one picture with one name: its marks have none, and to describe each takes a third of
    # the browser's time.
    made = config(theme)
    mark = {**made["mark"], "aria": False}
    # A canvas also skips invalid values, which an SVG reports as errors, so no row need be filtered.
    if renderer == "canvas":
        mark["invalid"] = None
    made |= {"aria": False, "mark": mark}
    shown = {"config": made, "usermeta": {"embedOptions": {"renderer": renderer}}}
    return {**_view(template, width, pinned), **shown}


@cache
def _view(template: Template, width: int, pinned: bool) -> dict[str, Any]:
    # The templates' tests validate every option; validation at run time takes seconds.
    with schemapi.debug_mode(False):
        spec: dict[str, Any] = _lean(template.build(*template.given, width).to_dict(), pinned)
    spec["params"] = [*sign_tables(f"{spec} {config('light')}"), *spec.get("params", ())]
    # Explicit, as Streamlit sets "fit" otherwise, which views side by side do not support.
    spec["autosize"] = {"type": "pad"}
    return spec


def without_blanks(expression: str) -> str:
    """A Vega expression without the blanks that mean nothing: they are a tenth of what a chart sends."""
    return _BLANKS.sub(lambda found: found[1] or "", expression)


def _lean(part: Any, pinned: bool) -> Any:
    """A part of a spec without Vega-Lite's defaults, and without the layers of pins if there are none."""
    if isinstance(part, list):
        return [_lean(x, pinned) for x in part if pinned or not _draws_pins(x)]
    if not isinstance(part, dict):
        return part
    taken = part.get("type") == "nominal" and {"bin", "aggregate", "sort"}.isdisjoint(part)
    return {
        name: without_blanks(x) if name in EXPRESSIONS and isinstance(x, str) else _lean(x, pinned)
        for name, x in part.items()
        if not (taken and name == "type")
    }


def _draws_pins(part: Any) -> bool:
    data = part.get("data") if isinstance(part, dict) else None
    return isinstance(data, dict) and data.get("name") == "pins"


class StartGrip(NamedTuple):
    """The start in a view, and by how much a key moves it; of one weight y and up are 0."""

    x: float
    y: float
    across: float
    up: float

    @classmethod
    def of(cls, at: Sequence[float], *view: tuple[float, float]) -> StartGrip:
        """The grip of a start (1,) or (2,) in a view with these ends of each axis."""
        moves = [(high - low) / KEYS for low, high in view]
        return cls(*(float(x) for x in (*at, 0.0)[:2]), *(*moves, 0.0)[:2])


@dataclass(frozen=True, eq=False)
class Picture:
    """One panel of a page: a template, the tables that fill it, and what it shows in one sentence.

    trace: what a pin keeps of the run (see `charts.pins`). steps: those that can be played, ascending
    (see `charts.live.shown_step`). start: where keys move the start, if they do. In a
    notebook the picture displays itself.
    """

    name: str
    template: Template
    tables: Mapping[str, Columns]
    about: str
    trace: Columns = field(default_factory=dict)
    steps: Sequence[int] = ()
    start: StartGrip | None = None

    def spec(self, width: int, theme: str = "light", renderer: str = "") -> dict[str, Any]:
        """The template's spec, without the layers of pins if there are none."""
        return self.template.spec(width, theme, "pins" in self.tables, renderer)

    def filled(self, width: int = 840, theme: str = "light") -> dict[str, Any]:
        """The complete Vega-Lite spec, with the picture's data.

        Without the inputs by which the page's controls reach it, which nobody would hide here.
        """
        rows = {name: _rows(table) for name, table in self.tables.items()}
        spec = self.spec(width, theme)
        unbound = [{k: v for k, v in p.items() if k != "bind"} for p in spec.get("params", ())]
        return {**spec, **({"params": unbound} if unbound else {}), "datasets": rows}

    def chart(self, width: int = 840, theme: str = "light") -> alt.TopLevelMixin:
        """The picture as an Altair chart, to be changed further; this takes Altair some seconds."""
        chart: alt.TopLevelMixin = alt.Chart.from_dict(self.filled(width, theme))
        return chart

    def html(self) -> str:
        """The picture for a notebook, in its theme, or as a still image if Altair is set to draw those."""
        return chart_html(self.filled(NOTEBOOK), self.about)

    def __repr__(self) -> str:
        return f"<Picture {self.name!r}: {self.about}>"

    def _repr_mimebundle_(self, *_: Any, **__: Any) -> Any:
        if alt.renderers.active in PAGES:
            return {"text/html": self.html(), "text/plain": repr(self)}
        # What Altair would display of `chart()`, without the seconds.
        return alt.renderers.get()(self.filled())  # type: ignore[misc]


class Panels(tuple[Picture, ...]):
    """The pictures of a lab, which display themselves one below the other."""

    def __repr__(self) -> str:
        return "\n".join(map(repr, self))

    def _repr_mimebundle_(self, *_: Any, **__: Any) -> dict[str, str]:
        return {"text/html": self.html(), "text/plain": repr(self)}

    def html(self) -> str:
        """All pictures for a notebook."""
        return "\n".join(picture.html() for picture in self)


def _rows(table: Columns) -> list[dict[str, Any]]:
    columns = {name: np.asarray(column).tolist() for name, column in table.items()}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def row(**values: Any) -> dict[str, list[Any]]:
    """A table of one row: numbers and words that a template reads by `table_param`."""
    return {name: [value] for name, value in values.items()}


def short(x: Any) -> NDArray[np.float32]:
    """Numbers (...) for a picture as float32, half the bytes, clipped to its range."""
    return np.clip(x, -3e38, 3e38).astype(np.float32)


def table_param(table: str) -> alt.Parameter:
    """A parameter named like a one-row table, so that expressions read ``table.column``."""
    return alt.param(name=table.upper(), expr=f"data('{table}')[0] || {{}}")


def view_ends(table: str) -> list[alt.Parameter]:
    """XLO, XHI, YLO and YHI, the columns xlo, … of a one-row table, as parameters of their own.

    Expressions that read them update when they change; those that read ``T.xlo``, when anything in T does.
    """
    return [
        alt.param(name=end.upper(), expr=f"{table.upper()}.{end} || 0")
        for end in ("xlo", "xhi", "ylo", "yhi")
    ]


def domain(low: str, high: str) -> alt.Scale:
    """A scale whose ends are expressions, such as ``FRAME.low``."""
    ends: list[Any] = [alt.ExprRef(f"{low} || 0"), alt.ExprRef(f"isValid({high}) ? {high} : 1")]
    # Explicit: a layer without its own scale would extend the shared one to round ends and to 0.
    return alt.Scale(domain=ends, nice=False, zero=False)
