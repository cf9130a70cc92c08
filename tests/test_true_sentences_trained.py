"""What "Perceptron and backprop" and "A real network" say of any training, against loops of their own.

The unit and the network are written out by their formulas; margins are distances of hulls by SciPy.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog, nnls

from convcore.arrays import Array
from convcore.labs import NoMore, PerceptronAndBackprop, RealNetwork
from convcore.optimizers import GradientDescent
from tests.draw import labs, often
from tests.printed import read, says, within
from tests.test_true_sentences import factor
from tests.test_true_verdicts_separable import rows_of, separable, slope, two_classes, value

# Perceptron and backprop


def hull_distance(rows: Array, *groups: Array) -> float:
    """The least norm of Σ u_i·row_i with weights u ≥ 0 that add up to 1 in each group."""
    heavy = 1e5 * float(np.abs(rows).max())
    A = np.vstack([rows.T, *(heavy * group for group in groups)])
    u = nnls(A, np.append(np.zeros(rows.shape[1]), [heavy] * len(groups)), maxiter=10_000)[0]
    for group in groups:  # the sums are 1 but for 1e-10
        u = np.where(group > 0, u / (u @ group), u)
    return float(np.linalg.norm(u @ rows))


def widest(Z: Array) -> float:
    """The largest least score of the rows, in their own units, by weights between −1 and 1."""
    n = Z.shape[1]
    least = np.hstack([-Z / np.abs(Z).max(), np.ones((len(Z), 1))])
    found = linprog(
        np.append(np.zeros(n), -1.0), least, np.zeros(len(Z)), bounds=[(-1, 1)] * n + [(None, None)]
    )
    return float(-found.fun)


def perceptron_mistakes(Z: Array, epochs: int) -> list[int]:
    """By epoch, until one has none."""
    w, made = np.zeros(Z.shape[1]), []
    for _ in range(epochs):
        made.append(0)
        for z in Z:
            if not w @ z > 0:
                w = w + z
                made[-1] += 1
        if not made[-1]:
            break
    return made


def descent(lab: PerceptronAndBackprop, w: Array, epochs: int) -> Array:
    """Backprop's weights by epoch."""
    path = [w]
    for k in range(epochs):
        w = w - lab.eta * factor(lab.schedule, k) * slope(lab, w)
        if lab.bound and np.linalg.norm(w) > lab.bound:
            w = w * lab.bound / np.linalg.norm(w)
        path.append(w)
    return np.array(path)


@often(20, 200)
@given(labs(PerceptronAndBackprop, beyond=False), st.integers(1, 60) | st.just(400))
def test_what_is_said_of_learners_is_what_their_loops_find(
    lab: PerceptronAndBackprop, epochs: int
) -> None:
    lab = replace(
        lab, epochs=epochs, second=NoMore(), optimizer=GradientDescent(), order="in order",
        learners=("perceptron", "backprop", "margin"),
    )  # fmt: skip
    result, Z = lab.run(), rows_of(lab)
    said = result.sentence
    if np.abs(Z).max() > 1e4:
        return
    line = separable(lab)
    if "cannot be told in double precision" in said:
        assert widest(Z) < 1e-9, said
        return
    assert ("No line separates" in said) == (not line), said
    if line and two_classes(lab):
        label = Z[:, -1]
        gap = hull_distance(Z[:, :-1], 1.0 * (label > 0), 1.0 * (label < 0)) / 2
        if gap > 1e-6 and (told := within(said, "a margin of N at best")):
            assert says(told[0], gap, 1e-6 * gap), (said, gap)
    the_perceptron_is_said(lab, Z, line, said, result.measured)
    the_descent_is_said(lab, Z, result)


