"""Second pictures of "Perceptron and backprop": the loss over two weights, fans over resamples."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Annotated, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convcore.charts.picture import Columns, Picture, row
from convcore.classifiers import Backprop, Perceptron
from convcore.knobs import OneOf, Whole
from convcore.labkit.tables import Facts
from convcore.labkit.words import num
from convcore.labs.perceptron.chart_second import FANS
from convcore.labs.perceptron.learners_training import NAMES, Contest
from convcore.labs.perceptron.point_marks import ends_of, frame, spots
from convcore.labs.perceptron.points import Source
from convcore.labs.perceptron.words import listed, share
from convcore.memory import Memory
from convcore.setting import Setting
from convcore.swing import MOST_CELLS, Fan, Samples, bootstrap, fan, fresh, leave_one_out
from convcore.workers import Report, part_of

Array = NDArray[np.float64]

KEPT = Memory(48, "minima and fans")  # minima and fans, over all visitors
LINES = 60  # boundaries drawn of each learner


class Scene(NamedTuple):
    """What a lab's runs hang on."""

    source: Source
    extra: Hashable
    backprop: Backprop
    perceptron: Perceptron
    learners: tuple[str, ...]


class Shown(NamedTuple):
    """A second picture, what it says in the sentence, its table, and what it adds to a pin's line and
    to the notes."""

    picture: Picture
    says: str
    facts: Facts
    measured: str = ""
    note: str = ""


class Further(Setting):
    """A choice of the second picture."""

    label: str

    def key(self, scene: Scene) -> Hashable | None:
        """What its heavy part is kept under, given what the lab's runs hang on; None if it is light."""
        return None

    def refused(self, source: Source, points: int) -> str:
        """Why there is no such picture of these points, in one line; empty if there is."""
        return ""

    def missing(self, points: int) -> str:
        """Why the picture is left out, in one line; empty if it is there."""
        return ""

    @abstractmethod
    def draw(
        self, contest: Contest, source: Source, key: Hashable, report: Report | None
    ) -> Shown | None:
        """The picture of a contest."""


@dataclass(frozen=True)
class NoMore(Further):
    """No second picture."""

    label = "none"

    def draw(
        self, contest: Contest, source: Source, key: Hashable, report: Report | None
    ) -> Shown | None:
        return None


