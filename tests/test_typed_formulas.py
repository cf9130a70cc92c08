"""Formulas as exercises type them: each is what was meant, or one line says what would be right."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcore.formula import Formula, FormulaError
from tests.draw import often

pytestmark = pytest.mark.filterwarnings("error")

# What is typed, and the same in plain NumPy.
MEANT = {
    "x1^2 + 3x2": lambda a, b: a**2 + 3 * b,
    "x_1^2 + 10x_2^2": lambda a, b: a**2 + 10 * b**2,
    "x₁² + x₂²": lambda a, b: a**2 + b**2,
    r"x_{1}^2 + x_{2}^{2}": lambda a, b: a**2 + b**2,
    "x1x2": lambda a, b: a * b,
    "θ0 + 2θ1": lambda a, b: a + 2 * b,
    "θ₀² + θ_1²": lambda a, b: a**2 + b**2,
    "theta^2": lambda a: a**2,
    r"E(\theta) = (\theta - 3)^2": lambda a: (a - 3) ** 2,
    "w[0]^2 + 3w[1]^2": lambda a, b: a**2 + 3 * b**2,
    "w[1]^2 + 3w[2]^2": lambda a, b: a**2 + 3 * b**2,
    "w_0^2 + w_1": lambda a, b: a**2 + b,
    "3xy": lambda a, b: 3 * a * b,
    "x^2+y^2+xy": lambda a, b: a**2 + b**2 + a * b,
    "2(x+1)": lambda a: 2 * (a + 1),
    "(x+1)(x-2)": lambda a: (a + 1) * (a - 2),
    "x²": lambda a: a**2,
    "sin x": np.sin,
    "sin 2x": lambda a: np.sin(2 * a),
    "sin 2xy": lambda a, b: np.sin(2 * a * b),
    "sin x cos x": lambda a: np.sin(a) * np.cos(a),
    "x cos 0.15πx": lambda a: a * np.cos(0.15 * np.pi * a),
    "sin²x": lambda a: np.sin(a) ** 2,
    "sin^2 2x + 1": lambda a: np.sin(2 * a) ** 2 + 1,
    "sin^2(x) + cos²(x)": lambda a: np.sin(a) ** 2 + np.cos(a) ** 2,
    "-sin x": lambda a: -np.sin(a),
    "2^sin x": lambda a: 2 ** np.sin(a),
    "ln x": np.log,
    "2 ln x − x": lambda a: 2 * np.log(a) - a,
    "ln|x| + 1": lambda a: np.log(abs(a)) + 1,
    "|sin x|": lambda a: abs(np.sin(a)),
    "sin x^2": lambda a: np.sin(a**2),
    "ln cosh x": lambda a: np.log(np.cosh(a)),
    "xsin(x)": lambda a: a * np.sin(a),
    "x log x": lambda a: a * np.log(a),
    "√x": np.sqrt,
    "exp -x^2": lambda a: np.exp(-(a**2)),
    "e^x": np.exp,
    "x e^-x": lambda a: a * np.exp(-a),
    "e^{-x^2}": lambda a: np.exp(-(a**2)),
    "f(x) = x^2 − 4x + 4": lambda a: a**2 - 4 * a + 4,
    "f(x, y) = x^2 + 2y": lambda a, b: a**2 + 2 * b,
    "f(t) = t^3 − t": lambda a: a**3 - a,
    "f(a, b) = a^2 + 3ab": lambda a, b: a**2 + 3 * a * b,
    "E = ½w²": lambda a: a**2 / 2,
    "y = x^2 − 2x": lambda a: a**2 - 2 * a,
    "L(θ) := (θ−3)²": lambda a: (a - 3) ** 2,
    r"\frac{1}{2}x^2": lambda a: a**2 / 2,
    r"\frac12 x^{2}": lambda a: a**2 / 2,
    r"$\frac{x^4}{4} - x^2 + 2x$": lambda a: a**4 / 4 - a**2 + 2 * a,
    r"\dfrac{1}{1+e^{-x}}": lambda a: 1 / (1 + np.exp(-a)),
    r"\left(x - 1\right)^2 \cdot 2": lambda a: (a - 1) ** 2 * 2,
    r"\sqrt{x^2 + 1}": lambda a: np.sqrt(a**2 + 1),
    r"\sqrt[3]{x}": np.cbrt,
    r"\ln\left(1+e^{-x}\right)": lambda a: np.log(1 + np.exp(-a)),
    r"\sin^2 x": lambda a: np.sin(a) ** 2,
    r"\cos{2\pi x}": lambda a: np.cos(2 * np.pi * a),
    r"\lvert x \rvert^{3}": lambda a: abs(a) ** 3,
    r"\mathrm{e}^{x}": np.exp,
    "0,5x² + 0,25": lambda a: 0.5 * a**2 + 0.25,
    "max(0.5, x)": lambda a: np.maximum(0.5, a),
}


@pytest.mark.parametrize("text", MEANT)
def test_what_is_typed_is_what_is_meant(text: str) -> None:
    formula, meant = Formula(text), MEANT[text]
    rng = np.random.default_rng(len(text))
    for w in rng.uniform(0.1, 2.5, (5, formula.n)):
        assert float(formula.value(w)) == pytest.approx(float(meant(*w)), rel=1e-12, abs=1e-14)
    shown = Formula(text).latex()
    assert "None" not in shown and shown.count("{") == shown.count("}")


def test_the_formula_is_shown_with_the_names_that_were_typed() -> None:
    assert Formula("x1 + x_2").latex() == "x_{1} + x_{2}"
    assert Formula("w[0] + w[1]").latex() == "w_{0} + w_{1}"
    assert Formula("f(a, b) = a + b").latex() == "a + b"
    assert Formula("θ²").latex() == r"\theta^{2}"


@pytest.mark.parametrize(
    ("text", "at", "line"),
    [
        ("sin x y", 7, "what sin is of can be read in two ways; write brackets: sin(…)."),
        ("sin x/2", 6, "what sin is of can be read in two ways; write brackets: sin(…)."),
        ("sin x(x+1)", 6, "what sin is of can be read in two ways; write brackets: sin(…)."),
        ("√2x", 3, "what sqrt is of can be read in two ways; write brackets: sqrt(…)."),
        ("sin^-1(x)", 5, "for a power write sin(…)^2, and for the inverse function arcsin."),
        ("sin^2", 6, "write brackets after sin: sin(…)."),
        ("w0 + w6", 6, "there is no “w6”; the weights are w0 to w5."),
        ("x_9", 1, "there is no “x_9”; the weights are x1 to x6."),
        ("x + x2", 5, "x2 and x do not go together; "),
        ("x1 + w1", 6, "w1 and x1 do not go together; "),
        ("x[0] + y", 8, "y and x0 do not go together; "),
        ("xy2", 1, "“xy2” is not known; for a power write xy^2."),
        ("1,000x", 1, "“1,000” may be a fraction or a thousand; write 1.000 or 1000."),
        (r"\foo x", 1, r"“\foo” is not known here; write the formula in plain text."),
        (r"\frac{1}2", 8, r"\frac has one part; write {…} after it, as in \frac{1}{2}."),
        (r"\sqrt[5]{x}", 1, "write the root as a power, (…)^(1/5)."),
        ("{x", 2, "a “{” is never closed."),
        (r"\left(x", 6, "the bracket that opens here is never closed."),
        ("a + b", 1, "“a” is not known; the weights are w, "),
    ],
)  # fmt: skip
def test_what_is_not_clear_is_told_where_it_stands_with_what_would_be_right(
    text: str, at: int, line: str
) -> None:
    with pytest.raises(FormulaError) as told:
        Formula(text)
    assert str(told.value).startswith(f"At character {at}: {line}")


@often(100, 2000)
@given(st.text(st.sampled_from("xyw12θ0_[]{}()\\ fracsqinelothd|^²₁,.+-*/=$½π"), max_size=40))
def test_any_text_is_a_formula_or_one_line_about_a_character_in_it(text: str) -> None:
    try:
        formula = Formula(text)
    except FormulaError as error:
        assert "\n" not in str(error) and 0 <= error.position <= len(text)
    else:
        assert formula.value(np.full(formula.n, 0.5)).shape == ()
