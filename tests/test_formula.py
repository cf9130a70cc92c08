"""Typed formulas: what they mean, that they are exact, and that nothing typed does any harm."""

import ast
import contextlib
import math
import pickle
import random
import re
import sys

import mpmath as mp
import numpy as np
import pytest

from convcore.formula import formula as module
from convcore.formula.elementary import FUNCTIONS
from convcore.formula.formula import MAX_LENGTH, OPERATIONS, Formula, FormulaError
from convcore.formula.taylor import variables

pytestmark = pytest.mark.filterwarnings("error")


# --- what is understood ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "w", "expected"),
    [
        ("log(cosh(w))", [0.0], 0),
        ("(1 − w1)^2 + 100*(w2 − w1^2)^2", [2, 3], 101),
        ("(1-x)**2 + 100*(y-x**2)**2", [2, 3], 101),
        ("-w^2", [3], -9),
        ("2^-w", [1], 0.5),
        ("2^w^2", [2], 16),
        ("-2^2 + w", [0], -4),
        ("8/4/w", [2], 1),
        ("1 − 2 − w", [3], -4),
        ("2w", [3], 6),
        ("2(w+1)(w-1)", [3], 16),
        ("½w²", [4], 8),
        ("3sin(w)cos(w)", [0.5], 1.5 * math.sin(1)),
        ("x y", [3, 4], 12),
        ("x(y+1)", [3, 4], 15),
        ("π w", [1], math.pi),
        ("e^w", [1], math.e),
        ("2e + w", [0], 2 * math.e),
        ("2e1 + w", [0], 20),
        (".5w + 1.", [2], 2),
        ("w⁻²", [2], 0.25),
        ("w¹⁰", [2], 1024),
        ("w₁² · w₂", [2, 3], 12),
        ("w_1 × w_2 ÷ 2", [2, 3], 3),
        ("|w|", [-3], 3),
        ("2|w-1||w+1|", [2], 6),
        ("||w| − 1|^2", [-4], 9),
        ("√(w)", [9], 3),
        ("ln(w) + logistic(0) + asin(0)", [math.e], 1.5),
        ("min(w, 2, 1) + max(0, w)", [5], 6),
        ("relu(w) + cbrt(-8)", [5], 3),
        (" w\t+\n1\u00a0", [1], 2),
        ("w^0", [0], 1),
        ("(-w)^3", [2], -8),
        ("log2(8) + log₁₀(100) + w", [0], 5),
        ("--+w", [2], 2),
        ("7", [2], 7),
    ],
)
def test_a_formula_means_what_is_written(text, w, expected):
    assert Formula(text).value(w) == pytest.approx(expected, rel=1e-15, abs=1e-15)


def test_a_formula_has_as_many_weights_as_the_highest_used_unless_told():
    assert (Formula("w^2").n, Formula("w^2").names) == (1, ("w",))
    assert (Formula("w3").n, Formula("w3").names) == (3, ("w1", "w2", "w3"))
    assert (Formula("x").n, Formula("y").n) == (1, 2)
    assert Formula("x", n=2).names == ("x", "y")
    assert Formula("w1", n=6).gradient(np.ones(6)).tolist() == [1, 0, 0, 0, 0, 0]
    assert Formula("2", n=2).hessian([1, 2]).tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize(
    ("text", "n"),
    [("w2", 1), ("w", 2), ("y", 1), ("x", 3), ("w1", 7), ("w", 0), ("3", 0), ("w", "1")],
)
def test_a_number_of_weights_that_does_not_fit_is_refused(text, n):
    with pytest.raises(FormulaError, match=r"n=\.\.\.\)` must be"):
        Formula(text, n=n)


def test_a_formula_is_a_value():
    f = Formula("x^2 + y")
    assert f == Formula("x^2 + y", n=2)
    assert f != Formula("x^2+y")
    assert len({f, Formula("x^2 + y")}) == 1
    assert eval(repr(f)) == f
    assert pickle.loads(pickle.dumps(f)) == f
    with pytest.raises(AttributeError):
        f.text = "x"