@dataclass(frozen=True)
class Resamples(Further):
    """The boundaries of each learner over resamples, and how much two of them disagree."""

    kind: Annotated[
        str,
        OneOf(
            "samples",
            "fresh ones need clouds, which can be drawn anew",
            ("bootstrap", "leave", "fresh"),
            names=(("bootstrap", "bootstrap"), ("leave", "leave one out"), ("fresh", "fresh")),
        ),
    ] = "bootstrap"
    count: Annotated[
        int, Whole("how many", "samples; leaving one out has one for each point", 5, 200)
    ] = 50
    seed: Annotated[int, Whole("seed", "of the samples", 0, 99)] = 0
    label = "fan over resamples"

    def key(self, scene: Scene) -> Hashable:
        return ("fan", scene, self)

    def refused(self, source: Source, points: int) -> str:
        if self.kind == "fresh" and source.drawn() is None:
            return "Fresh samples need clouds: other points cannot be drawn anew."
        if self.kind == "leave" and points < 2:
            return "There is one point; leaving it out leaves none."
        if self.count * points * 3 > MOST_CELLS:
            return f"{self.count} samples of {points:,} points are too many."
        return ""

    def samples(self, contest: Contest, source: Source) -> Samples:
        """The samples; fresh ones are drawn with the seeds from 1000 · seed + 1 on."""
        draw = source.drawn()
        if self.kind == "fresh" and draw is not None:
            return fresh(draw, self.count, 1000 * self.seed + 1)
        if self.kind == "leave":
            return leave_one_out(contest.points, self.count, self.seed)
        return bootstrap(contest.points, self.count, self.seed)

    def draw(
        self, contest: Contest, source: Source, key: Hashable, report: Report | None
    ) -> Shown | None:
        if not contest.learners:
            return None

        def made() -> dict[str, Fan]:
            samples, each = self.samples(contest, source), len(contest.learners)
            return {
                name: fan(learner, samples, contest.box, part_of(report, i, each))
                for i, (name, learner) in enumerate(contest.learners.items())
            }

        fans = KEPT.held(key, made)
        lines = max(len(f.weights) for f in fans.values())
        what = {
            "bootstrap": f"{lines} bootstrap samples",
            "leave": f"{lines} samples, each without one of the points",
            "fresh": f"{lines} fresh samples",
        }[self.kind]
        known = {name: f for name, f in fans.items() if math.isfinite(f.disagreement)}
        says = measured = ""
        if known:
            told = listed({name: f.disagreement for name, f in known.items()})
            says = f"Over {what}, two boundaries of one learner differ on {told}."
            measured = f"; two samples differ on {told}"
        # A learner that has no line on some samples is not compared: those are the hard ones.
        fair = {name: f.disagreement for name, f in known.items() if f.lines == len(f.weights)}
        # What looks alike counts as a tie.
        best = [NAMES[name] for name, x in fair.items() if share(x) == share(min(fair.values()))]
        if len(best) < len(fair):
            says += f" Steadiest here: **{' and '.join(best)}**."
        rows = tuple(
            (
                NAMES[name],
                f"{f.lines} of {len(f.weights)}",
                share(f.disagreement),
                f"{num(f.angle, 3)}°" if f.lines > 1 and math.isfinite(f.angle) else "–",
                f"{f.separating} of {len(f.weights)}",
            )
            for name, f in fans.items()
        )
        heads = (
            "learner",
            "boundaries",
            "disagreement of two",
            "mean turn from their average",
            "own sample separated",
        )
        return Shown(
            self._picture(contest, fans),
            says,
            Facts(heads, rows),
            measured,
            self._cut(contest, lines),
        )

    def _cut(self, contest: Contest, lines: int) -> str:
        """What is trained for less long than asked, so that all samples take a second or two."""
        points = len(contest.points) - (self.kind == "leave")
        limits = {
            "backprop": (contest.backprop.epochs, contest.backprop.steps(points, lines)),
            "perceptron": (contest.perceptron.epochs, contest.perceptron.turns(points)),
        }
        cut = [
            f"{name} {made:,} epochs"
            for name, (asked, made) in limits.items()
            if made < asked and name in contest.ends
        ]
        return f"On each sample at most: {', '.join(cut)}." if cut else ""

    def _picture(self, contest: Contest, fans: dict[str, Fan]) -> Picture:
        view = frame(contest)
        one = contest.points.inputs == 1
        found = [
            (i, name, *ends)
            for i, (name, f) in enumerate(fans.items())
            for w in f.weights[:LINES]
            if np.isfinite(w).all() and (ends := ends_of(w, view, one)) is not None
        ]
        found = found or [(-1, "backprop", 0.0, 0.0, 0.0, 0.0)]
        panel, names, *xy = zip(*found, strict=True)
        (xlo, xhi), (ylo, yhi) = view
        titles = {
            f"panel{i}": f"{NAMES[name]}: {share(f.disagreement)}"
            for i, (name, f) in enumerate(fans.items())
        }
        tables: dict[str, Columns] = {
            "t": row(xlo=xlo, xhi=xhi, ylo=ylo, yhi=yhi, **titles),
            "fan": {
                "panel": np.array(panel, dtype=np.int16),
                "learner": list(names),
                **dict(zip(("x", "y", "x2", "y2"), map(np.array, xy), strict=True)),
            },
            "points": spots(contest.points, contest),
        }
        about = (
            f"At most {LINES} boundaries of each learner, each trained on its own sample; in per "
            "cent, how much of the domain two of them label differently."
        )
        return Picture(f"fan{len(fans)}", FANS[len(fans) - 1], tables, about)
