"""The experiments of SCIENCE F as values of "Perceptron and backprop": claims, a sentence, the lab."""

from __future__ import annotations

from dataclasses import replace

from convcore.labs.perceptron.extra_point import ExtraPoint
from convcore.labs.perceptron.lab import PerceptronAndBackprop
from convcore.labs.perceptron.points import D8, U12, Clouds, Gate, LectureSet, Source
from convcore.labs.perceptron.resamples import Resamples
from convcore.labs.perceptron.second_pictures import NoMore

Preset = tuple[tuple[int, ...], str, PerceptronAndBackprop]

ALL = ("perceptron", "backprop", "margin", "lms")


def trained(
    data: Source, divergence: str, epsilon: float, eta: float, epochs: int = 1000
) -> PerceptronAndBackprop:
    """Backprop from w = 0."""
    return PerceptronAndBackprop(data, divergence, epsilon, eta, epochs, spread=0.0)


def with_extra_point(divergence: str, x: float, y: float, sign: str) -> PerceptronAndBackprop:
    """Two clouds with a margin, and one more point."""
    return PerceptronAndBackprop(
        Clouds(40, 4.0, 1.0), divergence, 0.1, 0.02, 3000, extra=ExtraPoint(x, y, sign),
        learners=ALL, spread=0.0, second=NoMore(),
    )  # fmt: skip


def resampled(data: Clouds, kind: str) -> PerceptronAndBackprop:
    """A fan of boundaries over a hundred samples."""
    return PerceptronAndBackprop(
        data, "l2", 0.1, 0.1, 1000, learners=("perceptron", "backprop", "hard"), spread=0.0,
        second=Resamples(kind, 100),
    )  # fmt: skip


# Those that the claims are tried at.
TURNS_POINTS_WRONG = PerceptronAndBackprop(U12(), "l2", 0.2, 0.1, 1000, start=(1.5, 1.5))
ONE_MINIMUM = trained(U12(), "l2", 0.2, 0.1)
TRADES_ONE_POINT = trained(D8(), "l2", 0.2, 0.02, 3000)
FAR_POINT = trained(LectureSet(100.0), "entropy", 0.1, 0.001)
OVERLAPPING = resampled(Clouds(30, 2.0, 0.0), "fresh")
HARDLY_NOTICED = with_extra_point("l2", -20.0, -20.0, "plus")

PRESETS: tuple[Preset, ...] = (
    (
        (18,),
        "L2 falls all the way while a point that was right turns wrong.",
        TURNS_POINTS_WRONG,
    ),
    (
        (18, 19),
        "Soft L2 on separable points: its one minimum has a point wrong.",
        ONE_MINIMUM,
    ),
    (
        (19,),
        "The same points, cross-entropy with hard targets: it does separate.",
        trained(U12(), "entropy", 0.0, 0.1),
    ),
    (
        (19,),
        "Hard cross-entropy separates the eight points too, after long.",
        trained(D8(), "entropy", 0.0, 0.005, 2000),
    ),
    (
        (19,),
        "Within a bound on the weights even hard cross-entropy fails.",
        replace(trained(D8(), "entropy", 0.0, 0.005, 2000), bound=1.0),
    ),
    (
        (20,),
        "At ε = 0.2 the best fit trades one point for many.",
        TRADES_ONE_POINT,
    ),
    (
        (20,),
        "At ε = 0.15 the best fit of the same points separates, but is not found from w = 0.",
        trained(D8(), "l2", 0.15, 0.02, 3000),
    ),
    (
        (20,),
        "From a start nearer to it, it is.",
        PerceptronAndBackprop(D8(), "l2", 0.15, 0.02, 3000, start=(1.0, 4.0)),
    ),
    (
        (20,),
        "A local minimum: from this start soft L2 gives up D, though a separating minimum exists.",
        PerceptronAndBackprop(LectureSet(10.0), "l2", 0.1, 0.5, 1000, seed=1, spread=2.0),
    ),
    (
        (20,),
        "From another start the same training separates.",
        PerceptronAndBackprop(LectureSet(10.0), "l2", 0.1, 0.5, 1000, seed=0, spread=2.0),
    ),
    (
        (15, 20),
        "t = 5: η is below 2/λₘₐₓ of the minimum that separates.",
        trained(LectureSet(5.0), "l2", 0.1, 0.5),
    ),
    (
        (15, 20),
        "t = 100: the minimum that separates is too sharp for this η.",
        trained(LectureSet(100.0), "l2", 0.1, 0.5),
    ),
    (
        (21,),
        "The perceptron separates whatever t, within (R/γ)² mistakes.",
        FAR_POINT,
    ),
    (
        (21,),
        "On XOR it never stops, and a certificate tells why.",
        trained(Gate("xor"), "l2", 0.1, 0.1),
    ),
    (
        (22,),
        "Overlapping clouds, fresh samples: the perceptron varies more than soft L2.",
        OVERLAPPING,
    ),
    (
        (22,),
        "Well separated clouds, one point left out at a time: the perceptron varies less than soft L2.",
        resampled(Clouds(30, 6.0, 2.0), "leave"),
    ),
    (
        (22,),
        "The same clouds, bootstrapped: again so, and hard cross-entropy varies least.",
        resampled(Clouds(30, 6.0, 2.0), "bootstrap"),
    ),
    (
        (23,),
        "A far point, badly fitted: saturating L2 hardly notices it.",
        HARDLY_NOTICED,
    ),
    (
        (23,),
        "The same point moves soft cross-entropy and linear LMS a lot.",
        with_extra_point("entropy", -20.0, -20.0, "plus"),
    ),
    (
        (23,),
        "A point beside the boundary moves L2 as well: minimally changed is not general.",
        with_extra_point("l2", -2.0, 2.0, "minus"),
    ),
)
