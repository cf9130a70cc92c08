"""The gallery: every derivative against sympy at 40 digits, every known minimum a minimum."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from convcore.formula.formula import FormulaError
from convcore.objectives.gallery import GALLERY, Entry, Function

FUNCTIONS = {
    "softplus": lambda u: sympy.log(1 + sympy.exp(u)),
    "sigmoid": lambda u: 1 / (1 + sympy.exp(-u)),
    "abs": sympy.Abs,
    "e": sympy.E,
}


def reference(entry: Entry) -> tuple[sympy.Expr, list[sympy.Symbol]]:
    text = entry.text.replace("^", "**")
    weights = {name: sympy.Symbol(name, real=True) for name in entry.objective.formula.names}
    expression = sympy.sympify(text, locals=FUNCTIONS | weights, rational=True)
    return expression, list(weights.values())


@pytest.mark.parametrize("entry", GALLERY, ids=lambda entry: entry.key)
def test_derivatives_are_sympys(entry):
    expression, symbols = reference(entry)
    rng = np.random.default_rng(1)
    low, high = np.array(entry.view, dtype=float).T
    w = rng.uniform(low, high, size=(6, len(low)))
    first = [sympy.diff(expression, s) for s in symbols]
    second = [[sympy.diff(g, s) for s in symbols] for g in first]
    f = entry.objective
    value, gradient, hessian = f.value(w), f.gradient(w), f.hessian(w)
    for i, point in enumerate(w):
        at = {s: sympy.Float(float(x), 40) for s, x in zip(symbols, point, strict=True)}

        def agrees(ours: float, theirs: sympy.Expr, at: dict = at) -> None:
            terms = sympy.Add.make_args(theirs)
            size = sum(abs(complex(term.evalf(30, subs=at))) for term in terms)
            exact = complex(theirs.evalf(30, subs=at)).real
            assert abs(ours - exact) <= 1e-10 * max(size, 1e-30)

        agrees(value[i], expression)
        for a in range(len(symbols)):
            agrees(gradient[i, a], first[a])
            for b in range(len(symbols)):
                agrees(hessian[i, a, b], second[a][b])


@pytest.mark.parametrize("entry", GALLERY, ids=lambda entry: entry.key)
def test_known_minima_are_minima(entry):
    f = entry.objective
    for minimum in entry.minima:
        w = np.array(minimum, dtype=float)
        around = w + 1e-3 * np.random.default_rng(0).normal(size=(200, len(w)))
        inside = np.isfinite(f.value(around))
        wrong = f'`minima` of Entry("{entry.key}", ...): {minimum} is no minimum to 8 digits'
        assert np.all(f.value(around)[inside] >= f.value(w) - 1e-12), wrong
        H = f.hessian(w)
        if not np.isfinite(H).all():
            assert "kink" in entry.note or "infinite" in entry.note, (
                f'the Hessian of Entry("{entry.key}", ...) is not finite at {minimum}: write into its '
                '`note` that there is a "kink", or that the curvature is "infinite"'
            )
            continue
        assert np.abs(f.gradient(w)).max() <= 1e-8 * max(1.0, np.abs(H).max()), wrong
        assert np.linalg.eigvalsh(H)[0] >= -1e-9, wrong


@pytest.mark.parametrize("entry", [e for e in GALLERY if e.convex], ids=lambda entry: entry.key)
def test_what_is_called_convex_bends_up_all_over_its_view(entry):
    axes = [np.linspace(low, high, 41) for low, high in entry.view]
    w = np.stack(np.meshgrid(*axes), axis=-1)
    H = entry.objective.hessian(w)
    H = H[np.isfinite(H).all(axis=(-2, -1))]
    assert np.linalg.eigvalsh(H).min() >= -1e-12, (
        f'Entry("{entry.key}", ...) bends down somewhere in its view: leave out `convex`'
    )


def test_the_classical_functions_of_two_weights_are_there():
    wanted = (
        "rosenbrock himmelblau camel beale booth matyas styblinski rastrigin ackley bowl regression"
    )
    two = {entry.key: entry for entry in GALLERY if len(entry.view) == 2}
    assert set(wanted.split()) <= set(two)
    assert two["regression"].convex and "logistic" in two["regression"].title


def missing(entry: Entry) -> list[str]:
    """What to write into an entry of the gallery before it is whole."""
    try:
        objective = entry.objective
    except FormulaError as error:
        return [f"`text`, a formula that can be read: {error}"]
    n = objective.n
    lacks = {
        f"`view`, (low, high) of each of the {n} weights that its formula has": len(entry.view) == n
        and all(len(sides) == 2 and sides[0] < sides[1] for sides in entry.view),
        f"`start`, {n} numbers within the view": len(entry.start) == len(entry.view)
        and all(low <= w <= high for w, (low, high) in zip(entry.start, entry.view, strict=True)),
        f"`minima`, at least one, each of {n} numbers": bool(entry.minima)
        and all(len(minimum) == n for minimum in entry.minima),
        "`eta`, a step size above 0 to begin with": entry.eta > 0,
        "`title`, what the page calls it": bool(entry.title),
        "`source`, where it comes from; FOLK if from nowhere in particular": bool(entry.source),
    }
    return [what for what, there in lacks.items() if not there]


@pytest.mark.parametrize("entry", GALLERY, ids=lambda entry: entry.key)
def test_an_entry_says_all_that_the_page_asks_of_it(entry):
    lacks = missing(entry)
    assert not lacks, (
        f'write into Entry("{entry.key}", ...) of convcore/objectives/gallery.py: '
        + "; ".join(lacks)
    )


def test_no_two_entries_have_the_same_key_or_title():
    for name in ("key", "title"):
        found = [getattr(entry, name) for entry in GALLERY]
        twice = {each for each in found if found.count(each) > 1}
        assert not twice, f"{name} {sorted(twice)} in GALLERY is taken: write another"


def test_the_gallery_is_as_large_as_promised():
    assert sum(e.convex and len(e.view) == 1 for e in GALLERY) >= 10
    assert eval(repr(GALLERY[0].objective)) == Function("log(cosh(w))")
