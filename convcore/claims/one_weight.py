"""Claims 1 to 5: plain descent on a parabola (SCIENCE A)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convcore.curvature import Regime, regime
from convcore.labkit.claim import Claim, Verdict, fails, holds, untried
from convcore.labkit.words import num, percent, steps
from convcore.labs import Lab, OneWeight, Result
from convcore.schedules import Constant, OpenLoop

Array = NDArray[np.float64]

CLOSE = 1e-9  # of the starting error: landed, as far as rounding lets one see


@dataclass(frozen=True, eq=False)
class Errors:
    """The error w_k − w* along a run (K+1,), and the factor of each step until rounding rules (k,)."""

    lab: OneWeight
    error: Array
    factors: Array

    @property
    def first(self) -> float:
        """The factor of the first step."""
        return float(self.factors[0])

    @property
    def left(self) -> float:
        """The share of the starting error that is left at the end."""
        return abs(float(self.error[-1] / self.error[0]))

    @property
    def share(self) -> str:
        """Where η stands: "η = 1.4 η_opt"."""
        at = regime(self.lab.a, self.lab.eta)
        if at is Regime.ONE_STEP:
            return "η = η_opt"
        return "η = 2η_opt" if at is Regime.JUMPS else f"η = {num(self.lab.eta * self.lab.a)} η_opt"

    @property
    def every(self) -> str:
        """The factors in words."""
        low, high = num(float(self.factors.min())), num(float(self.factors.max()))
        return f"factor {low}" if low == high else f"factors from {low} to {high}"

    @property
    def stops(self) -> bool:
        """Whether the schedule's steps to come cannot halve what is left of the error."""
        plan = self.lab.schedule
        if not isinstance(plan, OpenLoop) or isinstance(plan, Constant):
            return False
        rest = plan.remaining(self.lab.steps) * abs(self.lab.eta * self.lab.a)
        return bool(rest < 0.5 and self.left > 1e-6)


def errors_of(lab: OneWeight, result: Result) -> Errors | None:
    """The errors of a run; None if it starts where E′ = 0."""
    error = np.asarray(result.record["w"], dtype=float) - lab.centre
    if error[0] == 0 or len(error) < 2:
        return None
    # Where the error is as small as the rounding of w, the ratio of two says nothing.
    seen = np.abs(error[:-1]) > 1e6 * np.finfo(float).eps * (abs(error[0]) + abs(lab.centre))
    count = max(1, int(np.argmin(np.append(seen, False))))
    return Errors(lab, error, error[1 : count + 1] / error[:count])


def _of_errors(judge: Callable[[Errors], Verdict]) -> Callable[[Lab, Result], Verdict]:
    """A verdict that needs a minimum, and a start that is not in it."""

    def judged(lab: Lab, result: Result) -> Verdict:
        assert isinstance(lab, OneWeight)
        if lab.a <= 0:
            what = "a maximum and η_opt means nothing" if lab.a < 0 else "no curvature and no η_opt"
            return fails(f"a = {num(lab.a)}: there is {what}.")
        run = errors_of(lab, result)
        return judge(run) if run else untried("w₀ is the minimum already: move it.")

    return judged


def taylor(lab: Lab, result: Result) -> Verdict:
    """Claim 1, tried at the step from w₀."""
    assert isinstance(lab, OneWeight)
    record = result.record
    w, E = record["w"], record["E"]
    if len(w) < 2 or w[1] == w[0]:
        return untried("The first step does not move: there is nothing to foresee.")
    d = w[1] - w[0]
    half = E[0] + (lab.a * w[0] + lab.b) * d + 0.5 * lab.a * d * d
    scale = max(abs(E[0]), abs(E[1]), abs(half), lab.a**2)
    bare = half + 0.5 * lab.a * d * d
    # So many digits that the two series differ, where they do.
    digits = next((n for n in range(4, 13) if num(half, n) != num(bare, n)), 4)
    said = f"one step on, E = {num(E[1], digits)}; with the ½ the series gives {num(half, digits)}"
    if abs(half - E[1]) > 1e-6 * scale:
        return fails(f"{said}.")
    if lab.a == 0:
        return holds(f"{said}, and without it the same, as a = 0.")
    return holds(f"{said}, without it {num(bare, digits)}.")


def one_step(run: Errors) -> Verdict:
    """Claim 2."""
    if abs(run.first) <= CLOSE:
        return holds(f"{run.share}: the first step multiplies the error by {num(0.0)}.")
    return fails(
        f"{run.share}: one step leaves {percent(abs(run.first))} of the error "
        f"(factor {num(run.first)})."
    )


def monotone(run: Errors) -> Verdict:
    """Claim 3."""
    if not (run.factors.min() > 0 and run.factors.max() < 1):
        landed = abs(run.first) <= CLOSE
        return fails(f"{run.share}, {'one step is all' if landed else run.every}.")
    if run.stops:
        return fails(f"monotone, but η decays too fast: {percent(run.left)} of the error stays.")
    return holds(f"{run.share}, {run.every}: {_left(run)}.")


def oscillates(run: Errors) -> Verdict:
    """Claim 4; E falls at each step where |factor| < 1."""
    if not (run.factors.min() > -1 and run.factors.max() < 0):
        return fails(f"{run.share}, {run.every}{'' if run.first else ': it lands'}.")
    if run.stops:
        return fails(f"it changes side, but η decays too fast: {percent(run.left)} stays.")
    return holds(f"{run.share}, {run.every}: w changes side, E falls at each step; {_left(run)}.")


def diverges(run: Errors) -> Verdict:
    """Claim 5; 2η_opt itself is a regime of its own."""
    if run.factors.max() < -1 - 1e-9:
        return holds(f"{run.share}, {run.every}: {_left(run)}.")
    if np.abs(run.factors + 1).max() <= 1e-9:
        return fails(f"{run.share} exactly, factor −1: it jumps between two points for ever.")
    return fails(f"{run.share}, {run.every}: {_left(run)}.")


def _left(run: Errors) -> str:
    if run.left > 1:
        return f"the error has grown {num(run.left)}-fold in {steps(len(run.error) - 1)}"
    return f"{percent(run.left)} of the error is left after {steps(len(run.error) - 1)}"


CLAIMS = (
    Claim(
        1,
        "Taylor's ½",
        "Taylor: near w_k, E(w) ≈ E + E′·(w − w_k) + ½E″·(w − w_k)².",
        "The notes drop the ½; without it the “optimal” step is half as long and leaves half the error.",
        OneWeight(eta=0.2),
        taylor,
    ),
    Claim(2, "one step", "η = η_opt lands on the minimum in one step.", "", OneWeight(eta=0.5),
          _of_errors(one_step)),
    Claim(3, "monotone", "η < η_opt converges monotonically.", "", OneWeight(eta=0.2),
          _of_errors(monotone)),
    Claim(4, "oscillates", "η_opt < η < 2η_opt oscillates and converges.", "", OneWeight(eta=0.7),
          _of_errors(oscillates)),
    Claim(
        5,
        "diverges",
        "η > 2η_opt diverges.",
        "The notes are silent on η = 2η_opt: there w jumps between two points for ever.",
        OneWeight(eta=1.1),
        _of_errors(diverges),
    ),
)  # fmt: skip
