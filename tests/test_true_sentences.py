"""What "One weight" and "Many weights" say of any lab, against plain loops, closed forms and mpmath.

Numbers are read back from the page to the digits printed there. A loop carries a bound on its own
rounding, and a count of steps may be any that this bound leaves open.
"""

from __future__ import annotations

import math
import re
from typing import Any

import mpmath
import numpy as np
from hypothesis import given

from convcore.arrays import Array
from convcore.labkit.headline import Headline
from convcore.labs import (
    Constant,
    CosineDecay,
    DropOnPlateau,
    ExponentialDecay,
    LinearDecay,
    ManyWeights,
    OneWeight,
    QuadraticDecay,
    Result,
    StepDrop,
    WarmUp,
)
from tests.draw import labs, often
from tests.printed import NUMBER, read, says, within

EPS = 2.3e-16
LONG = 20_000  # steps to which a prediction is checked step by step


def factor(schedule: Any, k: int) -> float:
    """f_k of a schedule that does not look at the loss."""
    match schedule:
        case Constant():
            return 1.0
        case LinearDecay():
            return 1 / (k + 1)
        case QuadraticDecay():
            return 1 / (k + 1) ** 2
        case ExponentialDecay(beta=beta):
            return math.exp(-beta * k)
        case StepDrop(every=every, by=by):
            return float(by ** (k // every))
        case CosineDecay(period=period, floor=floor):
            return float(floor + (1 - floor) * (1 + math.cos(math.pi * min(k / period, 1))) / 2)
        case WarmUp(warm=warm):
            return min((k + 1) / warm, math.sqrt(warm / (k + 1)))
    raise TypeError(schedule)


class Steps:
    """Which counts of steps to a tolerance are right: from `first`, sure from `last` on; inf for none.

    left: the distances (K+1,), and doubt: how far off each may be.
    """

    def __init__(self, left: Array, doubt: Array, tolerance: float) -> None:
        mark = tolerance * left[0]
        slack = doubt + tolerance * doubt[0] + 1e-11 * mark + 4 * EPS * doubt[0]
        with np.errstate(invalid="ignore"):
            self.first, self.last = (
                float(hit.argmax()) if hit.any() else math.inf
                for hit in (left <= mark + slack, left <= mark - slack)
            )

    def allow(self, k: float) -> bool:
        return self.first <= k <= self.last


# One weight


class Parabola:
    """Plain descent on a parabola: w (K+1,) by a loop, and a bound on its rounding (K+1,)."""

    def __init__(self, lab: OneWeight, steps: int) -> None:
        a, b = lab.a, lab.b
        w, doubt, best, waited, f = lab.w0, EPS * abs(lab.w0), math.inf, 0, 1.0
        self.etas: list[float] = []
        self.w, self.doubt = [w], [doubt]
        for k in range(steps):
            if isinstance(lab.schedule, DropOnPlateau):
                E = 0.5 * a * w * w + b * w + lab.c
                better = k == 0 or best - 1e-3 * abs(best) > E
                best, waited = (E, 0) if better else (best, waited + 1)
                if waited >= lab.schedule.patience:
                    f, waited = f * lab.schedule.by, 0
            else:
                f = factor(lab.schedule, k)
            eta = lab.eta * f
            doubt = abs(1 - eta * a) * doubt + 4 * EPS * (abs(w) + abs(eta * a * w) + abs(eta * b))
            w = w - eta * (a * w + b)
            if not (abs(w) < 1e150 and doubt < 1e150):
                break
            self.etas.append(eta)
            self.w.append(w)
            self.doubt.append(doubt)


def is_delicate(lab: OneWeight) -> bool:
    """Whether a step more or less of rounding changes η: E at a plateau is compared with itself."""
    return isinstance(lab.schedule, DropOnPlateau)


@often(300, 2000)
@given(labs(OneWeight))
def test_what_is_said_of_one_weight_is_what_a_loop_and_the_closed_form_find(lab: OneWeight) -> None:
    result = lab.run()
    said, rows = result.sentence, {row[0]: row[1:] for row in result.facts[0].rows}
    run = Parabola(lab, lab.steps)
    if abs(lab.a * lab.w0 + lab.b) <= 4 * EPS * abs(lab.b):
        assert "is where **E′ = 0**" in said
        return
    assert "is where **E′ = 0**" not in said
    eta0 = lab.eta * (1.0 if is_delicate(lab) else factor(lab.schedule, 0))
    if said_end := within(said, "After N step"):
        n = int(read(said_end[0]))
        (end,) = within(said, "w = N: ")
        assert n == lab.steps or ("diverge" in said or "left" in said), said
        if n < len(run.w) and not is_delicate(lab):
            doubt = run.doubt[n]
            assert says(end, run.w[n], doubt, 6), (said, run.w[n])
            assert says(rows[f"w after {said_end[0]} step{'s' * (n != 1)}"][1], run.w[n], doubt, 6)
            if n < lab.steps:
                assert abs(run.w[n] - lab.w0) > 1e7 * EPS * abs(lab.w0), said
    if lab.a == 0:
        assert f"slope {'−' * (lab.b < 0)}" in said
        (moves,) = within(said, "here N")
        assert says(moves, -eta0 * lab.b)
        return
    with mpmath.workdps(40):
        first = float(1 - mpmath.mpf(eta0) * mpmath.mpf(lab.a))
    factors = within(said, "by 1 − ηa = **N**") or within(said, "the first by **N**")
    assert says(factors[0], first, 4 * EPS * max(1, abs(1 - first))), (said, first)
    assert says(rows["factor of the first step"][0], first, 4 * EPS * max(1, abs(1 - first)), 6)
    the_ending_of_one_weight(lab, said, run)
    if lab.a > 0:
        best, limit = within(said, "(ηₒₚₜ = 1/a = N, limit 2ηₒₚₜ = N)")
        assert says(best, 1 / lab.a) and says(limit, 2 / lab.a)
        if not is_delicate(lab):
            the_steps_of_one_weight(lab, result, run)


def the_ending_of_one_weight(lab: OneWeight, said: str, run: Parabola) -> None:
    share = lab.eta * lab.a
    if not isinstance(lab.schedule, Constant):
        return
    grows = share < -1e-9 or share > 2 + 1e-9
    if grows:
        assert "converge" not in said.replace("converges to a maximum", ""), said
        assert "diverge" in said or "runs away" in said or "reached" in said or "leads away" in said
    elif 1e-9 < share < 2 - 1e-9:
        assert "diverg" not in said, said
        word = "oscillates" if share > 1 + 1e-9 else "monotonically" if share < 1 - 1e-9 else ""
        # Of a maximum that η < 0 climbs to, the factor says it.
        assert word in said or lab.a < 0, said
        if (abs(1 - share) ** lab.steps) < 1e-8:
            kind = "minimum" if lab.a > 0 else "maximum"
            assert f"converged to a {kind}" in said or "reached" in said, said


def the_steps_of_one_weight(lab: OneWeight, result: Result, run: Parabola) -> None:
    said, centre = result.sentence, -lab.b / lab.a
    left = np.abs(np.array(run.w) - centre)
    doubt = np.array(run.doubt) + 2 * EPS * abs(centre)
    true = Steps(left, doubt, lab.tolerance)
    if took := within(said, "took N"):
        assert true.allow(read(took[0])), (said, true.first, true.last)
    elif "not reached" in said:
        assert true.last == math.inf or len(run.w) <= lab.steps, (said, true.last)
    f = np.array([factor(lab.schedule, k) for k in range(LONG)])
    with np.errstate(divide="ignore"):
        each = np.log(np.abs(1 - lab.eta * lab.a * f))
    logs = np.cumsum(each)
    if not isinstance(lab.schedule, Constant) and logs.max() > 30 and each.min() < -25:
        return  # a step that all but lands after errors have grown: rounding decides where
    product = np.append(1.0, np.exp(np.minimum(logs, 690)))
    if isinstance(lab.schedule, Constant):
        with np.errstate(over="ignore"):
            product = np.abs(1 - lab.eta * lab.a) ** np.arange(LONG + 1)
    known = Steps(product, 1e-15 * np.arange(1, LONG + 2) * product + 1e-300, lab.tolerance)
    if "**never** reached" in said:
        assert known.last == math.inf, said
        assert "never to" in result.predicted
    elif counted := within(said.replace("≈ ", ""), "Predicted **N step"):
        k = read(counted[0])
        assert known.allow(k) if k <= LONG else known.last == math.inf, (said, known.first)
        if k > LONG and isinstance(lab.schedule, Constant):
            with mpmath.workdps(40):
                rate = mpmath.log(abs(1 - mpmath.mpf(lab.eta) * mpmath.mpf(lab.a)))
                true_k = float(mpmath.log(lab.tolerance) / rate)
                doubt = 1 + true_k * 3e-16 / float(-rate)
            assert says(counted[0], true_k, doubt, 3), (said, true_k)
        assert result.predicted.removeprefix("≈ ").startswith(counted[0]), result.predicted
    else:
        assert "more than 20,000" in said and known.last == math.inf, said


# Many weights


# Methods whose loops are in `tests/test_many_weights_methods.py`.
ELSEWHERE = {"conjugate gradient", "BFGS", "RProp", "AdaGrad", "RMSProp", "Adam", "AdamW"}


CALLED = {
    "gd": "gradient descent", "coordinate": "per coordinate", "newton": "Newton",
    "momentum": "momentum", "nesterov": "Nesterov", "tuned": "tuned momentum",
}  # fmt: skip


class Form:
    """A quadratic: A, b and the eigenvalues (n,) with how far off each may be."""

    def __init__(self, lab: ManyWeights) -> None:
        objective = lab.plane.objective
        self.A, self.b = (np.array(x, dtype=float) for x in (objective.A, objective.b))
        self.n = len(self.A)
        self.scale = float(np.abs(self.A).max())
        with mpmath.workdps(50):
            values = mpmath.eigsy(mpmath.matrix(self.A.tolist()), eigvals_only=True)
            self.values = np.array(sorted(float(v) for v in values))
        # A itself is rounded, and what that hides is said to be unknown.
        self.doubt = 8 * self.n * EPS * self.scale


@often(300, 2000)
@given(labs(ManyWeights))
def test_what_is_said_of_many_weights_is_what_eigenvalues_and_loops_find(lab: ManyWeights) -> None:
    result = lab.run()
    said = result.sentence
    if lab.problem.label not in ("typed matrix", "eigenvalues and an angle"):
        return  # its A is made from a table: `tests/test_many_weights.py`
    form = Form(lab)
    low, top = form.values[0], form.values[-1]
    if "indefinite" in said:
        assert low < form.doubt and top > -form.doubt
    if "negative definite" in said:
        assert top < form.doubt
    if low < -form.doubt:
        assert "A is indefinite" in said or "A is negative" in said or "The start is" in said, said
    the_matrix_is_said(lab, form, result)
    if "The start is" in said or "nothing moves" in said or low <= form.doubt:
        return
    (limit,) = within(said, "2/λₘₐₓ = **N**")
    assert says(limit, 2 / top, 2 * form.doubt / top**2), said
    if kappa := within(said, "**κ = N**"):
        off = top / low * (form.doubt / low + form.doubt / top)
        assert says(kappa[0], top / low, off, min(4, len(kappa[0]))), (said, top / low)
    the_steps_of_many_weights(lab, form, result)


def the_matrix_is_said(lab: ManyWeights, form: Form, result: Result) -> None:
    cells = {row[i]: row[i + 1] for row in result.facts[1].rows for i in (0, 2)}
    low, top, A = form.values[0], form.values[-1], form.A
    assert cells["weights n"] == str(form.n)
    assert says(cells["λₘₐₓ"], top, form.doubt), (cells, top)
    if low <= form.doubt:
        return
    off = form.doubt
    rows = np.abs(A).sum(axis=1).max()
    assert says(cells["2/λₘₐₓ"], 2 / top, 2 * off / top**2)
    assert says(cells["notes: 2·min 1/aᵢᵢ"], 2 / np.diagonal(A).max())
    assert says(cells["safe: 2/trace"], 2 / np.trace(A), 1e-15 / np.trace(A))
    assert says(cells["safe: Gershgorin"], 2 / rows, 4e-15 / rows)
    assert says(cells["best η"], 2 / (low + top), 8 * off / (low + top) ** 2)
    kappa = top / low
    doubt = kappa * (off / low + off / top)
    if doubt < 1e-3 * kappa:
        rate = (kappa - 1) / (kappa + 1)
        assert says(cells["its rate"], rate, 2 * doubt / (kappa + 1) ** 2), (cells, rate)
        assert says(cells["κ = λₘₐₓ/λₘᵢₙ"], kappa, doubt, 3), (cells, kappa)
        root = math.sqrt(kappa)
        beta = ((root - 1) / (root + 1)) ** 2
        eta = 4 / (math.sqrt(low) + math.sqrt(top)) ** 2
        slack = doubt / kappa
        assert says(cells["best momentum η"], eta, eta * slack)
        assert says(cells["its β"], beta, 2 * slack), (cells, beta)


def the_steps_of_many_weights(lab: ManyWeights, form: Form, result: Result) -> None:
    """Counts by each method's own loop, for matrices that lose few digits."""
    if isinstance(lab.schedule, DropOnPlateau) or form.values[-1] > 1e6 * form.values[0]:
        return
    A, b, d = form.A, form.b, np.diagonal(form.A)
    target = np.linalg.solve(A, -b)
    size = float(np.abs(target).max() + np.abs(lab.origin).max())
    if np.linalg.norm(lab.origin - target) < 1e-6 * size:
        return
    kappa = form.values[-1] / form.values[0]
    for row in result.facts[0].rows:
        name, took, ends = row[0], row[5], row[6]
        if name in ELSEWHERE:
            continue
        root = math.sqrt(kappa)
        beta = ((root - 1) / (root + 1)) ** 2 if name == "tuned momentum" else lab.beta
        w, step, left, sown = lab.origin - target, np.zeros(form.n), [], [0.0]
        for k in range(lab.steps + 1):
            left.append(float(np.linalg.norm(w)))
            if not left[-1] < 1e100:
                break
            f = factor(lab.schedule, k)
            # Rounding sows each direction anew, also one that an earlier step has all but cleared.
            grows = float(np.abs(1 - lab.eta * f * form.values).max())
            sown.append(grows * sown[-1] + 4 * EPS * left[-1] if name == "gradient descent" else 0)
            if name == "gradient descent":
                w = w - lab.eta * f * (A @ w)
            elif name == "Newton":
                w = w - lab.relative * f * w
            elif name == "per coordinate":
                w = w - lab.relative * f * (A @ w) / d
            else:
                ahead = w + beta * step if name == "Nesterov" else w
                step = beta * step - lab.eta * f * (A @ ahead)
                w = w + step
        sizes = np.maximum.accumulate(np.array(left))
        doubt = 100 * kappa * EPS * (sizes + size) + np.array(sown[: len(left)])
        true = Steps(np.array(left), doubt, lab.tolerance)
        the_headline_is_said(lab, result.headline, name, true, left, doubt)
        if took.startswith("not in"):
            grown = max(left) > 1e6 * left[0] or "diverged" in ends
            assert true.last == math.inf or grown, (row, true.first, true.last)
        elif took != "–":
            assert true.allow(read(took)), (row, true.first, true.last)
        if doubt[-1] > left[-1]:
            continue  # rounding decides how it ends, as the page's notes say
        if left[-1] > 1e3 * max(left[: len(left) // 2 + 1]) and left[-1] > 1e9 * left[0]:
            assert "converged" not in ends and "under way" not in ends, row


def the_headline_is_said(
    lab: ManyWeights, head: Headline, name: str, true: Steps, left: list[float], doubt: Array
) -> None:
    """The counts of a method in theory's line, and what the headline says if it is the one it is about.

    left: the distances by the method's own loop, and doubt: how far off each may be.
    """
    told = re.search(rf"(?:Theory: |· ){name} ({NUMBER}|never)\b([^·]*)", head.theory)
    if told and len(left) > lab.steps:
        predicted = math.inf if told[1] == "never" else read(told[1])
        if predicted <= lab.steps:
            assert true.allow(predicted), (head.theory, name, true.first, true.last)
        else:
            assert true.last == math.inf, (head.theory, name, true.first, true.last)
        if took := within(told[2], "took N"):
            assert true.allow(read(took[0])), (head.theory, name, true.first, true.last)
        elif "not in" in told[2] or predicted > lab.steps:
            assert true.last == math.inf, (head.theory, name, true.first, true.last)
    leads = "gd" if "gd" in lab.methods or not lab.methods else lab.methods[0]
    if name != CALLED.get(leads):
        return
    plain, share = head.plain, left[-1] / left[0]
    slack = float(doubt[-1] + share * doubt[0]) / left[0]
    if arrives := within(plain, " arrives at N % of the error in N step"):
        assert says(arrives[0], 100 * lab.tolerance, 0, 3) and true.allow(read(arrives[1])), plain
        assert share <= lab.tolerance + slack, (plain, share)
    if leaves := within(plain, "of the error at step N, but leaves again"):
        assert true.allow(read(leaves[0])) and share > lab.tolerance - slack, (plain, share)
    if rest := within(plain, "with N % of the error left"):
        assert true.last == math.inf and says(rest[0], 100 * share, 100 * slack, 2), (plain, share)
    if grown := within(plain, "grown N-fold") or within(plain, "the error N-fold"):
        assert share > 1 - slack and says(grown[0], share, slack, 3), (plain, share)
    if "diverges at step" in plain:
        assert left[-1] > 100 * left[0], (plain, left[-1], left[0])
