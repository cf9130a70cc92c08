"""Exercises on quadratics of many weights, and on momentum (SCIENCE C and H)."""

from __future__ import annotations

import math

import numpy as np

from convcore.exercises.numbers import Numbers
from convcore.exercises.task import Exercise, Fault, Slip, Task
from convcore.exercises.wording import total
from convcore.labkit.words import num, superscript
from convcore.labs import FromEigenvalues, ManyWeights, Typed

TOPIC = "Many weights"
DESCENT = "Descent: w ← w − η·∇E(w)."


def _diagonal(p: float, q: float) -> FromEigenvalues:
    """E = px² + qy², whose eigenvalues are 2p and 2q."""
    return FromEigenvalues(2 * p, 2 * q, 0.0)


def each_its_own(n: Numbers) -> Task:
    """Three steps on x² + 10y² from (1, 1) at η = 0.04: y is 0.2³."""
    p, q = 1.0, n.of(10.0, 5.0, 8.0, 20.0)
    share, k = n.of(0.8, 0.5, 1.5, 1.6, 0.6), n.of(3, 2, 4)
    start, eta = (n.of(1.0, 2.0, -3.0), n.of(1.0, -2.0, 5.0)), share / (2 * q)
    lab = ManyWeights(_diagonal(p, q), start, eta, ("gd",), steps=k, look=k)
    y = float(lab.study().run.w[k, 1])
    factor = 1 - share
    return Task(
        given=(
            f"E(x, y) = {total((p, 'x²'), (q, 'y²'))}",
            f"start (x, y) = ({num(start[0])}, {num(start[1])}), η = {num(eta)}",
            DESCENT,
        ),
        asks=f"What is y after {k} steps?",
        answer=y,
        lab=lab,
        hint="A is diagonal: y does not see x, and is multiplied by 1 − η·∂²E/∂y² at each step.",
        solution=(
            f"∂²E/∂y² = 2·{num(q)} = {num(2 * q)}",
            f"1 − {num(eta)}·{num(2 * q)} = {num(factor)}",
            f"y = {num(start[1])}·({num(factor)}){superscript(k)} = {num(y)}",
        ),
        slips=(
            Slip(
                start[1] * (1 - share / 2) ** k,
                Fault.HALF,
                f"That takes {num(q)} for the curvature: that of {num(q)}y² is {num(2 * q)}.",
            ),
            Slip(start[0] * (1 - eta * 2 * p) ** k, Fault.OTHER, "That is x."),
            Slip(y / factor, Fault.ONE_OFF, f"That is y after {k - 1} steps."),
        ),
    )


def one_limit(n: Numbers) -> Task:
    """2/λₘₐₓ of [[1, 0.9], [0.9, 1]], where the notes' bound is 2."""
    a, c, d = n.of(
        (1.0, 0.9, 1.0), (2.0, 1.0, 2.0), (3.0, 1.0, 1.0), (4.0, 1.5, 1.0), (5.0, -2.0, 2.0),
        (2.0, -1.5, 2.0), (6.0, 2.0, 3.0), (1.0, 0.5, 2.0),
    )  # fmt: skip
    lab = ManyWeights(Typed(f"{a:g}, {c:g}\n{c:g}, {d:g}"), (), 0.9 / (a + d), ("gd",))
    study = lab.study()
    limit = study.limits["gd"]
    root = math.hypot(a - d, 2 * c)
    return Task(
        given=(
            "E(w) = ½wᵀAw",
            f"A = [[{num(a)}, {num(c)}], [{num(c)}, {num(d)}]]",
            DESCENT,
        ),
        asks="Below which η does descent converge from every start?",
        answer=limit,
        lab=lab,
        hint="Along an eigenvector of A each step multiplies by 1 − ηλ. Which eigenvalue counts?",
        solution=(
            f"λ = ½·({num(a + d)} ± √(({num(a - d)})² + 4·({num(c)})²)) = {num((a + d + root) / 2)} and "
            f"{num((a + d - root) / 2)}",
            f"η < 2/λₘₐₓ = 2/{num((a + d + root) / 2)} = {num(limit)}",
            f"2/a₁₁ = {num(2 / a)} and 2/a₂₂ = {num(2 / d)} hold for a diagonal A only.",
        ),
        slips=(
            Slip(
                2 / max(a, d), Fault.OTHER,
                "That is 2 over the largest diagonal entry, which holds for a diagonal A only: "
                "take the largest eigenvalue.",
            ),
            Slip(limit / 2, Fault.HALF, "Half the answer: that is 1/λₘₐₓ, the limit is 2/λₘₐₓ."),
            Slip(4 / (a + d - root), Fault.OTHER, "That is 2/λₘᵢₙ: the largest eigenvalue counts."),
            Slip(2 / (a + d), Fault.OTHER, "That is 2 over the trace: safe, but not the limit."),
        ),
    )  # fmt: skip