def test_a_formula_takes_numbers_arrays_and_taylor_variables():
    f = Formula("w1/w2")
    assert f((1, 2)) == 0.5
    assert f((1.0, 0.0)) == math.inf
    assert f((np.array([1.0, 2.0]), 2)).tolist() == [0.5, 1]
    assert f(variables([1.0, 2.0], 1)).gradient == {0: 0.5, 1: -0.25}
    with pytest.raises(ValueError, match="2 weights; got 1"):
        f((1.0,))


def test_value_gradient_and_hessian_have_the_shapes_of_an_objective():
    f, w = Formula("(1 − w1)^2 + 100*(w2 − w1^2)^2"), np.full((3, 4, 2), [2.0, 3.0])
    assert f.value(w).shape == (3, 4)
    assert f.gradient(w)[1, 2].tolist() == [802, -200]
    assert f.hessian(w)[1, 2].tolist() == [[3602, -800], [-800, 200]]
    assert f.taylor(w, 1).hessian is None
    assert Formula("w^3").polynomial(1.0, order=3).coefficients.tolist() == [1, 3, 3, 1]


@pytest.mark.parametrize(
    ("text", "w", "value", "slope", "curvature"),
    [
        ("log(cosh(w))", 1000, 1000 - math.log(2), 1, 0),
        ("ln(cosh(w))", -20, 20 - math.log(2), -1, 4 * math.exp(-40)),
        ("log(1 + e^w)", 1000, 1000, 1, 0),
        ("log(exp(-w) + 1)", 50, math.exp(-50), -math.exp(-50), math.exp(-50)),
        ("log(exp(w) + exp(-w))", 1000, 1000, 1, 0),
        ("1/(1 + exp(-w))", -1000, 0, 0, 0),
        ("log(1/(1+exp(-w)))", -1000, -1000, 1, 0),
        ("|w|^2", 0, 0, 0, 2),
    ],
)
def test_what_would_overflow_or_cancel_as_written_is_computed_another_way(
    text, w, value, slope, curvature
):
    E = Formula(text).taylor([w])
    np.testing.assert_allclose(E.value, value, rtol=1e-14)
    np.testing.assert_allclose(E.gradient, [slope], rtol=1e-14)
    np.testing.assert_allclose(E.hessian, [[curvature]], rtol=1e-12)


def test_equal_parts_are_computed_once():
    assert len(Formula("sin(w^2)*sin(w^2) + w^2")._program.steps) == 4


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("log(cosh(w))", r"\log\left(\cosh\left(w\right)\right)"),
        ("½w²", r"0.5\,w^{2}"),
        ("-w^2", r"-w^{2}"),
        ("(-w)^2", r"\left(-w\right)^{2}"),
        ("e^(-2w)", r"\mathrm{e}^{-2\,w}"),
        ("1 − (w − 2)", r"1 - \left(w - 2\right)"),
        ("1 + (w − 2)", r"1 + w - 2"),
        ("w − -3", r"w - \left(-3\right)"),
        ("(w+1)/2*3", r"\frac{w + 1}{2} \cdot 3"),
        ("(w/2)^2", r"\left(\frac{w}{2}\right)^{2}"),
        ("(w^2)^3", r"\left(w^{2}\right)^{3}"),
        ("w^2^3", r"w^{2^{3}}"),
        ("exp(w)^2", r"\left(\mathrm{e}^{w}\right)^{2}"),
        ("√(|x|+π)", r"\sqrt{\left|x\right| + \pi}"),
        ("1e-5w", r"10^{-5}\,w"),
        ("2.5e20w", r"2.5 \cdot 10^{20}\,w"),
        ("max(w1, 0) + softplus(w2)", None),
    ],
)
def test_the_formula_as_understood_is_typeset(text, latex):
    if latex is None:
        latex = r"\max\left(w_{1}, 0\right) + \operatorname{softplus}\left(w_{2}\right)"
    assert Formula(text).latex() == latex


