"""What "Taylor and Newton" and "Rough ground" say of any function, against mpmath and loops of their own.

A formula is evaluated by mpmath, whose differences give its derivatives; a loop is run twice, the second
time from a start that is moved a little, which shows how many digits of its end rounding leaves.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import mpmath as mp
import numpy as np
from hypothesis import given, reject
from hypothesis import strategies as st
from scipy.optimize import minimize

from convcore.labs import Nothing, RoughGround, TaylorAndNewton
from tests.draw import labs, often
from tests.printed import read, says, within
from tests.test_true_sentences import factor

DIGITS = 50
NAMES = {
    "sin": mp.sin, "cos": mp.cos, "exp": mp.exp, "tanh": mp.tanh, "log": mp.log, "sqrt": mp.sqrt,
    "abs": mp.fabs, "cosh": mp.cosh, "atan": mp.atan, "pi": mp.pi, "e": mp.e,
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)), "softplus": lambda x: mp.log(1 + mp.exp(x)),
}  # fmt: skip
BY_NUMPY: dict[str, Any] = {
    "sin": np.sin, "cos": np.cos, "exp": np.exp, "tanh": np.tanh, "log": np.log, "sqrt": np.sqrt,
    "abs": np.abs, "cosh": np.cosh, "atan": np.arctan, "pi": np.pi, "e": np.e,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)), "softplus": lambda x: np.logaddexp(0, x),
}  # fmt: skip
Point = tuple[mp.mpf, ...]


class Unknown(Exception):
    """mpmath does not say: outside the domain, or a number beyond what a double holds."""


class ByMpmath:
    """E, ∇E and ∇²E of a formula by mpmath."""

    def __init__(self, text: str, n: int) -> None:
        self.n = n
        named = [
            names
            for names in (["x", "y"], ["w1", "w2"])
            if any(re.search(rf"\b{name}\b", text) for name in names)
        ]
        self.weights = (named[0] if named else ["w"])[:n]
        self.text = text.replace("^", "**")
        self.E = eval(f"lambda {', '.join(self.weights)}: {self.text}", dict(NAMES))

    def derivative(self, w: Point, *orders: int) -> mp.mpf:
        """A derivative by central differences: of 50 digits they leave twenty or more."""
        h = mp.mpf(10) ** -15
        for i, order in enumerate(orders):
            if order:
                less = tuple(o - (j == i) for j, o in enumerate(orders))
                up, down = ([v + s * h * (j == i) for j, v in enumerate(w)] for s in (1, -1))
                return (self.derivative(tuple(up), *less) - self.derivative(tuple(down), *less)) / (
                    2 * h
                )
        found = self.E(*w)
        if not isinstance(found, mp.mpf) or not mp.isfinite(found) or abs(found) > 1e100:
            raise Unknown
        return found

    def gradient(self, w: Point) -> list[mp.mpf]:
        return [self.derivative(w, *(int(i == j) for j in range(self.n))) for i in range(self.n)]

    def hessian(self, w: Point) -> mp.matrix:
        H = mp.matrix(self.n, self.n)
        for i in range(self.n):
            for j in range(self.n):
                H[i, j] = self.derivative(w, *((k == i) + (k == j) for k in range(self.n)))
        return H

    def curvatures(self, w: Point) -> list[float]:
        """Ascending."""
        return sorted(float(v) for v in mp.eigsy(self.hessian(w), eigvals_only=True))

    def walk(self, start: Any, method: str, etas: list[float], off: float = 0.0) -> list[Point]:
        """Gradient descent or Newton's method by definition; off: the relative error of each step."""
        path = [tuple(mp.mpf(x) for x in start)]
        for eta in etas:
            w = path[-1]
            move = mp.matrix(self.gradient(w))
            if method == "newton":
                H = self.hessian(w)
                if abs(mp.det(H)) < mp.mpf(10) ** -9 * max(1, mp.mnorm(H)) ** self.n:
                    raise Unknown
                move = mp.lu_solve(H, move)
            ahead = (
                x - eta * m + off * (abs(x) + abs(eta * m)) for x, m in zip(w, move, strict=True)
            )
            path.append(tuple(ahead))
            if max(abs(x) for x in path[-1]) > 1e12:
                raise Unknown
        return path


