"""Exercises on what goes wrong: large Hessians, saddles, several minima, the catapult (SCIENCE D, I)."""

from __future__ import annotations

import math

import numpy as np

from convcore.claims import CLAIMS
from convcore.exercises.numbers import Numbers
from convcore.exercises.task import Exercise, Fault, Slip, Task
from convcore.exercises.wording import total
from convcore.labkit.words import num
from convcore.labs import FromEigenvalues, FromFormula, ManyWeights, RoughGround, TaylorAndNewton
from convcore.labs.rough_ground.second_pictures import Nothing
from convcore.network.hessian_cost import count_costs

TOPIC = "Trouble"
DESCENT = "Descent: w ← w − η·∇E(w)."


def hessian(n: Numbers) -> Task:
    """The bytes of a Hessian of 10⁵ weights: 80 GB."""
    size = n.of(100_000, 200_000, 50_000, 300_000, 1_000_000, 20_000)
    (cost,) = (cost for cost in count_costs(size) if cost.name == "full Hessian")
    gb = cost.bytes / 1e9
    lab = next(claim.lab for claim in CLAIMS if claim.number == 13)
    return Task(
        given=(
            f"A network has n = {size:,} weights.",
            "Its Hessian is stored in full, with 8 bytes for each number. 1 GB is 10⁹ bytes.",
        ),
        asks="How many GB does the Hessian take?",
        answer=gb,
        unit="GB",
        lab=lab,
        hint="The Hessian has a row and a column for each weight.",
        solution=(
            f"n² = {size:,}² = {num(size**2)} numbers",
            f"8·{num(size**2)} bytes = {num(gb)} GB",
        ),
        slips=(
            Slip(gb / 2, Fault.HALF, "Half the answer: that is one triangle, or 4 bytes for each number."),
            Slip(gb / 8, Fault.OTHER, "That is the count of numbers in 10⁹: each takes 8 bytes."),
            Slip(8 * size / 1e9, Fault.OTHER, "That is a gradient: the Hessian has n² numbers."),
            Slip(
                cost.bytes / 2**30, Fault.OTHER, "That is in GiB, of 2³⁰ bytes; 1 GB is 10⁹ bytes."
            ),
        ),
    )  # fmt: skip


def newton_saddle(n: Numbers) -> Task:
    """The curvatures where Newton's method ends: one below 0, so it is a saddle."""
    q, c = n.of(1.0, 2.0, 3.0, 0.5), n.of(0.5, 1.0, 2.0, -1.0)
    text = f"x^4/4 - {q / 2:g}*x^2 + y^2/2 + {c:g}*x*y".replace("+ -", "- ")
    lab = TaylorAndNewton(FromFormula(text), (0.1, 0.2), ("newton",), steps=15)
    run = lab.study().followed
    low, high = run.values[-1].tolist()
    root = math.hypot(1 + q, 2 * c)
    return Task(
        given=(
            f"E(x, y) = {total((0.25, 'x⁴'), (-q / 2, 'x²'), (0.5, 'y²'), (c, 'xy'))}",
            "Newton's method from (0.1, 0.2) converges to (0, 0).",
        ),
        asks="How large is the smaller eigenvalue of the Hessian there?",
        answer=low,
        lab=lab,
        hint="Write the Hessian at (0, 0): its eigenvalues follow from its trace and its determinant.",
        solution=(
            f"H(0, 0) = [[{num(-q)}, {num(c)}], [{num(c)}, 1]]",
            f"λ = ½·({num(1 - q)} ± √({num(1 + q)}² + 4·({num(c)})²)) = ½·({num(1 - q)} ± {num(root)}) = "
            f"{num(low)} and {num(high)}",
            "One is below 0: Newton's method has found a saddle, not a minimum.",
        ),
        slips=(
            Slip(high, Fault.OTHER, "That is the larger one."),
            Slip(-q, Fault.OTHER, "That is ∂²E/∂x²: the mixed derivative belongs to it, too."),
            Slip(
                (1 - q / 2 - math.hypot(1 + q / 2, 2 * c)) / 2, Fault.NO_HALF,
                f"The second derivative of {total((-q / 2, 'x²'))} is {num(-q)}, not {num(-q / 2)}.",
            ),
        ),
    )  # fmt: skip