# --- what is wrong, and where ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "position", "advice"),
    [
        ("", 0, "type a formula"),
        ("   ", 3, "type a formula"),
        ("w +", 3, "missing at the end"),
        ("w + * 2", 4, "missing before “*”"),
        ("w^^2", 2, "missing before “^”"),
        ("2 * (w + 1", 4, "never closed"),
        ("2 * |w + 1", 4, "never closed"),
        ("(|w)|", 3, "close the “|” of character 2"),
        ("w)", 1, "closes nothing"),
        ("()", 1, "missing before “)”"),
        ("sen(w)", 0, "did you mean sin?"),
        ("1 + Cosh(w)", 4, "did you mean cosh?"),
        ("foo(w)", 0, "not known; the weights are"),
        ("2xyz", 1, "not known; the weights are"),
        ("w1 + w", 5, "w and w1 do not go together"),
        ("x + w", 4, "do not go together"),
        ("w1 + w7", 5, "w1 to w6"),
        ("w0 + w6", 5, "w0 to w5"),
        ("min w", 4, "min(…)"),
        ("sin⁻¹(w)", 3, "arcsin"),
        ("w + cosh", 8, "cosh(…)"),
        ("1/2w", 3, "two ways"),
        ("1/(2)(w)", 5, "two ways"),
        ("e^2w", 3, "two ways"),
        ("w 2", 2, "operator such as “*”"),
        ("1.2.3", 3, "operator such as “*”"),
        ("1,500*w", 0, "write 1.500 or 1500"),
        ("(w,w)", 2, "comma"),
        ("max(w)", 0, "two arguments"),
        ("max(,w)", 4, "before the comma"),
        ("1 + abs(w, 2)", 4, "takes one argument; it got 2"),
        ("E == w^2", 0, "not known"),
        ("w + 2 = w^2", 6, "right of the “=”"),
        ("w[a]", 1, "round brackets"),
        ("w + 😀", 4, "U+1F600"),
        ("w\u202e", 1, "invisible character (U+202E)"),
        ("w\x00", 1, "invisible character (U+0000)"),
        ("w + \ud800", 4, "U+D800"),
        ("1e101*w", 0, "too large"),
        ("1e-101*w", 0, "too small"),
        ("1" * 450, 0, "too large"),
        ("0." + "0" * 60 + "1", 0, "too long"),
        ("w + 9**9**9**9", 7, "too large"),
        ("w + (-8)^(1/3)", 4, "not real"),
        ("w/(2-2)", 0, "divides by zero"),
        ("w + exp(1000)", 4, "too large"),
        ("(" * 31 + "w" + ")" * 31, 30, "30 deep"),
        ("-" * 101 + "w", 100, "hang on each other"),
        ("w+" * 300 + "w", MAX_LENGTH, "500 characters"),
        ("²", 0, "something before it"),
        (3, 0, "got int"),
        (None, 0, "got NoneType"),
    ],
)
def test_an_error_points_at_the_place_and_says_what_would_be_right(text, position, advice):
    with pytest.raises(FormulaError) as error:
        Formula(text)
    assert error.value.position == position
    assert advice in str(error.value)
    assert "\n" not in str(error.value)
    again = pickle.loads(pickle.dumps(error.value))
    assert (again.position, str(again)) == (position, str(error.value))


# --- exactness: random formulas against mpmath -------------------------------------------------

UNARY = {
    "exp": mp.exp,
    "sin": mp.sin,
    "cos": mp.cos,
    "arctan": mp.atan,
    "tanh": mp.tanh,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "arcsinh": mp.asinh,
    "erf": mp.erf,
    "log": mp.log,
    "sqrt": mp.sqrt,
    "arcsin": mp.asin,
    "tan": mp.tan,
    "abs": abs,
    "relu": lambda u: u if u > 0 else u * 0,
    "sigmoid": lambda u: 1 / (1 + mp.exp(-u)),
    "softplus": lambda u: mp.log1p(mp.exp(u)),
    "logcosh": lambda u: mp.log(mp.cosh(u)),
    "expm1": mp.expm1,
    "arctanh": mp.atanh,
}
BINARY = ("+", "-", "*", "/", "^", "max", "min")


