"""Formulas as objectives, and a gallery of named ones. To add one, add an entry to GALLERY."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from convcore.arrays import Array
from convcore.formula.formula import Formula
from convcore.objectives.base import Objective, SecondOrder, eigen_of


@dataclass(frozen=True)
class Function(Objective):
    """E(w) from a formula, with exact derivatives: `Function("log(cosh(w))")`.

    text: see `formula.Formula`, whose `FormulaError` it raises. Outside the formula's domain the
    value and the derivatives are NaN.

    >>> Function("x^2 + 3*x*y").hessian(np.array([0.0, 1.0])).tolist()
    [[2.0, 3.0], [3.0, 0.0]]
    """

    text: str

    def __post_init__(self) -> None:
        self.formula  # noqa: B018  parse now, so that a bad formula fails here

    @cached_property
    def formula(self) -> Formula:
        """The parsed formula."""
        return Formula(self.text)

    @property
    def n(self) -> int:  # type: ignore[override]
        """The number of weights; a constant counts as a function of one."""
        return int(self.formula.n or 1)

    @property
    def work(self) -> float:
        return 1.2e5 + 1.3e4 * self.formula.size

    def value(self, w: Array) -> Array:
        return np.asarray(self.formula.value(w))

    def gradient(self, w: Array) -> Array:
        return np.asarray(self.formula.gradient(w))

    def value_and_gradient(self, w: Array) -> tuple[Array, Array]:
        expansion = self.formula.taylor(w, 1)
        return expansion.value, np.asarray(expansion.gradient)

    def hessian(self, w: Array) -> Array:
        return np.asarray(self.formula.hessian(w))

    def second_order(self, w: Array) -> SecondOrder:
        _, gradient, H = self.formula.taylor(w, 2)
        return SecondOrder(np.asarray(gradient), *eigen_of(np.asarray(H), self.noise))


@dataclass(frozen=True)
class Entry:
    """A named function: its formula, the view to draw, and known facts.

    view: (low, high) of each weight. minima: known minima, each (n,). start: of a first run, (n,).
    convex: on the whole view. note: a special property, such as a minimum at a kink.
    """

    key: str
    title: str
    text: str
    view: tuple[tuple[float, float], ...]
    minima: tuple[tuple[float, ...], ...]
    start: tuple[float, ...]
    eta: float
    source: str
    convex: bool = False
    note: str = ""

    @property
    def objective(self) -> Function:
        """The function as an objective."""
        return Function(self.text)


def _logistic_loss() -> str:
    """Mean cross-entropy of 8 labelled points plus ½·0.1·‖w‖²; each point is given as label·(x₁, x₂)."""
    points = ((2, 1), (1, 2), (1.5, -0.5), (-0.5, 1), (2, -1), (-1, 0.5), (1, 0.5), (0.5, 1.5))
    terms = " + ".join(f"softplus(-({a}*w1 + {b}*w2))" for a, b in points)
    return f"({terms})/8 + 0.05*(w1^2 + w2^2)"


BOYD = "S. Boyd, L. Vandenberghe, Convex Optimization (2004)"
SURJANOVIC = "S. Surjanovic, D. Bingham, Virtual Library of Simulation Experiments (2013)"
FOLK = "standard example"
OURS = "made for this app"

GALLERY: tuple[Entry, ...] = (
    # Convex, one weight
    Entry("logcosh", "log cosh w", "log(cosh(w))", ((-4, 4),), ((0,),), (1.0,), 0.5, FOLK, True,
          "Newton's map is w − ½ sinh 2w: it converges from |w₀| below 1.0887 only"),
    Entry("hyperbola", "√(1 + w²)", "sqrt(1 + w^2)", ((-4, 4),), ((0,),), (0.9,), 0.8, BOYD, True,
          "Newton's map is −w³: it converges from |w₀| < 1 only"),
    Entry("square", "½w²", "w^2/2", ((-4, 4),), ((0,),), (3.0,), 0.3, FOLK, True),
    Entry("quartic", "w⁴", "w^4", ((-2, 2),), ((0,),), (1.5,), 0.05, FOLK, True,
          "the curvature vanishes at the minimum: Newton's steps shrink by 2/3 only"),
    Entry("power1.5", "|w|^1.5", "abs(w)^1.5", ((-3, 3),), ((0,),), (2.0,), 0.3, FOLK, True,
          "the curvature is infinite at the minimum: Newton jumps from side to side by a factor −1"),
    Entry("power3", "|w|³", "abs(w)^3", ((-2, 2),), ((0,),), (1.5,), 0.1, FOLK, True,
          "each Newton step halves the error"),
    Entry("softplus", "softplus(w) + softplus(−2w)", "softplus(w) + softplus(-2*w)", ((-5, 5),),
          ((0.41961762499109784,),), (4.0,), 1.0, FOLK, True),
    Entry("exponentials", "e^w + e^(−2w)", "exp(w) + exp(-2*w)", ((-2, 3),),
          ((0.23104906018664842,),), (2.5,), 0.1, FOLK, True),
    Entry("huber", "Huber-like 4(√(1 + w²/4) − 1)", "4*(sqrt(1 + w^2/4) - 1)", ((-6, 6),), ((0,),),
          (1.5,), 0.8, "P. Charbonnier et al. (1997)", True),
    Entry("logistic", "logistic loss with decay", "softplus(-w) + 0.05*w^2", ((-3, 8),),
          ((1.6335061701558462,),), (-2.0,), 2.0, FOLK, True),
    Entry("barrier", "w − log w", "w - log(w)", ((0.05, 5),), ((1,),), (3.0,), 0.3, BOYD, True,
          "only w > 0 is in the domain: Newton from beyond 2 leaves it"),
    Entry("entropy", "w log w", "w*log(w)", ((0.001, 3),), ((0.36787944117144233,),), (2.0,), 0.2,
          BOYD, True, "only w > 0 is in the domain"),
    # Not convex, one weight
    Entry("well", "double well ¼(w² − 1)²", "(w^2 - 1)^2/4", ((-2, 2),), ((-1,), (1,)), (0.3,), 0.4,
          FOLK),
    Entry("tilted", "tilted double well", "(w^2 - 1)^2/4 + 0.1*w", ((-2, 2),),
          ((-1.0466805318046022,), (0.9456492739235914,)), (1.4,), 0.4, FOLK),
    Entry("saddle1", "w⁴/4 − w²/2", "w^4/4 - w^2/2", ((-2, 2),), ((-1,), (1,)), (0.4,), 0.4, FOLK,
          False, "Newton goes to the maximum at 0 from |w₀| < 1/√5"),
    Entry("pinhole", "pinhole bowl", "sqrt(1 + w^2) - exp(-(w - 3)^2/0.32)", ((-3, 5),),
          ((1.1441131e-11,), (2.8358507811156213,)), (3.5,), 0.1, OURS, False,
          "a wide global minimum and a sharp local one"),
    # Convex, two weights
    Entry("regression", "regularised logistic loss, 8 points", _logistic_loss(), ((-4, 6), (-4, 6)),
          ((0.8862221396124449, 0.9205105304070886),), (-3.0, 4.0), 2.0, FOLK, True),
    Entry("exponentials3", "three exponentials", "exp(x + 3*y - 0.1) + exp(x - 3*y - 0.1) + exp(-x - 0.1)",
          ((-2, 1.5), (-1, 1)), ((-0.34657359027997264, 0),), (-1.5, 0.6), 0.1, BOYD, True),
    Entry("booth", "Booth", "(x + 2*y - 7)^2 + (2*x + y - 5)^2", ((-10, 10), (-10, 10)), ((1, 3),),
          (-6.0, -4.0), 0.05, SURJANOVIC, True),
    Entry("matyas", "Matyas", "0.26*(x^2 + y^2) - 0.48*x*y", ((-10, 10), (-10, 10)), ((0, 0),),
          (8.0, -3.0), 1.0, SURJANOVIC, True),
    # Not convex, two weights
    Entry("rosenbrock", "Rosenbrock", "(1 - x)^2 + 100*(y - x^2)^2", ((-2, 2), (-1, 3)), ((1, 1),),
          (-1.2, 1.0), 0.001, "H. H. Rosenbrock, Computer Journal 3 (1960)"),
    Entry("himmelblau", "Himmelblau", "(x^2 + y - 11)^2 + (x + y^2 - 7)^2", ((-5, 5), (-5, 5)),
          ((3, 2), (-2.805118086952745, 3.131312518250573), (-3.779310253377747, -3.283185991286170),
           (3.584428340330492, -1.848126526964404)), (0.0, 0.0), 0.01,
          "D. M. Himmelblau, Applied Nonlinear Programming (1972)", False,
          "Newton from (0, 0) lands on the local maximum"),
    Entry("camel", "six-hump camel", "(4 - 2.1*x^2 + x^4/3)*x^2 + x*y + (-4 + 4*y^2)*y^2",
          ((-2, 2), (-1.2, 1.2)),
          ((0.08984201310031806, -0.7126564030207396), (-0.08984201310031806, 0.7126564030207396)),
          (0.1, 0.1), 0.05, SURJANOVIC, False, "Newton from (0.1, 0.1) lands on a saddle"),
    Entry("beale", "Beale", "(1.5 - x + x*y)^2 + (2.25 - x + x*y^2)^2 + (2.625 - x + x*y^3)^2",
          ((-4.5, 4.5), (-4.5, 4.5)), ((3, 0.5),), (1.0, 1.0), 0.01, SURJANOVIC),
    Entry("styblinski", "Styblinski–Tang", "(x^4 - 16*x^2 + 5*x + y^4 - 16*y^2 + 5*y)/2",
          ((-5, 5), (-5, 5)), ((-2.903534027771177, -2.903534027771177),), (1.0, -1.0), 0.02,
          SURJANOVIC),
    Entry("rastrigin", "Rastrigin", "20 + x^2 + y^2 - 10*(cos(2*pi*x) + cos(2*pi*y))",
          ((-5.12, 5.12), (-5.12, 5.12)), ((0, 0),), (2.3, -1.7), 0.002, SURJANOVIC),
    Entry("ackley", "Ackley",
          "-20*exp(-0.2*sqrt((x^2 + y^2)/2)) - exp((cos(2*pi*x) + cos(2*pi*y))/2) + 20 + e",
          ((-5, 5), (-5, 5)), ((0, 0),), (2.3, -1.7), 0.02, SURJANOVIC, False,
          "the minimum is a kink: there is no gradient there"),
    Entry("bowl", "pinhole bowl of two weights",
          "sqrt(1 + x^2 + 2*y^2) - exp(-((x - 3)^2 + y^2)/0.32)"
          " - exp(-((x + 2)^2 + (y - 2)^2)/0.32) - exp(-(x^2 + (y + 3)^2)/0.32)",
          ((-4, 5), (-4.5, 4)), ((-1.6215817e-10, 8.107908e-11),), (3.3, 0.4), 0.1, OURS, False,
          "a wide global minimum and three sharp local ones"),
)  # fmt: skip

# Keys of old links and code, and what they are called now.
RENAMED = {"logsumexp": "exponentials3"}
BY_KEY = {entry.key: entry for entry in GALLERY}