def evaluated(lab: Any) -> ByMpmath:
    objective = lab.ground.objective()
    try:
        found = ByMpmath(objective.text, objective.n)
        found.E(*(mp.mpf(x) for x in lab.origin))
    except (SyntaxError, NameError, TypeError):
        reject()  # 3w, w0 or x(y): Python does not read what the page does
    except (ZeroDivisionError, OverflowError, ValueError):
        pass
    return found


def ends(
    E: ByMpmath, lab: Any, method: str, etas: list[float]
) -> tuple[list[float], float, list[Point]]:
    """Where a loop ends, how far off double precision may be, and its path."""
    path = E.walk(lab.origin, method, etas)
    moved = E.walk(lab.origin, method, etas, 1e-15)
    far = max(float(abs(a - b)) for a, b in zip(path[-1], moved[-1], strict=True))
    size = max(float(abs(x)) for w in path for x in w)
    # Differences leave about 1e-30 of E's own size.
    return [float(x) for x in path[-1]], 10 * far + 1e-12 * size + 1e-25, path


def same_place(text: str, end: list[float], doubt: float, digits: int) -> bool:
    return all(says(t, x, doubt, digits) for t, x in zip(text.split(", "), end, strict=True))


def is_smooth(E: ByMpmath, w: Point) -> bool:
    """Whether the curvature is the same from differences of two lengths: no kink, no pole nearby."""
    a, b = (
        [E.hessian(tuple(x + s for x in w))[i, i] for i in range(E.n)] for s in (0, mp.mpf(1e-8))
    )
    size = max(abs(v) for v in (*a, *b)) + mp.mpf(10) ** -6
    return bool(size < 1e8 and all(abs(x - y) < 1e-4 * size for x, y in zip(a, b, strict=True)))


@often(300, 2000)
@given(labs(TaylorAndNewton, beyond=False), st.sampled_from([2, 5, 10]))
def test_what_is_said_of_methods_is_what_mpmath_and_loops_find(
    lab: TaylorAndNewton, steps: int
) -> None:
    lab = replace(lab, steps=min(lab.steps, steps))
    result, E = lab.run(), evaluated(lab)
    with mp.workdps(DIGITS):
        try:
            start = tuple(mp.mpf(x) for x in lab.origin)
            if is_smooth(E, start):
                the_local_model_is_said(lab, E, result.sentence, result.facts[1].rows[0])
            for row in result.facts[0].rows:
                the_path_is_said(lab, E, row)
        except (Unknown, ZeroDivisionError, OverflowError, ValueError):
            return


def the_local_model_is_said(
    lab: TaylorAndNewton, E: ByMpmath, said: str, row: tuple[str, ...]
) -> None:
    w = tuple(mp.mpf(x) for x in lab.origin)
    g, values = E.gradient(w), E.curvatures(w)
    slack = 1e-8 * (max(map(abs, values)) + 1)
    if abs(values[0]) > 1e-6 * max(1.0, *map(abs, values)):
        assert ("no ηₒₚₜ" in said) == (values[0] < 0), (said, values)
        if values[0] > 0:
            best = 1 / values[-1]
            (told,) = within(said, "= **N**")
            assert says(told, best, best * best * slack), (said, best)
            assert says(row[5], best, best * best * slack)
            if share := within(said, "η = **N**, N ηₒₚₜ"):
                assert says(share[0], lab.eta)
                assert says(share[1], lab.eta / best, slack * lab.eta, 3), (said, lab.eta / best)
    assert row[0].split(" ")[0] == "0" and same_place(row[1], list(lab.origin), 0.0, 5)
    assert says(row[2], float(E.derivative(w, *(0,) * E.n)), 1e-12, 5), row
    slope = float(g[0]) if E.n == 1 else math.hypot(*map(float, g))
    assert says(row[3], slope, 1e-9 * (1 + abs(slope))), (row, slope)
    for text, value in zip(row[4].split(", "), values, strict=True):
        assert says(text, value, slack), (row, values)
    if row[6] != "–" and abs(mp.det(E.hessian(w))) > 1e-6:
        target = mp.matrix(w) - mp.lu_solve(E.hessian(w), mp.matrix(g))
        size = max(abs(float(x)) for x in target) + 1
        doubt = 1e-12 * size / min(1.0, *map(abs, values))
        assert same_place(row[6], [float(x) for x in target], doubt, 5), row


