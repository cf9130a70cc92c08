"""Runs as a line for a prompt, and as a table and curves of the loss for a notebook."""

from __future__ import annotations

import math
from collections import Counter
from html import escape
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from convcore.arrays import Array, Ints
from convcore.descent.outcomes import Outcome, Status

ROWS = 12  # runs in the table, and curves in the picture
POINTS = 240  # of a curve, at most
WIDTH, HEIGHT = 560, 170
LEFT, BOTTOM = 70, 24  # margins with the ends of the axes


class Recorded(Protocol):
    """A `Trajectory`: w (K+1, ..., n), loss (K+1, ...), eta (K, ...), status (...)."""

    @property
    def w(self) -> Array:
        """As there (K+1, ..., n)."""

    @property
    def loss(self) -> Array:
        """As there (K+1, ...)."""

    @property
    def eta(self) -> Array:
        """As there (K, ...)."""

    @property
    def status(self) -> NDArray[np.object_]:
        """As there (...)."""

    @property
    def loss_steps(self) -> Ints:
        """The steps of the rows of the loss (K+1,)."""

    def outcome(self, run: int | tuple[int, ...] = ()) -> Outcome:
        """As there."""


def words(run: Recorded) -> str:
    """How many runs, of how many steps and weights, and how they ended; of a single one also where."""
    steps, n = len(run.eta), run.w.shape[-1]
    size = f"{steps:,} step{'s' * (steps != 1)}, {n:,} weight{'s' * (n != 1)}"
    if not run.status.ndim:
        return f"<Trajectory of {size}: {run.outcome()}; w = {_point(run.w[-1])}, E = {run.loss[-1]:.6g}>"
    statuses: list[Status] = run.status.ravel().tolist()
    counts = Counter(status.name.lower().replace("_", " ") for status in statuses)
    ends = ", ".join(f"{count:,} {name}" for name, count in counts.most_common())
    return f"<Trajectory of {run.status.size:,} runs {run.status.shape} of {size}: {ends}>"


def html(run: Recorded) -> str:
    """The same line, the loss of the first runs as curves in the text's colour, and a row for each."""
    rows = []
    for index in list(np.ndindex(run.status.shape))[:ROWS]:
        eta = f"{float(run.eta[(0, *index)]):.6g}" if len(run.eta) else "–"
        name = ", ".join(map(str, index)) or "0"
        end = run.w[(-1, *index)], f"{float(run.loss[(-1, *index)]):.6g}"
        rows.append((name, eta, str(run.outcome(index)), _point(end[0]), end[1]))
    heads = ("run", "η at first", "how it ended", "w at the end", "E")
    lines = [
        "".join(f'<td style="text-align:left">{escape(cell)}</td>' for cell in row) for row in rows
    ]
    more = run.status.size - len(rows)
    left_off = f"<p>and {more:,} more</p>" if more > 0 else ""
    return (
        f"<p>{escape(words(run)[1:-1])}</p>{_curves(run)}"
        f'<table style="color:inherit">'
        f"<tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr>"
        f"<tr>{'</tr><tr>'.join(lines)}</tr></table>{left_off}"
    )


def _point(w: Array) -> str:
    shown = ", ".join(f"{x:.5g}" for x in w[:4])
    return f"({shown}, …)" if len(w) > 4 else f"({shown})"


def _curves(run: Recorded) -> str:
    """The loss against the step as an inline SVG; on a logarithmic axis if it spans 100 times."""
    k = run.loss_steps
    loss = run.loss.reshape(len(k), -1)[:, :ROWS]
    at = np.unique(np.linspace(0, len(k) - 1, min(len(k), POINTS)).astype(int))
    k, loss = k[at], loss[at]
    low, high = float(loss.min()), float(loss.max())
    log = low > 0 and high > 100 * low
    level = np.log10(loss) if log else loss / max(abs(low), abs(high), 1e-300)
    bottom, top = float(level.min()), float(level.max())
    x = LEFT + (WIDTH - LEFT - 8) * k / max(int(k[-1]), 1)
    y = 8 + (HEIGHT - 8 - BOTTOM) * (top - level) / ((top - bottom) or 1.0)
    lines = "".join(
        f'<polyline fill="none" stroke="currentColor" stroke-opacity="{max(0.3, 1 - 0.1 * i):g}" points="'
        + " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, column, strict=True))
        + '"/>'
        for i, column in enumerate(y.T)
        if math.isfinite(float(column.sum()))
    )
    axis = "E, log" if log else "E"
    marks = [(LEFT - 6, 16, "end", f"{high:.3g}"), (LEFT - 6, HEIGHT - BOTTOM, "end", f"{low:.3g}")]
    marks += [(LEFT - 6, HEIGHT // 2, "end", axis), (LEFT, HEIGHT - 6, "start", "0")]
    marks += [(WIDTH - 8, HEIGHT - 6, "end", f"step {int(k[-1]):,}")]
    texts = "".join(
        f'<text x="{a}" y="{b}" text-anchor="{anchor}" fill="currentColor">{text}</text>'
        for a, b, anchor, text in marks
    )
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" font-size="12" role="img" '
        f'aria-label="The loss against the step">{lines}{texts}</svg>'
    )