class OutsideOfDomainError(Exception):
    """The point is outside of the formula's domain, at a kink, or enormous."""


def random_tree(rng, n, depth):
    if depth == 0 or rng.random() < 0.1:
        return rng.choice([f"w{rng.randint(1, n)}", f"w{rng.randint(1, n)}", rng.randint(1, 9) / 4])
    if rng.random() < 0.35:
        return (rng.choice(list(UNARY)), random_tree(rng, n, depth - 1))
    if rng.random() < 0.2:
        exponent = rng.choice([2, 3, 4, -1, -2, 0.5, 1.5, 2.5])
        return ("^", random_tree(rng, n, depth - 1), exponent)
    left, right = random_tree(rng, n, depth - 1), random_tree(rng, n, depth - 1)
    return (rng.choice(BINARY), left, right)


def written(tree, rng):
    """The tree as somebody might type it."""
    if isinstance(tree, str):
        return rng.choice([tree, f"({tree})"])
    if not isinstance(tree, tuple):
        return str(tree) if tree >= 0 else f"({tree})"
    name, *parts = tree
    texts = [written(part, rng) for part in parts]
    if name == "abs" and rng.random() < 0.5:
        return f"|{texts[0]}|"
    if len(parts) == 1 or name in ("max", "min"):
        return f"{name}({', '.join(texts)})"
    sign = rng.choice(
        {"^": ["^", "**"], "-": ["-", " − "], "*": ["*", "·", " × "]}.get(name, [name])
    )
    return f"(({texts[0]}){sign}({texts[1]}))"


def exact(tree, w):
    """The tree's value in mpmath: no derivative rule is used anywhere."""
    if isinstance(tree, str):
        return w[int(tree[1:]) - 1]
    if not isinstance(tree, tuple):
        return mp.mpf(tree)
    name, *parts = tree
    a, *b = [exact(part, w) for part in parts]
    if not b:
        return UNARY[name](a)
    (b,) = b
    if name == "^":
        return a ** (int(b) if b == int(b) else b)
    if name in ("max", "min"):
        return (max if name == "max" else min)(a, b)
    return {"+": a + b, "-": a - b, "*": a * b}[name] if name != "/" else a / b


class Terms:
    """A value, and the magnitudes of all terms of the value, gradient and Hessian, summed.

    Every difference is taken as a sum, and an error in the argument of a function counts.
    """

    def __init__(self, value, v, g, H):
        if not (isinstance(value, mp.mpf) and abs(value) < 1e30 and v < 1e30):
            raise OutsideOfDomainError
        self.value, self.v, self.g, self.H = value, v, g, H

    def __add__(self, other):
        return Terms(self.value + other.value, self.v + other.v, self.g + other.g, self.H + other.H)

    def __mul__(self, other):
        cross = np.outer(self.g, other.g)
        H = self.v * other.H + other.v * self.H + cross + cross.T
        g = self.v * other.g + other.v * self.g
        return Terms(self.value * other.value, self.v * other.v, g, H)

    def through(self, f):
        try:
            c = [f(self.value), *mp.taylor(f, self.value, 3)[1:]]
        except (ValueError, ZeroDivisionError):
            raise OutsideOfDomainError from None
        if not all(isinstance(x, mp.mpf) and abs(x) < 1e60 for x in c):
            raise OutsideOfDomainError
        f0, f1, f2, f3 = (float(abs(x) * math.factorial(k)) for k, x in enumerate(c))
        p, q = f1 + f2 * self.v, f2 + f3 * self.v
        return Terms(c[0], f0 + f1 * self.v, p * self.g, p * self.H + q * np.outer(self.g, self.g))


