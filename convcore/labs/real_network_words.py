"""What "A real network" says of a training: the sentence, the notes, and a few words beside pins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from convcore.descent import Status, Trajectory
from convcore.labkit.words import count, num, percent, steps
from convcore.labs.training import HERE, NEAR, Readings, Training
from convcore.network import Network
from convcore.objectives import EPS
from convcore.schedules import Constant

if TYPE_CHECKING:
    from convcore.labs.real_network import RealNetwork

RISE = 1e-12  # share of E from which a rise is one, and no rounding


def rises(run: Trajectory) -> int:
    """At how many steps of a run E rises, by more than rounding."""
    loss = run.loss[: int(run.length) + 1]
    return int((np.diff(loss) > RISE * np.abs(loss[:-1])).sum())


def share_of_limit(x: float, digits: int = 3) -> str:
    """A share of the limit: 1.002, or where that would be 0.000 or long in powers of ten."""
    if x >= 1000:
        return num(x, digits + 1)
    return f"{x:.{digits}f}" if x >= 10**-digits or x == 0 else num(x, 2)


@dataclass(frozen=True)
class Account:
    """A training of the lab in words; every number in them is the run's."""

    lab: RealNetwork
    net: Network
    training: Training

    @property
    def run(self) -> Trajectory:
        """The record of the training."""
        return self.training.run

    @property
    def readings(self) -> Readings:
        """What was read off it."""
        return self.training.readings

    def place(self, i: int) -> str:
        """Where reading i stands: the end, or the step's number where the run was not read so far."""
        k = int(self.readings.k[i])
        return "the end" if k == int(self.run.length) else f"step {count(k)}"

    def sentence(self) -> str:
        """What happened to sharpness and loss, and how far the quadratic theory holds (Markdown)."""
        run = self.run
        ups, loss = rises(run), run.loss[: int(run.length) + 1]
        falls = "falling at each step" if np.all(np.diff(loss) < 0) else "rising at none of them"
        if ups:
            falls = f"rising at **{count(ups)}** of them"
        ends = (
            f" E goes from {num(run.loss[0])} to {num(run.loss[-1])} in {steps(int(run.length))}, "
            f"{falls}; {self.ending()}."
        )
        return f"{self._edge()}{ends}{self._model()}{self._indefinite()}"

    def predicted(self) -> str:
        """What the quadratic theory says of stability, to stand beside other runs."""
        limit = self.readings.limit
        if not np.isfinite(limit).any():
            return "no fixed limit of λ_max"
        return f"stable while λ_max < {self.lab.optimizer.limit_words} = {self._limits()}"

    def measured(self) -> str:
        """What the run did, to stand beside other runs."""
        run, readings = self.run, self.readings
        if run.outcome().status is Status.DIVERGED:
            return self.ending()
        last = num(readings.sharpness[-1])
        sharp = f"λ_max {last} at {self.place(-1)}"
        if np.isfinite(readings.limit).any():
            sharp += f", {share_of_limit(readings.late)} of the limit over the later half"
        return f"{sharp}; E {num(run.loss[-1], 3)} after {steps(int(run.length))}"

    def ending(self) -> str:
        """How the run ends, in words."""
        outcome, loss = self.run.outcome(), self.run.loss
        # Eigenvalues that are rounding would name the point; no E of this lab is below 0.
        if outcome.status is Status.CONVERGED and loss[-1] <= EPS * loss[0]:
            return "converged to E = 0 to rounding, the least there is"
        return str(outcome)

    def _limits(self) -> str:
        """The limit, or where the schedule moves it, from where to where."""
        limit = self.readings.limit
        first, last = num(limit[0]), num(limit[-1])
        return first if isinstance(self.lab.schedule, Constant) else f"{first} … {last}"

    def _edge(self) -> str:
        """Where the sharpness stands beside the limit that a quadratic would have."""
        readings = self.readings
        lam, share, limit = readings.sharpness, readings.share, readings.limit
        first, last = num(lam[0], 3), num(lam[-1], 3)
        if not np.isfinite(limit).any():
            return (
                f"**{self.lab.optimizer.label}** has no fixed limit of curvature; the sharpness λ_max "
                f"goes from {first} to **{last}**."
            )
        at = f"the limit {self.lab.optimizer.limit_words} = **{self._limits()}**"
        k = readings.crossing
        if self.run.outcome().status is Status.DIVERGED:
            return (
                f"Sharpness λ_max starts at {first}, {num(share[0], 3)} times {at}, and the run "
                "**diverges**, as it would on a quadratic."
                if share[0] > 1
                else f"Sharpness λ_max starts at {first}, below {at}, and yet the run **diverges**: the "
                "quadratic at the start does not tell."
            )
        if k is None:
            return (
                f"**Below the edge**: λ_max goes from {first} to {last} and never reaches {at} "
                f"(at most {percent(float(share.max()))} of it): no direction is sharp enough to "
                "overshoot for good."
            )
        arrives = f"starts at {first}, reaches {percent(HERE)} of {at} by step {count(k)}"
        if k == 0:
            arrives = f"starts at {first}, {num(share[0], 3)} times {at},"
        if k > readings.k[-1] / 2:
            now = share[-1] >= NEAR
            stays = now and self.run.outcome().status is Status.OUT_OF_STEPS
            return (
                f"**{'At the edge only now' if now else 'Not at the edge for good'}**: λ_max {arrives} and "
                f"at {self.place(-1)} is **{share_of_limit(share[-1])}** of it."
                + (" The run is too short to tell whether it stays." if stays else "")
            )
        late = readings.late
        least, most = (share_of_limit(end) for end in (readings.later.min(), readings.later.max()))
        mean = f"**{share_of_limit(late)}** of the limit on average"
        mean += f" (from {least} to {most})" if least != most else ""
        if 0.9 <= late <= 1.1:
            after = "then stays about it" if k else "goes to it"
            return (
                f"**The edge of stability**: λ_max {arrives} and {after}: over the later half of the "
                f"run it is {mean}. A quadratic sharper than the limit blows up; this E bends back."
            )
        side = "above" if late > 1.1 else "below"
        return (
            f"**Not at the edge for good**: λ_max {arrives} and over the later half of the run it is "
            f"{mean}, {side} it."
        )

    def _model(self) -> str:
        """How well the quadratic at w_k foresees the next change of E."""
        readings = self.readings
        if not len(readings.foreseen):
            return ""
        near, said = readings.near, " The quadratic at w_k foresees the next change of E"
        off, then = readings.misfit(~near), readings.misfit(near)
        if np.isnan(off) or np.isnan(then):
            always = readings.misfit(np.ones_like(near))
            # An E that stood still has no change to foresee.
            return (
                ""
                if np.isnan(always)
                else (f"{said} with a median error of **{percent(always)}** of that change.")
            )
        return (
            f"{said}; its median error is **{percent(off)}** of that change while λ_max is below "
            f"{percent(NEAR)} of the limit, and **{percent(then)}** nearer to it or above."
        )

    def _indefinite(self) -> str:
        readings = self.readings
        negative = [readings.signs(s)[0] for s in range(len(readings.spectra))]
        if not negative:
            return ""
        end = self.place(int(readings.at[-1]))
        if not any(negative):
            return (
                " No eigenvalue of the Hessian is negative: this E is convex wherever it was read."
            )
        if not negative[-1]:
            return (
                f" At {end} no eigenvalue of the Hessian is negative; at the start **{negative[0]}** "
                f"of {self.net.n:,} are."
                if negative[0]
                else f" At the start and at {end} no eigenvalue of the Hessian is negative; on the way "
                f"up to **{max(negative)}** of {self.net.n:,} are."
            )
        always = "; some are at every step that was read" if all(negative) else ""
        return (
            f" At {end} **{negative[-1]}** of {self.net.n:,} eigenvalues of the Hessian are negative"
            f"{always}: along those Newton's step climbs."
        )

    def notes(self, data: tuple[str, ...]) -> tuple[str, ...]:
        """A line each; data: what is to be known of the points."""
        lab, asked, ran = self.lab, self.lab.steps, len(self.run.eta)
        notes = [*data, *self._read()]
        if ran < asked:
            notes.insert(
                0,
                f"{asked:,} steps are asked for and {steps(ran)} are run: each step of "
                f"{lab.optimizer.label} takes some {num(lab.dearness, 1)} operations at this size, and a "
                f"training may take {num(lab.budget, 2)}.",
            )
        notes.append(
            "The lecture notes say that the Hessian of a large network is extremely hard to compute; "
            "precisely, it takes n² numbers and its solve n³/3 operations. A product with it takes "
            "two gradients' operations besides the gradient's own passes, which the products of a full "
            "Hessian share; alone, as in the table, it costs three gradients."
        )
        if lab.activation == "relu" and lab.hidden:
            notes.append(
                "ReLU has kinks: E is a patchwork of smooth pieces, and the Hessian is that of the piece "
                "on which w stands; crossings between pieces are not in it."
            )
        return tuple(notes)

    def _read(self) -> list[str]:
        """How often λ_max and the spectrum are read, and what counts as zero, as a rise, as an error."""
        readings = self.readings
        if len(readings.k) < 2 or not len(readings.spectra):
            return []
        stride = float(np.diff(readings.k).mean())
        every = "every step" if stride == 1 else f"every {num(stride, 3)} steps"
        if stride % 1:
            every = f"about {every}"
        end = self.place(int(readings.at[-1]))
        zero = num(self.net.n * EPS * float(np.abs(readings.spectra[-1]).max()), 2)
        return [
            f"λ_max is read {every} ({len(readings.k)} readings), the whole spectrum at "
            f"{len(readings.spectra)} of them, the steps that one can look at. An eigenvalue counts as "
            f"zero up to n·2.2·10⁻¹⁶ of the largest in size ({zero} at {end}), and E as rising from a "
            f"share of {num(RISE)}. The quadratic's error is told beside the change of E foreseen or "
            "taken, whichever is larger."
        ]