def table(n: Numbers) -> Task:
    """κ of a table of one feature 1 … 5 and an intercept."""
    x = np.array(
        n.of(
            (1.0, 2.0, 3.0, 4.0, 5.0), (0.0, 1.0, 2.0, 3.0), (2.0, 4.0, 6.0), (1.0, 3.0, 5.0),
            (-1.0, 0.0, 4.0), (10.0, 11.0, 12.0), (0.0, 5.0, 10.0), (1.0, 2.0, 6.0),
        )
    )  # fmt: skip
    square, mean = float(np.mean(x * x)), float(np.mean(x))
    lab = ManyWeights(Typed(f"{square!r}, {mean!r}\n{mean!r}, 1"), (), 0.9 / (square + 1), ("gd",))
    low, high = lab.study().objective.spectrum.values.tolist()
    root = math.hypot(square - 1, 2 * mean)
    return Task(
        given=(
            f"A table has one feature, x = {', '.join(map(num, x.tolist()))}.",
            "A line slope·x + intercept is fitted to y, with E = ½·(mean of the squared residuals).",
        ),
        asks="How large is the condition number κ = λₘₐₓ/λₘᵢₙ of this fit?",
        answer=high / low,
        lab=lab,
        hint="A = [[mean of x², mean of x], [mean of x, 1]], whatever y is. Its two eigenvalues follow "
        "from its trace and its determinant.",
        solution=(
            f"A = [[{num(square)}, {num(mean)}], [{num(mean)}, 1]]",
            f"λ = ½·({num(square + 1)} ± √({num(square - 1)}² + 4·{num(mean)}²)) = "
            f"½·({num(square + 1)} ± {num(root)}) = {num(high)} and {num(low)}",
            f"κ = {num(high)}/{num(low)} = {num(high / low)}. Standardised, it is 1.",
        ),
        slips=(
            Slip(
                math.sqrt(high / low),
                Fault.OTHER,
                "That is the condition of the table itself: that of A, its square, counts.",
            ),
            Slip(low / high, Fault.OTHER, "That is 1/κ: the larger is above."),
            Slip(square, Fault.OTHER, "That is the ratio of the diagonal entries: take the eigenvalues."),
        ),
    )  # fmt: skip


def best_fixed(n: Numbers) -> Task:
    """Steps to 0.1 % on diag(100, 1) at the best fixed η: 346."""
    low, high = n.of(1.0, 2.0), n.of(100.0, 4.0, 10.0, 20.0, 50.0)
    tolerance = n.of(1e-3, 1e-2, 1e-4)
    eta = 2 / (low + high)
    lab = ManyWeights(
        FromEigenvalues(high, low, 0.0), (1.0, 1.0), eta, ("gd",), steps=20, tolerance=tolerance
    )
    steps = lab.study().predicted["gd"]
    rate = (high - low) / (high + low)
    exact = math.log(tolerance) / math.log(rate)
    return Task(
        given=(
            f"E(w) = ½wᵀAw with A = diag({num(high)}, {num(low)})",
            f"start (1, 1), η = 2/(λₘᵢₙ + λₘₐₓ) = 2/{num(low + high)}, the best fixed one",
            DESCENT,
        ),
        asks="After how many steps is the error ‖w‖ for the first time at most "
        f"{num(tolerance)} of ‖w₀‖?",
        answer=steps,
        unit="steps",
        whole=True,
        lab=lab,
        hint="At this η both weights shrink by the same factor, (κ − 1)/(κ + 1).",
        solution=(
            f"κ = {num(high / low)}: (κ − 1)/(κ + 1) = {num(rate)}",
            f"k ≥ ln {num(tolerance)} / ln {num(rate)} = {num(exact, 5)}, so k = {steps:,.0f}",
        ),
        slips=(
            Slip(
                math.ceil(math.log(tolerance) / math.log(1 - low / high)),
                Fault.TWICE,
                "About twice as many: that is at η = 1/λₘₐₓ, whose factor is 1 − 1/κ.",
            ),
            Slip(
                math.ceil(exact / 2),
                Fault.HALF,
                "Half as many: that is when E has come down to this share, by the square.",
            ),
        ),
    )


