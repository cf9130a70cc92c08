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
from convcore.labkit.headline import Headline
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


def perceptron(Z: Array, epochs: int) -> tuple[list[int], Array]:
    """The mistakes by epoch, until one has none, and the weights then."""
    w, made = np.zeros(Z.shape[1]), []
    for _ in range(epochs):
        made.append(0)
        for z in Z:
            if not w @ z > 0:
                w = w + z
                made[-1] += 1
        if not made[-1]:
            break
    return made, w


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
    the_headline_is_said(lab, Z, line, result.headline)
    the_descent_is_said(lab, Z, result)


def the_perceptron_is_said(
    lab: PerceptronAndBackprop, Z: Array, line: bool, said: str, measured: str
) -> None:
    made, _ = perceptron(Z, lab.epochs)
    total, left = sum(made), made[-1]
    assert f"perceptron: {total:,} mistake" in measured, (measured, made)
    if bound := within(said, "(at most (R/γ)² = N/N = N)"):
        assert line
        R2 = float((Z**2).sum(axis=1).max())
        g2 = hull_distance(Z, np.ones(len(Z))) ** 2
        assert says(bound[0], R2, 1e-9 * R2), (said, R2)
        assert says(bound[1], g2, 2e-6 * g2), (said, g2)
        assert says(bound[2], R2 / g2, 0.06 + 4e-6 * R2 / g2), (said, R2 / g2)
        assert total <= read(bound[2]) * (1 + 1e-3) + 0.1
    if not left:
        assert f"The perceptron **separates** after {total:,} mistake" in said, (said, made)
        assert f"in {len(made):,} epoch" in said, (said, made)
    elif line and "has not separated yet" in said:
        assert (
            f"it makes {left:,} mistake" in said and f"the last of {len(made):,} epoch" in said
        ), said
    elif not line and "never stops" in said:
        assert f"it makes {left:,} mistake" in said, (said, made)


def the_headline_is_said(lab: PerceptronAndBackprop, Z: Array, line: bool, head: Headline) -> None:
    """What the headline and theory's line say of the perceptron, and whether there is a line."""
    plain, (made, w) = head.plain, perceptron(Z, lab.epochs)
    wrong = int((~(Z @ w > 0)).sum())
    if not two_classes(lab):
        assert f"All {len(Z):,} points are of one class" in plain or "extra point" in plain, plain
        return
    if told := within(plain, "after N mistake"):
        assert read(told[0]) == sum(made), (plain, made)
    separates = re.search("both separate|[Tt]he perceptron separates", plain)
    assert not separates or not wrong, (plain, wrong)
    assert not re.search("has not separated|neither has|never stops", plain) or wrong, plain
    if counted := within(plain, "the perceptron has N of N points wrong"):
        assert [read(n) for n in counted] == [wrong, len(Z)], (plain, wrong)
    assert "No line separates" not in plain or not line, plain
    assert not re.search("A line separates|a line separates them", plain) or line, plain
    if bound := within(head.theory, "(R/γ)² = N mistake"):
        gap = hull_distance(Z, np.ones(len(Z)))
        most = float((Z**2).sum(axis=1).max()) / gap**2
        assert line and says(bound[0], most, 0.06 + 4e-6 * most), (head.theory, most)
        (count,) = within(head.theory, "made N") or within(head.theory, "so far N")
        assert read(count) == sum(made), (head.theory, made)
    if last := within(head.theory, "never stops; N mistake"):
        assert not line and read(last[0]) == made[-1], (head.theory, made)
    assert "must separate in the end" not in head.theory or (line and lab.epsilon == 0)