def terms(tree, w):
    n = len(w)
    if isinstance(tree, str):
        i = int(tree[1:]) - 1
        return Terms(w[i], float(abs(w[i])), np.eye(n)[i], np.zeros((n, n)))
    if not isinstance(tree, tuple):
        return Terms(mp.mpf(tree), abs(tree), np.zeros(n), np.zeros((n, n)))
    name, *parts = tree
    a, *b = [terms(part, w) for part in parts]
    if name in ("abs", "relu") and abs(a.value) < 1e-3:
        raise OutsideOfDomainError  # a kink
    if not b:
        return a.through(UNARY[name])
    (b,) = b
    if name in ("+", "-"):
        b.value *= 1 if name == "+" else -1
        return a + b
    if name == "*":
        return a * b
    if name == "/":
        return a * b.through(lambda u: 1 / u)
    if name == "^" and not isinstance(parts[1], str | tuple):
        return a.through(lambda u: exact(("^", "w1", parts[1]), [u]))
    if name == "^":
        return (a.through(mp.log) * b).through(mp.exp)
    if abs(a.value - b.value) < 1e-3:
        raise OutsideOfDomainError  # a kink
    total = a + b
    total.value = exact((name, "w1", "w2"), [a.value, b.value])
    return total


def unit(i, j, n):
    return tuple(int(i == k) + int(j == k) for k in range(n))


def check_random_formula(rng):
    """Tries one random formula of 1 to 3 weights; returns the error relative to its terms."""
    while True:
        n = rng.randint(1, 3)
        tree = ("+", random_tree(rng, n, rng.randint(1, 4)), f"w{n}")
        w = [mp.mpf(rng.uniform(-2, 2)) for _ in range(n)]
        text = written(tree, rng)
        if len(text) > MAX_LENGTH:
            continue
        try:
            size = terms(tree, w)
            E = Formula(text, n).taylor([float(x) for x in w])
        except (OutsideOfDomainError, OverflowError):
            continue
        except FormulaError as error:  # such as 1/(w − w) or a constant that is not real
            if re.search("divides by zero|not real|deep", str(error)):
                continue
            raise
        break
    f = lambda *w: exact(tree, w)  # noqa: E731
    f = f if n > 1 else (lambda w: exact(tree, (w,)))
    at = tuple(w) if n > 1 else w[0]

    def derivative(k):
        return float(mp.diff(f, at, k if n > 1 else k[0]))

    gradient = [derivative(unit(i, n, n)) for i in range(n)]
    hessian = [[derivative(unit(*sorted((i, j)), n)) for j in range(n)] for i in range(n)]
    errors = [
        abs(E.value - float(f(*w))) / size.v,
        np.max(np.abs(E.gradient - gradient) / (size.g + 1e-30)),
        np.max(np.abs(E.hessian - hessian) / (size.H + 1e-30)),
    ]
    assert max(errors) <= 1e-10, f"{text} at {w}: {errors}"
    return max(errors)


@pytest.mark.parametrize("seed", range(20))
def test_random_formulas_agree_with_mpmath_to_1e_10_of_their_terms(seed):
    rng = random.Random(seed)
    with mp.workdps(40):
        for _ in range(20):
            check_random_formula(rng)


def test_a_batch_of_a_random_formula_is_the_same_as_its_points():
    rng = random.Random(5)
    for _ in range(50):
        text = written(("+", random_tree(rng, 2, 3), "w2"), rng)
        try:
            f = Formula(text)
        except FormulaError:
            continue
        w = np.random.default_rng(0).normal(size=(6, 2))
        E = f.taylor(w)
        for k, point in enumerate(w):
            one = f.taylor(point)
            for a, b in zip(E, one, strict=True):
                # NumPy's vector and scalar routines may differ in the last digits.
                np.testing.assert_allclose(a[k], b, rtol=1e-9, atol=1e-9, err_msg=text)


# --- harmlessness ------------------------------------------------------------------------------