def the_path_is_said(lab: TaylorAndNewton, E: ByMpmath, row: tuple[str, ...]) -> None:
    """A row of the table by method: label, step, w at the end, E, slope, steps until 10⁻⁶, how it ends."""
    method = {"gradient descent": "gd", "Newton": "newton"}.get(row[0])
    if not method or "at step" in row[6]:
        return
    eta = lab.relative if method == "newton" else lab.eta
    end, doubt, path = ends(E, lab, method, [eta] * lab.steps)
    if doubt > 1e-3 or not is_smooth(E, path[-1]):
        return
    assert same_place(row[2], end, doubt, 6), (row, end, doubt)
    w = path[-1]
    slopes = [math.hypot(*map(float, E.gradient(v))) for v in path]
    bend = max(map(abs, E.curvatures(w)))
    assert says(row[3], float(E.E(*w)), doubt * slopes[-1] + bend * doubt**2 + 1e-12, 6), row
    assert says(row[4], slopes[-1], 2 * bend * doubt + 1e-8, 3), (row, slopes[-1])
    if "under way" in row[6]:
        assert slopes[-1] > 1e-7 * slopes[0] or slopes[0] < 1e-9, (row, slopes)
    if "converged" in row[6] and "degenerate" not in row[6]:
        assert slopes[-1] < 2e-6 * max(max(slopes), 10 * bend), (row, slopes)
        low, top = E.curvatures(w)[0], E.curvatures(w)[-1]
        if min(abs(low), abs(top)) > 1e-5 * bend:
            kind = "minimum" if low > 0 else "maximum" if top < 0 else "saddle"
            assert kind in row[6], (row, low, top)


@often(20, 200)
@given(labs(RoughGround, beyond=False), st.sampled_from(["gd", "gd", "newton"]), st.integers(1, 25))
def test_what_is_said_of_rough_ground_is_what_mpmath_and_loops_find(
    lab: RoughGround, method: str, steps: int
) -> None:
    lab = replace(lab, method=method, steps=steps, second=Nothing())
    result, E = lab.run(), evaluated(lab)
    by_schedule, by_point = result.facts
    with mp.workdps(DIGITS):
        for row, (_, plan) in zip(by_schedule.rows, lab.scene.plans, strict=not lab.scene.rivals):
            if not plan.open_loop:
                continue
            etas = [lab.eta * factor(plan, k) for k in range(steps)]
            if "at step" in row[6]:
                continue
            assert says(row[1], sum(etas), 1e-14) and says(row[2], etas[-1], 1e-16), row
            try:
                end, doubt, path = ends(E, lab, method, etas)
                if doubt > 1e-3 or not is_smooth(E, path[-1]):
                    continue
                slope = math.hypot(*map(float, E.gradient(path[-1])))
                height = float(E.E(*path[-1]))
            except (Unknown, ZeroDivisionError, OverflowError, ValueError):
                continue
            assert same_place(row[3], end, doubt, 5), (row, end, doubt)
            if row is by_schedule.rows[0]:
                the_headline_is_said(lab, E, result.headline.plain, path, doubt)
            assert says(row[4], height, slope * doubt + 1e-10, 5), (row, height)
            if row[6].startswith("converged"):
                # The step to the point is a millionth of the way.
                way = max(float(abs(x - y)) for v in path for x, y in zip(v, path[0], strict=True))
                bend = max(map(abs, E.curvatures(path[-1])))
                assert slope < max(1e-3, 1e-5 * way * bend), (row, slope)
        for row, point in zip(by_point.rows, lab.study().points, strict=False):
            the_point_is_said(E, row, tuple(mp.mpf(x) for x in point.w))
    the_head_is_said(lab, result.said[0])


def the_head_is_said(lab: RoughGround, said: str) -> None:
    eta = within(said, "η = N") if "a constant η" in said else within(said, "η₀ = N")
    assert says(eta[0], lab.eta), said
    # E is lowest at the point that is called the lowest.
    if pair := within(said, "in this view: E = N here and N at"):
        assert read(pair[0]) > read(pair[1]), said