def the_descent_is_said(lab: PerceptronAndBackprop, Z: Array, result: Any) -> None:
    if not lab.schedule.open_loop:
        return
    start = result.study.training.run.w[0]
    with np.errstate(all="ignore"):
        path = descent(lab, start, lab.epochs)
        moved = descent(lab, start * (1 + 1e-9) + 1e-12, lab.epochs)
        # The farthest on the way: two chaotic paths may fall into step with one another again.
        apart = float(np.linalg.norm(path - moved, axis=1).max())
    doubt = 1e-5 * apart + 1e-12 * np.linalg.norm(path[-1])
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
    plain, counted = result.headline.plain, f"{wrong:,} of {len(Z):,} points"
    assert wrong == 0 or f"backprop {wrong:,}." in plain or counted in plain or any(
        words in plain for words in ("at w = 0", "extra point", "one class")
    ), (plain, wrong)  # fmt: skip
    assert not re.search("both separate|[Bb]ackprop separates|has 0 points", plain) or not wrong
    assert "must separate in the end; it does" not in result.headline.theory or not wrong
    assert "must separate in the end; not" not in result.headline.theory or wrong
    told = next(fact for fact in result.said if fact.startswith("Backprop on"))
    if np.abs(path @ Z.T).min() < 1e-9:
        return  # a point on the boundary is wrong by a hair, or not
    errors = (path @ Z.T <= 0).sum(axis=1)
    if not wrong:
        first = int((errors == 0).argmax())
        if epoch := within(plain, "epoch N"):
            assert read(epoch[0]) == first, (plain, first)
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

    @np.errstate(over="ignore")  # of exp(−z) in a logistic that is 0
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
        steps = h * np.eye(len(w))
        rows = [(self.gradient(w + e) - self.gradient(w - e)) / (2 * h) for e in steps]
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
    head = result.headline
    if rose := within(head.plain, "rises at N step"):
        assert read(rose[0]) == rises > 0, (head.plain, E)
    if rose := within(head.theory, "E rose at N of N step"):
        assert [read(n) for n in rose] == [rises, steps], (head.theory, E)
        seen = re.search("by over 10 % at (none|[0-9,]+)", head.theory)
        assert (seen is None) == (rises == 0), head.theory
        assert seen is None or seen[1] == (f"{large:,}" if large else "none"), (head.theory, E)
    assert "falls at every step" not in head.plain or np.all(np.diff(E) < 0), (head.plain, E)
    assert "never rises" not in head.plain or rises == 0, (head.plain, E)
    assert "diverges" not in head.plain, (head.plain, E)
    assert "does not move" not in head.plain or E[-1] == E[0], (head.plain, E)
    for pattern in ("E falls to N", "E = N after"):
        if last := within(head.plain, pattern):
            true = min(E) if "falls" in pattern else E[-1]
            assert says(last[0].rstrip("."), true, 1e-9 * max(E), 3), (head.plain, E)
    (limit,) = within(result.predicted, "2/η = N")
    assert says(limit, 2 / etas[0])
    if lab.schedule.label == "constant":
        assert says(cells["sharpness at the end, beside 2/η"][0], 2 / lab.eta)
    if not kinks:
        end = net.sharpness(w)
        close = 1e-5 * np.abs(end).max()
        assert says(cells["sharpness at the end, beside 2/η"][1], end[-1], close), (cells, end[-1])
        assert cells["steps at which E rises"][1] == f"{rises:,}"
        the_network_headline_is_said(result.headline, values, end, etas, slack + close)
        row = cells["eigenvalues at the end: negative, zero, positive"][1]
        if np.abs(end).min() > close:
            assert row.startswith(f"{int((end < 0).sum())}"), (row, end)


def the_network_headline_is_said(
    head: Headline, first: Array, last: Array, etas: list[float], slack: float
) -> None:
    """What is said of sharpness and its limit 2/η; first, last: the Hessian's eigenvalues."""
    plain, theory = head.plain, head.theory
    if went := within(theory, "λₘₐₓ N → N"):
        assert says(went[0], first[-1], slack, 3) and says(went[1], last[-1], slack, 3), theory
    shares = [first[-1] * etas[0] / 2, last[-1] * etas[-1] / 2]
    off = slack * max(etas)
    if times := within(plain, "starts at N times its limit"):
        assert says(times[0], shares[0], off, 3), (plain, shares)
    if most := within(plain, "is below its limit 2/η, at most N %"):
        assert read(most[0]) >= 100 * (max(shares) - off) * 0.98 and max(shares) < 1 + off, plain
    assert "starts above its limit" not in plain or shares[0] > 1 - off, (plain, shares)
    assert "reaches its limit" not in plain or shares[0] < 1 + off, (plain, shares)
    if end := within(plain, "N of it at the end"):
        assert abs(read(end[0]) - shares[1]) < 0.00051 + off, (plain, shares)
    assert "a quadratic never rises" not in theory or max(shares) < 1 + off, (theory, shares)
    assert "diverges" not in theory or max(shares) > 1 - off or len(etas) > 1, (theory, shares)