def the_perceptron_is_said(
    lab: PerceptronAndBackprop, Z: Array, line: bool, said: str, measured: str
) -> None:
    made = perceptron_mistakes(Z, lab.epochs)
    total, left = sum(made), made[-1]
    assert f"perceptron: {total:,} mistake" in measured, (measured, made)
    if bound := within(said, "(at most (R/γ)² = N/N = N)"):
        assert line
        R2 = float((Z**2).sum(axis=1).max())
        g2 = hull_distance(Z, np.ones(len(Z))) ** 2
        assert says(bound[0], R2, 1e-9 * R2), (said, R2)
        assert says(bound[1], g2, 2e-6 * g2), (said, g2)
        assert abs(read(bound[2]) - R2 / g2) <= 0.06 + 4e-6 * R2 / g2, (said, R2 / g2)
        assert total <= read(bound[2]) + 0.1
    if not left:
        assert f"The perceptron **separates** after {total:,} mistake" in said, (said, made)
        assert f"in {len(made):,} epoch" in said, (said, made)
    elif line and "has not separated yet" in said:
        assert (
            f"it makes {left:,} mistake" in said and f"the last of {len(made):,} epoch" in said
        ), said
    elif not line and "never stops" in said:
        assert f"it makes {left:,} mistake" in said, (said, made)


def the_descent_is_said(lab: PerceptronAndBackprop, Z: Array, result: Any) -> None:
    if not lab.schedule.open_loop:
        return
    start = result.study.training.run.w[0]
    with np.errstate(all="ignore"):
        path = descent(lab, start, lab.epochs)
        moved = descent(lab, start * (1 + 1e-9) + 1e-12, lab.epochs)
    doubt = 1e-5 * np.linalg.norm(path[-1] - moved[-1]) + 1e-12 * np.linalg.norm(path[-1])
    if (
        not np.isfinite(path).all()
        or not doubt < 1e-6
        or int(result.study.training.run.length) < lab.epochs  # stopped as diverged
    ):
        return
    w = path[-1]
    (E,) = within(result.measured, "backprop: E = N")
    true = value(lab, w)
    assert says(E, true, np.linalg.norm(slope(lab, w)) * doubt + 1e-12, 5), (result.measured, true)
    scores = Z @ w
    if np.abs(scores).min() < 1e3 * doubt * np.abs(Z).max():
        return
    wrong = int((scores <= 0).sum())
    ends = result.measured.split("backprop: ")[1].split(";")[0]
    assert f", {wrong:,} wrong" in ends, (result.measured, wrong)
    told = next(fact for fact in result.said if fact.startswith("Backprop on"))
    if np.abs(path @ Z.T).min() < 1e-9:
        return  # a point on the boundary is wrong by a hair, or not
    errors = (path @ Z.T <= 0).sum(axis=1)
    if not wrong:
        first = int((errors == 0).argmax())
        since = int(np.flatnonzero(errors)[-1]) + 1 if errors.any() else 0
        said = "from its start on" if since == 0 else f"at epoch {first:,}"
        assert "**separates**" in told and said in told, (told, first, since)
        assert (f"without a break from {since:,} on" in told) == (since > first), told
    else:
        many = f"{wrong:,} of {len(Z):,} points" if wrong > 2 else ""
        assert f"{many} wrong**" in told or "there is no line" in told, (told, wrong)


# A real network

SQUASH = {
    "tanh": np.tanh,
    "logistic": lambda z: 1 / (1 + np.exp(-z)),
    "softplus": lambda z: np.where(z.real > 40, z, np.log1p(np.exp(np.where(z.real > 40, 0, z)))),
    "relu": lambda z: np.where(z.real > 0, z, 0),
}


class Perceptrons:
    """E of a network by its formula, its gradient by complex steps."""

    def __init__(self, lab: RealNetwork) -> None:
        net = lab.network()
        self.X, self.T, self.f = net.inputs, net.targets, SQUASH[lab.activation]
        self.widths = [self.X.shape[1], *(int(width) for width in lab.hidden), self.T.shape[1]]
        self.softmax = lab.network().divergence == "softmax"

    def start(self, seed: int) -> Array:
        """Normal weights over the root of fan-in, layer by layer; biases 0."""
        rng, parts = np.random.default_rng(seed), []
        for fan_in, fan_out in zip(self.widths, self.widths[1:], strict=False):
            parts += [rng.standard_normal(fan_in * fan_out) / math.sqrt(fan_in), np.zeros(fan_out)]
        return np.concatenate(parts)

    def E(self, w: Array) -> Any:
        """(...) at weights (..., n), real or complex."""
        h, at = self.X, 0
        for layer, (fan_in, fan_out) in enumerate(
            zip(self.widths, self.widths[1:], strict=False), 2
        ):
            W = w[..., at : at + fan_in * fan_out].reshape(*w.shape[:-1], fan_in, fan_out)
            at += fan_in * fan_out
            z = h @ W + w[..., None, at : at + fan_out]
            at += fan_out
            h = z if layer == len(self.widths) else self.f(z)
        if not self.softmax:
            return ((h - self.T) ** 2).sum(axis=(-1, -2)) / (2 * len(self.T))
        h = h - h.real.max(axis=-1, keepdims=True)
        fit = np.log(np.exp(h).sum(axis=-1)) - (self.T * h).sum(axis=-1)
        return fit.mean(axis=-1)

    def gradient(self, w: Array) -> Array:
        return np.asarray(self.E(w + 1e-20j * np.eye(len(w))).imag / 1e-20)

    def sharpness(self, w: Array) -> Array:
        """All eigenvalues of the Hessian, by central differences of the gradient."""
        h = 1e-5
        rows = [
            (self.gradient(w + h * e) - self.gradient(w - h * e)) / (2 * h) for e in np.eye(len(w))
        ]
        return np.linalg.eigvalsh((np.array(rows) + np.array(rows).T) / 2)


