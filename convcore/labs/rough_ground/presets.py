"""The experiments of SCIENCE D and E as values of "Rough ground": claims, a sentence, the lab."""

from __future__ import annotations

from convcore.descent.schedules import ExponentialDecay, LinearDecay, QuadraticDecay
from convcore.labkit.functions import FromGallery
from convcore.labs.rough_ground.bifurcation import Bifurcation
from convcore.labs.rough_ground.by_schedule import BySchedule
from convcore.labs.rough_ground.end_maps import Basins, EscapeMap
from convcore.labs.rough_ground.lab import RoughGround
from convcore.labs.rough_ground.noise import Noise

Preset = tuple[tuple[int, ...], str, RoughGround]

HIMMELBLAU, CAMEL = FromGallery("himmelblau"), FromGallery("camel")
TILTED, WELL, SQUARE = FromGallery("tilted"), FromGallery("well"), FromGallery("square")

# Those that the claims are tried at.
ESCAPES = RoughGround(eta=0.8)
NEVER_SETTLES = RoughGround(eta=2.2)
DECAYS_IN_TIME = RoughGround(
    eta=4.0,
    schedule=LinearDecay(),
    compare=("constant", "quadratic", "exponential"),
    second=BySchedule(),
)
LOCAL_MAXIMUM = RoughGround(
    HIMMELBLAU, (0.0, 0.0), 1.0, compare=(), method="newton", second=Basins()
)

PRESETS: tuple[Preset, ...] = (
    ((15,), "A small η stays in the sharp local minimum that it starts in.", RoughGround(eta=0.1)),
    (
        (15, 16),
        "An η beyond the sharp minimum's 2ηₒₚₜ and below the wide one's escapes and settles.",
        ESCAPES,
    ),
    ((16,), "An η beyond 2ηₒₚₜ of every minimum never settles.", NEVER_SETTLES),
    (
        (17,),
        "η starts too large for every minimum, decays like 1/k, and the run finds the wide one.",
        DECAYS_IN_TIME,
    ),
    (
        (17,),
        "η decays like 1/k² and the run freezes on the way: Σ ηₖ is finite.",
        RoughGround(eta=4.0, schedule=QuadraticDecay(), compare=("linear", "exponential")),
    ),
    (
        (17,),
        "A fast exponential decay freezes as well, a slow one arrives.",
        RoughGround(eta=4.0, schedule=ExponentialDecay(0.5), compare=("exponential",)),
    ),
    (
        (15, 16),
        "A large η leaves the deeper minimum and settles in the flatter one: flat, not deep.",
        RoughGround(TILTED, (-1.5,), 1.0, compare=()),
    ),
    (
        (14,),
        "Newton from (0, 0) on Himmelblau's function lands on a local maximum.",
        LOCAL_MAXIMUM,
    ),
    (
        (14,),
        "Newton from (.1, .1) on the six-hump camel lands on a saddle.",
        RoughGround(CAMEL, (0.1, 0.1), 1.0, compare=(), method="newton", second=Basins()),
    ),
    (
        (14,),
        "Damped Newton, which insists that E falls, goes to a minimum from the same start.",
        RoughGround(HIMMELBLAU, (0.0, 0.0), 1.0, compare=(), method="damped", second=Basins()),
    ),
    (
        (14,),
        "Regularised Newton, which shifts H until it is positive definite, goes to a minimum too.",
        RoughGround(CAMEL, (0.1, 0.1), 1.0, compare=(), method="shifted", second=Basins()),
    ),
    (
        (5, 16),
        "As η grows past 2ηₒₚₜ the orbit's period doubles, 2, 4, 8, … and ends in chaos.",
        RoughGround(WELL, (0.7,), 1.25, compare=(), steps=600, second=Bifurcation()),
    ),
    (
        (17,),
        "With noisy gradients a fixed η keeps a floor, and decay like 1/k removes it.",
        RoughGround(SQUARE, (3.0,), 0.8, compare=("linear",), steps=300, second=Noise(1.0)),
    ),
    (
        (15,),
        "In two dimensions: η beyond the pinhole's limit escapes to the wide global minimum.",
        RoughGround(FromGallery("bowl"), (3.3, 0.4), 0.7, compare=(), second=EscapeMap()),
    ),
)