def leaves_saddle(n: Numbers) -> Task:
    """Steps to leave a saddle from 10⁻³: ln 1000/ln 1.1, rounded up."""
    mu, eta, far = n.of(1.0, 0.5, 2.0), n.of(0.1, 0.2, 0.05), n.of(1e-3, 1e-6, 1e-2, 1e-4)
    growth = 1 + eta * mu
    problem = FromEigenvalues(2.0, -mu, 0.0)
    run = ManyWeights(problem, (1.0, far), eta, ("gd",), steps=800).study().run.w[:, 1]
    first = int(np.argmax(run > 1))
    lab = ManyWeights(problem, (1.0, far), eta, ("gd",), steps=first, look=first)
    exact = math.log(1 / far) / math.log(growth)
    return Task(
        given=(
            f"E(x, y) = {total((1, 'x²'), (-mu / 2, 'y²'))}, a saddle at (0, 0)",
            f"start (1, {num(far)}), η = {num(eta)}",
            DESCENT,
        ),
        asks="After how many steps is |y| for the first time larger than 1?",
        answer=first,
        unit="steps",
        whole=True,
        lab=lab,
        hint="y is multiplied by 1 − η·∂²E/∂y² at each step, and ∂²E/∂y² is negative.",
        solution=(
            f"∂²E/∂y² = {num(-mu)}, so y is multiplied by 1 + {num(eta)}·{num(mu)} = {num(growth)}",
            f"k > ln(1/{num(far)}) / ln {num(growth)} = {num(exact, 5)}, so k = {first}",
        ),
        slips=(
            Slip(
                math.ceil(math.log(1 / far) / (eta * mu)), Fault.OTHER,
                "That takes e^(η·k) for the growth: a step multiplies by 1 + ηλ, which is less.",
            ),
            Slip(
                math.floor(math.log(1 / far) / math.log(1 + eta * mu / 2)) + 1, Fault.TWICE,
                f"About twice as many: the second derivative of {total((-mu / 2, 'y²'))} is {num(-mu)}.",
            ),
        ),
    )  # fmt: skip


def two_wells(n: Numbers) -> Task:
    """The limit of η at the minima of (w² − 1)²/4: 2/E″ = 1."""
    k, s = n.of(0.25, 0.5, 1.0, 2.0), n.of(1.0, 2.0, 0.5, 1.5)
    bend = 8 * k * s * s
    lab = RoughGround(
        FromFormula(f"{k:g}*(w^2 - {s * s:g})^2"), (1.2 * s,), 1 / bend, compare=(), second=Nothing(),
    )  # fmt: skip
    home = lab.study().home
    assert home is not None
    limit = home.limit
    return Task(
        given=(f"E(w) = {num(k)}·(w² − {num(s * s)})²", "Descent: w ← w − η·E′(w)."),
        asks=f"From which η on is the minimum at w = {num(s)} no longer stable?",
        answer=limit,
        lab=lab,
        hint="Near the minimum E is a parabola of curvature E″ there.",
        solution=(
            f"E″(w) = {total((12 * k, 'w²'), (-4 * k * s * s, ''))}, at w = {num(s)}: {num(bend)}",
            f"2/E″ = 2/{num(bend)} = {num(limit)}",
        ),
        slips=(
            Slip(limit / 2, Fault.HALF, "Half the answer: that is ηₒₚₜ = 1/E″; the limit is 2ηₒₚₜ."),
            Slip(
                2 * limit, Fault.TWICE,
                "Twice the answer: that takes the size of E″ at the maximum between the minima.",
            ),
        ),
    )  # fmt: skip


def catapult(n: Numbers) -> Task:
    """How E grows in the first step of a catapult: (1 − ηx²)², 2.89 at first."""
    x, y, eta = n.of(3.0, 2.0, 4.0, 2.5), n.of(0.01, 0.02, 0.001), n.of(2.7, 2.5, 3.0, 3.6)
    eta = round(eta / x**2, 3)
    lab = RoughGround(
        FromFormula("(x*y)^2/2"), (x, y), eta, compare=(), steps=120, second=Nothing()
    )
    loss = lab.study().run.path.loss
    growth = float(loss[1] / loss[0])
    factor = 1 - eta * x * x
    return Task(
        given=(
            "E(x, y) = ½(xy)²",
            f"start ({num(x)}, {num(y)}), η = {num(eta)}",
            DESCENT,
        ),
        asks="By which factor does E grow in the first step: E(w₁)/E(w₀) = ?",
        answer=growth,
        lab=lab,
        hint="∂E/∂y = x²y, so y is multiplied by 1 − ηx²; x hardly moves, as y is small.",
        solution=(
            f"y is multiplied by 1 − {num(eta)}·{num(x)}² = {num(factor)}, "
            f"x by 1 − {num(eta)}·{num(y)}² ≈ 1",
            f"E goes with the square of xy: ({num(factor)})² ≈ {num(growth)}",
            f"η is beyond 2/λₘₐₓ = 2/{num(x)}² = {num(2 / x**2)}, so E grows; but x shrinks, and E comes "
            f"down again on flatter ground: so it is up to about 4/λₘₐₓ = {num(4 / x**2)}.",
        ),
        slips=(
            Slip(-factor, Fault.OTHER, "That is the factor of |y|: E goes with its square."),
            Slip(factor, Fault.OTHER, "That is the factor of y: E goes with its square."),
            Slip(
                (1 - eta * x * x / 2) ** 2, Fault.HALF,
                "The slope of ½(xy)² is x²y: the ½ goes with the 2 of the square.",
            ),
            Slip(
                (1 - 2 * eta * x * x) ** 2, Fault.NO_HALF,
                "That is the step for (xy)²: the ½ is missing.",
            ),
        ),
    )  # fmt: skip


EXERCISES = (
    Exercise("The size of a Hessian", TOPIC, 13, hessian),
    Exercise("Newton at a saddle", TOPIC, 14, newton_saddle),
    Exercise("Leaving a saddle", TOPIC, 14, leaves_saddle),
    Exercise("Two minima", TOPIC, 15, two_wells),
    Exercise("The catapult", TOPIC, 15, catapult),
)
