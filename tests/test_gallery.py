"""The gallery: every derivative against sympy at 40 digits, every known minimum a minimum."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from convcore.objectives.gallery import GALLERY, Entry, Function

X = sympy.symbols("w x y w1 w2", real=True)
NAMES = {symbol.name: symbol for symbol in X} | {
    "softplus": lambda u: sympy.log(1 + sympy.exp(u)),
    "abs": sympy.Abs,
    "e": sympy.E,
}


def reference(entry: Entry) -> tuple[sympy.Expr, list[sympy.Symbol]]:
    text = entry.text.replace("^", "**")
    expression = sympy.sympify(text, locals=NAMES, rational=True)
    return expression, [NAMES[name] for name in entry.objective.formula.names]


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
        assert np.all(f.value(around)[inside] >= f.value(w) - 1e-12)
        H = f.hessian(w)
        if not np.isfinite(H).all():
            assert "kink" in entry.note or "infinite" in entry.note
            continue
        assert np.abs(f.gradient(w)).max() <= 1e-8 * max(1.0, np.abs(H).max())
        assert np.linalg.eigvalsh(H)[0] >= -1e-9


@pytest.mark.parametrize("entry", [e for e in GALLERY if e.convex], ids=lambda entry: entry.key)
def test_what_is_called_convex_bends_up_all_over_its_view(entry):
    axes = [np.linspace(low, high, 41) for low, high in entry.view]
    w = np.stack(np.meshgrid(*axes), axis=-1)
    H = entry.objective.hessian(w)
    H = H[np.isfinite(H).all(axis=(-2, -1))]
    assert np.linalg.eigvalsh(H).min() >= -1e-12


def test_the_classical_functions_of_two_weights_are_there_with_their_minima():
    wanted = (
        "rosenbrock himmelblau camel beale booth matyas styblinski rastrigin ackley bowl regression"
    )
    two = {entry.key: entry for entry in GALLERY if len(entry.view) == 2}
    assert set(wanted.split()) <= set(two)
    assert two["regression"].convex and "logistic" in two["regression"].title
    assert all(entry.minima for entry in GALLERY)


def test_the_gallery_is_as_large_as_promised_and_its_keys_are_its_own():
    keys = [entry.key for entry in GALLERY]
    assert len(set(keys)) == len(keys)
    assert sum(e.convex and len(e.view) == 1 for e in GALLERY) >= 10
    for entry in GALLERY:
        assert entry.objective.n == len(entry.view) == len(entry.start)
        assert all(low <= w <= high for w, (low, high) in zip(entry.start, entry.view, strict=True))
        assert entry.source
    assert eval(repr(GALLERY[0].objective)) == Function("log(cosh(w))")