widths = st.lists(st.integers(1, 5).map(float), max_size=2).map(tuple)


@often(20, 200)
@given(labs(RealNetwork, beyond=False), widths, st.integers(1, 12))
def test_what_is_said_of_a_network_is_what_its_formula_says(
    lab: RealNetwork, hidden: tuple[float, ...], steps: int
) -> None:
    lab = replace(lab, hidden=hidden, steps=steps, optimizer=GradientDescent())
    net = Perceptrons(lab)
    w = net.start(lab.seed)
    if len(w) > 60:
        return
    result = lab.run()
    said, cells = result.sentence, {row[0]: row[1:] for row in result.facts[0].rows}
    assert cells["weights n"][1] == f"{len(w):,}"
    E, falls = [float(net.E(w))], "rising at none of them"
    kinks = lab.activation == "relu"
    if not kinks:
        values = net.sharpness(w)
        top, slack = values[-1], 1e-5 * np.abs(values).max()
        (first,) = (
            within(said, "starts at N")
            or within(said, "λₘₐₓ goes from N")
            or within(said, "from N to")
        )
        assert says(first, top, slack, 3), (said, top)
    if not lab.schedule.open_loop:
        return
    etas = [lab.eta * factor(lab.schedule, k) for k in range(steps)]
    moved = w * (1 + 1e-14)
    for eta in etas:
        with np.errstate(all="ignore"):
            w, moved = (x - eta * net.gradient(x) for x in (w, moved))
            E.append(float(net.E(w)))
        if not E[-1] < 1e6 * E[0] or abs(float(net.E(moved)) - E[-1]) > 1e-9 * max(E):
            return  # by then rounding decides
    told = re.search(r"E goes from (\S+) to (\S+) in (\d+) steps?, (.*?);", said)
    assert told and int(told[3]) == steps, said
    assert says(told[1], E[0], 1e-12 * E[0]) and says(told[2], E[-1], 1e-9 * max(E)), (said, E)
    changes = np.diff(E) / np.abs(E[:-1])
    if np.abs(np.abs(changes) - 1e-12).min() < 1e-11 or np.abs(changes - 0.1).min() < 1e-9:
        return  # rounding decides whether that is a rise, or one of over 10 %
    rises, large = int((changes > 0).sum()), int((changes > 0.1).sum())
    falls = f"rising at **{rises}** of them, by over 10 % at {large or 'none'}"
    falls = falls if rises else "falling at each step"
    if steps == 1:
        falls = "rising" if rises else "falling"
    assert told[4] == falls, (said, E)
    (limit,) = within(result.predicted, "2/η = N")
    assert says(limit, 2 / etas[0])
    if lab.schedule.label == "constant":
        assert says(cells["sharpness at the end, beside 2/η"][0], 2 / lab.eta)
    if not kinks:
        end = net.sharpness(w)
        close = 1e-5 * np.abs(end).max()
        assert says(cells["sharpness at the end, beside 2/η"][1], end[-1], close), (cells, end[-1])
        assert cells["steps at which E rises"][1] == f"{rises:,}"
        row = cells["eigenvalues at the end: negative, zero, positive"][1]
        if np.abs(end).min() > close:
            assert row.startswith(f"{int((end < 0).sum())}"), (row, end)