HOSTILE = [
    "__import__('os').system('touch /tmp/pwned')",
    "().__class__.__base__.__subclasses__()",
    "exec('import os')",
    "eval('1')",
    "open('/etc/passwd').read()",
    "lambda: 1",
    "(lambda w: w)(w)",
    "[x for x in (1,2)]",
    "{x for x in w}",
    "{1: 2}",
    "(w := 2)",
    "f'{w}'",
    "f'{__import__(\"os\")}'",
    "'w' * 9**9",
    "b'w'",
    '"""w"""',
    "w if w else 1",
    "w and w",
    "not w",
    "w < 1",
    "w is w",
    "w in w",
    "w; w",
    "w\nimport os",
    "import os",
    "w.real",
    "w.__class__",
    "w[0]",
    "w[::]",
    "sin(u=w)",
    "sin(*w)",
    "sin(**w)",
    "max(*(w,w))",
    "sin(sin)",
    "sin",
    "sin()",
    "max()",
    "max(w,)",
    "yield w",
    "await w",
    "async",
    "...",
    "None",
    "True",
    "1j",
    "0x10",
    "0b1",
    "1_000",
    "1__0",
    "007",
    "1e",
    "1e+",
    "1e999",
    "9**9**9**9",
    "9^9^9^w",
    "w^9^9^9",
    "((((9**9)**9)**9)**9)**9",
    "1/0",
    "0^-1",
    "0/0",
    "w//2",
    "w%2",
    "w@w",
    "w<<9999",
    "1<<9999999999",
    "~w",
    "!w",
    "w!",
    "w&w",
    "$w$",
    "`w`",
    "\\",
    "\\frac{1}{2}",
    "$\\href{javascript:alert(1)}{w}$",
    "<script>alert(1)</script>",
    "![](http://example.com)",
    "${jndi:ldap://x}",
    "%s%n",
    "{}",
    "w\x00",
    "\x00",
    "\ufeffw",
    "w\u200b",
    "w\u202e1",
    "\u2066w\u2069",
    "ｗ",
    "１＋ｗ",
    "ⅷ",
    "٣",
    "𝐰",
    "w\u0301",
    "ﬁ",
    "\ud800",
    "😀" * 100,
    "#w",
    "w # comment",
    "w \\\n + 1",
    "(" * 1000 + ")" * 1000,
    "(" * 250 + "w" + ")" * 250,
    "(" * 500,
    ")" * 500,
    "|" * 500,
    "|" * 499 + "w",
    "-" * 499 + "w",
    "+-" * 249 + "w",
    "sin(" * 124 + "w",
    "sin(" * 28 + "w" + ")" * 28,
    "[" * 500,
    "{" * 500,
    "w^" * 249 + "w",
    "w**" * 166 + "w",
    "w+" * 249 + "w",
    "w/" * 249 + "w",
    "w²" * 250,
    "w " * 250,
    "²" * 500,
    "1" * 5000,
    "1" * 500,
    "0." + "1" * 490,
    "1e" + "9" * 490,
    "w" * 500,
    "xy" * 250,
    "pi" * 250,
    "max(" + ",".join(["w"] * 240) + ")",
    "," * 500,
    "exp(" * 20 + "w" + ")" * 20,
    "e^" * 100 + "w",
    "_" * 500,
    "a" * 500,
    "." * 500,
    "\n" * 500,
    "\t\r\x0b\x0c\x1c\x85w",
]
HOSTILE += [f"{a} + {b}" for a in HOSTILE[:20] for b in HOSTILE[60:80]]
PIECES = [
    *"wxye()()||,.^*/+-−·×²³⁻½π√_ 0123456789\x00\n😀\u202e'\"[]{}=#\\$é",
    *(
        "w",
        "w",
        "w1",
        "w2",
        "**",
        "sin(",
        "log(",
        "exp(",
        "max(",
        "cosh(",
        ")",
        ")",
        "+",
        "*",
        "w^",
    ),
    *(":=", "lambda ", "if ", "__", "import", "1e5", "9**9"),
]