def the_point_is_said(E: ByMpmath, row: tuple[str, ...], w: Point) -> None:
    """A row of the table by point: kind, where, E, curvatures, limit."""
    try:
        if not is_smooth(E, w):
            return
        values, slope = E.curvatures(w), math.hypot(*map(float, E.gradient(w)))
        height = float(E.E(*w))
        E.E(
            *(mp.mpf(round(float(x), 6)) for x in w)
        )  # near 0/0 double precision has no digits left
    except (Unknown, ZeroDivisionError, OverflowError, ValueError):
        return
    size = max(map(abs, values))
    assert slope <= 1e-4 * (1 + size), (row, slope)
    assert says(row[2], height, 1e-10, 6), (row, height)
    for text, value in zip(row[3].split(", "), values, strict=True):
        assert says(text, value, 1e-6 * (1 + size)), (row, values)
    if min(map(abs, values)) > 1e-4 * size > 0 and size > 1e-6:
        kind = "minimum" if values[0] > 0 else "maximum" if values[-1] < 0 else "saddle"
        assert row[0] == kind, (row, values)
        assert (row[4].startswith("none")) == (kind != "minimum"), row
        if kind == "minimum":
            assert says(row[4], 2 / values[-1], 1e-5 / values[-1]), (row, values)


def the_headline_is_said(
    lab: RoughGround, E: ByMpmath, plain: str, path: list[Point], doubt: float
) -> None:
    """How a run ends by its own loop, and how low: E by NumPy on a grid of the view."""
    end, steps = path[-1], len(path) - 1
    place = re.search(r"w = (\S+)|\(([^()]+, [^()]+)\)", plain)
    if place and "drifts" not in plain:
        text = (place[1] or place[2]).rstrip(".,:")
        assert same_place(text, [float(x) for x in end], doubt + 2e-6, 4), (plain, end)
    assert not (told := within(plain, "after N step")) or read(told[0]) == steps, plain
    assert "diverges" not in plain and "leaves the domain" not in plain, plain
    if period := within(plain, "every N steps"):
        p = int(read(period[0]))
        size = 1 + max(float(abs(x)) for x in end)
        gaps = [max(float(abs(x - y)) for x, y in zip(end, w, strict=True)) for w in path[-2::-1]]
        assert gaps[p - 1] < 1e-3 * size + doubt and min(gaps[: p - 1], default=1) > 0, plain
    if "stays put" in plain:
        assert all(w == path[0] or math.dist(w, path[0]) < 1e-9 for w in path), plain
    if lows := lows_in_view(lab, E):
        height, low = float(E.E(*end)), min(lows)
        close = 1e-6 * (1 + abs(height))
        if re.search("the lowest in view|as low as any|the only minimum in view", plain):
            assert height <= low + close, (plain, height, low)
        if re.search("not the lowest|higher but flatter", plain):
            assert low < height + 1e-9 * abs(height), (plain, height, low)


def lows_in_view(lab: RoughGround, E: ByMpmath) -> list[float]:
    """E at the minima inside the view that a grid and Nelder and Mead's method find."""
    axes = [np.linspace(float(a), float(b), 801 if E.n == 1 else 121) for a, b in lab.ground.view()]

    def value(*w: Any) -> Any:
        named = dict(zip(E.weights, w, strict=True))
        with np.errstate(all="ignore"):
            return eval(E.text, BY_NUMPY | named)

    values = np.asarray(value(*np.meshgrid(*axes, indexing="ij")), dtype=float)
    if values.ndim != E.n or not np.isfinite(values).all():
        return []
    beside = [np.roll(values, shift, axis) for axis in range(E.n) for shift in (1, -1)]
    inner = (slice(1, -1),) * E.n
    at = np.argwhere((values < np.min(beside, axis=0))[inner]) + 1
    found = []
    for i in sorted(at.tolist(), key=lambda i: values[tuple(i)])[:5]:
        start = [axis[k] for axis, k in zip(axes, i, strict=True)]
        low = minimize(lambda w: value(*w), start, method="Nelder-Mead", tol=1e-12)
        if all(a[0] < x < a[-1] for a, x in zip(axes, low.x, strict=True)):
            found.append(float(low.fun))
    return found