def damped(n: Numbers) -> Task:
    """What damped Newton leaves: |1 − η|ᵏ, whatever A is."""
    eta, k, high = n.of(0.5, 0.25, 0.75, 1.4, 1.25, 0.6), n.of(3, 4, 5), n.of(100.0, 10.0, 1000.0)
    lab = ManyWeights(
        FromEigenvalues(1.0, high, 30.0), (3.0, 2.0), 1 / high, ("newton",), eta, steps=k, look=k
    )
    study = lab.study()
    run = study.runs["newton"].w
    left = 100 * float(np.linalg.norm(run[k]) / np.linalg.norm(run[0]))
    return Task(
        given=(
            f"E(w) = ½wᵀAw, the eigenvalues of A are 1 and {num(high)}",
            f"Newton's method with η = {num(eta)}: w ← w − η·A⁻¹∇E(w)",
        ),
        asks=f"What share of the starting error ‖w₀‖ is left after {k} steps, in per cent?",
        answer=left,
        unit="%",
        lab=lab,
        hint="∇E = Aw. What does A⁻¹ make of it?",
        solution=(
            f"A⁻¹∇E = w: each step multiplies w by 1 − η = {num(1 - eta)}, whatever A is.",
            f"|{num(1 - eta)}|{superscript(k)} = {num(left / 100)} = {num(left)} %",
        ),
        slips=(
            Slip(left / abs(1 - eta), Fault.ONE_OFF, f"That is after {k - 1} steps."),
            Slip(100 * eta**k, Fault.OTHER, "η is what goes at each step; 1 − η is what stays."),
        ),
    )


def momentum_limit(n: Numbers) -> Task:
    """The largest η of momentum, 2(1 + β)/λₘₐₓ: beyond that of plain descent."""
    p, q, beta = n.of(0.1, 1.0, 0.5), n.of(2.0, 4.0, 5.0, 10.0), n.of(0.5, 0.25, 0.8, 0.9)
    lab = ManyWeights(
        _diagonal(p, q), (-5.0, -2.0), 1.5 / q, ("gd", "momentum"), beta=beta, steps=60
    )
    limit = lab.study().limits["momentum"]
    return Task(
        given=(
            f"E(x, y) = {total((p, 'x²'), (q, 'y²'))}",
            f"Momentum: Δ ← βΔ − η·∇E(w), w ← w + Δ, with β = {num(beta)}",
        ),
        asks="Below which η does momentum converge from every start?",
        answer=limit,
        lab=lab,
        hint="At the limit the fastest direction jumps to and fro: put wₖ = (−1)ᵏ into "
        "wₖ₊₁ = wₖ + β(wₖ − wₖ₋₁) − ηλwₖ.",
        solution=(
            f"λₘₐₓ = 2·{num(q)} = {num(2 * q)}",
            "−1 = 1 + β(1 + 1) − ηλ gives ηλ = 2(1 + β)",
            f"η < 2·(1 + {num(beta)})/{num(2 * q)} = {num(limit)}; plain descent: 2/{num(2 * q)} = "
            f"{num(1 / q)}",
        ),
        slips=(
            Slip(1 / q, Fault.OTHER, "That is the limit of plain descent; momentum bears more."),
            Slip(
                2 * limit, Fault.TWICE, f"Twice the answer: {num(q)}y² has λ = {num(2 * q)}, not {num(q)}."
            ),
            Slip((1 - beta) / q, Fault.SIGN, "2(1 − β)/λ: momentum's limit is larger, not smaller."),
        ),
    )  # fmt: skip


def tuned_momentum(n: Numbers) -> Task:
    """The best β, ((√κ − 1)/(√κ + 1))²: 0.4026 at κ = 20."""
    p, kappa = n.of(0.1, 1.0, 0.5), n.of(20.0, 4.0, 9.0, 100.0, 25.0, 50.0)
    lab = ManyWeights(_diagonal(p, p * kappa), (-5.0, -2.0), 1 / (p * kappa), ("gd", "tuned"))
    beta = lab.study().settings.beta_of("tuned")
    root = math.sqrt(kappa)
    return Task(
        given=(
            f"E(x, y) = {total((p, 'x²'), (p * kappa, 'y²'))}",
            "Momentum: Δ ← βΔ − η·∇E(w), w ← w + Δ",
        ),
        asks="Which β is the best for this quadratic, together with the best η?",
        answer=beta,
        lab=lab,
        hint="Where plain descent has the rate (κ − 1)/(κ + 1), momentum has √β = (√κ − 1)/(√κ + 1).",
        solution=(
            f"κ = {num(2 * p * kappa)}/{num(2 * p)} = {num(kappa)}, √κ = {num(root)}",
            f"β = (({num(root)} − 1)/({num(root)} + 1))² = {num(beta)}",
        ),
        slips=(
            Slip(math.sqrt(beta), Fault.OTHER, "That is √β, the rate: square it."),
            Slip(
                ((kappa - 1) / (kappa + 1)) ** 2,
                Fault.OTHER,
                "That takes κ for √κ.",
            ),
        ),
    )


QUADRATICS = (
    Exercise("Each weight its own", TOPIC, 7, each_its_own),
    Exercise("One η for all", TOPIC, 8, one_limit),
    Exercise("The condition of a table", TOPIC, 9, table),
    Exercise("Steps at the best η", TOPIC, 9, best_fixed),
    Exercise("Damped Newton", TOPIC, 11, damped),
)
MOMENTUM = (
    Exercise("The limit of momentum", "Momentum", 0, momentum_limit),
    Exercise("The best momentum", "Momentum", 0, tuned_momentum),
)