def check_anything_typed(text):
    """Either a formula that can be used, or one line that says why not."""
    try:
        f = Formula(text)
    except FormulaError as error:
        assert 0 <= error.position <= len(text)
        assert len(str(error).splitlines()) == 1
        assert len(str(error)) < 250
        assert str(error).isprintable()
        return
    assert set(f.latex()) <= set(map(chr, range(32, 127)))
    E = f.taylor(np.linspace(-1, 2, 3 * f.n).reshape(3, f.n))
    assert E.hessian.shape == (3, f.n, f.n)
    if f.n == 1:
        f.polynomial(0.5, order=3)


def test_500_hostile_formulas_raise_nothing_but_the_formula_s_own_error():
    assert len(HOSTILE) >= 500
    for text in HOSTILE:
        check_anything_typed(text)


@pytest.mark.parametrize("seed", range(5))
def test_random_strings_raise_nothing_but_the_formula_s_own_error(seed):
    rng = random.Random(seed)
    for _ in range(1000):
        check_anything_typed("".join(rng.choices(PIECES, k=rng.randint(1, 25))))


@pytest.mark.parametrize("seed", range(5))
def test_5000_random_formulas_are_understood_or_refused_in_one_line(seed):
    rng = random.Random(seed)
    for _ in range(1000):
        n = rng.randint(1, 3)
        check_anything_typed(written(random_tree(rng, n, rng.randint(1, 6)), rng))


def calls_to_read(text):
    """How many functions, of Python or in C, are entered to read a text."""
    entered = 0

    def count(frame, event, argument):
        nonlocal entered
        entered += event in ("call", "c_call")

    module._read.cache_clear()
    sys.setprofile(count)
    try:
        with contextlib.suppress(FormulaError):
            module._read(text)
    finally:
        sys.setprofile(None)
    return entered


def test_reading_any_text_is_so_little_work_that_it_stays_far_below_50_ms():
    # A call takes about 0.1 µs, on a slow machine 0.5: 50 ms are 100,000 at the least.
    assert max(map(calls_to_read, HOSTILE)) < 50_000
    rng = random.Random(3)
    for _ in range(300):
        text = "".join(rng.choices(PIECES, k=300))[:MAX_LENGTH]
        assert calls_to_read(text) < 50_000


def test_nothing_typed_is_run_or_imported_or_opened(monkeypatch):
    events, called, watching = [], [], True
    sys.addaudithook(lambda event, arguments: watching and events.append((event, arguments)))
    module._read.cache_clear()
    with monkeypatch.context() as patch:
        for name in ("eval", "exec", "open", "input", "breakpoint", "__import__"):
            patch.setattr(f"builtins.{name}", lambda *_, name=name, **__: called.append(name))
        for text in [*HOSTILE, "log(cosh(w))", "w^2 + |w|"]:
            with contextlib.suppress(FormulaError):
                Formula(text)([0.5] * Formula(text).n)
        watching = False
    assert not called
    # `ast.parse` announces itself as the compilation of what it parses; nothing else may happen.
    assert {event for event, _ in events} == {"compile"}
    assert {arguments[1] for _, arguments in events} == {"<formula>"}


def test_only_plain_arithmetic_ever_reaches_python_s_parser(monkeypatch):
    seen, parse = [], ast.parse
    module._read.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(ast, "parse", lambda text, **how: seen.append(text) or parse(text, **how))
        for text in HOSTILE:
            with contextlib.suppress(FormulaError):
                Formula(text)
    assert seen
    word = "|".join(["w[1-6]?", "x", "y", "pi", "e", *map(re.escape, OPERATIONS)])
    token = re.compile(rf"(?:{word}|[\d.]+(?:e[+-]\d+)?|\*\*|[-+*/(),]|\s)*")
    assert all(token.fullmatch(text) for text in seen)


def test_every_function_of_the_table_can_be_typed():
    for name in FUNCTIONS:
        with np.errstate(invalid="ignore"):
            expected = FUNCTIONS[name](0.5)
        np.testing.assert_array_equal(Formula(f"{name}(w)").value([0.5]), expected)
