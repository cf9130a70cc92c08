"""Every optimizer of the registry on every kind of problem, and each against its own equation."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import numpy as np
import pytest

import convcore.optimizers
from convcore.descent.descent import Status, descend
from convcore.descent.schedules import SCHEDULES
from convcore.descent.theory import PointKind, best_momentum, whitening
from convcore.knobs import Range, Whole, knobs
from convcore.objectives.base import Objective
from convcore.objectives.quadratics import LeastSquares, Quadratic
from convcore.optimizers import (
    OPTIMIZERS,
    AdaGrad,
    Adam,
    GradientDescent,
    Momentum,
    Needs,
    Nesterov,
    Newton,
    Optimizer,
    PerCoordinate,
    RMSProp,
    Search,
    newton_step,
)
from convcore.optimizers.first_order import momentum_limit, nesterov_limit
from convcore.optimizers.hessian_free import HESSIAN_FREE, CGNewton
from convcore.optimizers.line_search import Backtracking
from convcore.optimizers.plain import PlainStep

RNG = np.random.default_rng(0)
B = RNG.normal(size=(9, 4))


class LogCosh(Objective):
    """Σ log cosh w_i + 0.1 w_i²: convex, and no quadratic."""

    n = 3

    def value(self, w):
        return np.sum(np.logaddexp(w, -w) - np.log(2) + 0.1 * w**2, axis=-1)

    def gradient(self, w):
        return np.tanh(w) + 0.2 * w

    def hessian(self, w):
        return (1 / np.cosh(w) ** 2 + 0.2)[..., None] * np.eye(3)


PROBLEMS = {
    "one weight": Quadratic(2.0, -2.0),
    "tilted bowl": Quadratic([[2, 0.5], [0.5, 1]], [1, -1]),
    "four weights": Quadratic(B.T @ B, RNG.normal(size=4)),
    "least squares": LeastSquares(RNG.normal(size=(30, 3)), RNG.normal(size=30)),
    "valley": Quadratic(np.diag([0.0, 1.0]), [0, 1]),
    "log cosh": LogCosh(),
}
KINDS = [kind for _, kind in OPTIMIZERS]
SETTLING = [kind for kind in KINDS if kind.settles]


def working_step(problem, optimizer):
    w = np.zeros(problem.n)
    return 0.5 if optimizer.relative else 0.5 / np.linalg.eigvalsh(problem.hessian(w))[-1]


@pytest.mark.parametrize("kind", SETTLING)
@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
def test_every_optimizer_finds_the_minimum_of_every_convex_problem(kind, problem):
    optimizer = kind()
    start = np.linspace(0.2, 0.9, problem.n)
    steps = 300 if kind.relative and kind is not PerCoordinate else 1500
    run = descend(problem, start, working_step(problem, optimizer), optimizer, steps=steps)
    assert run.outcome().status is Status.CONVERGED, (
        f"{kind.__name__} {run.outcome()}: check `step`, or, if it ends so at any constant η, write "
        "`settles = False` into the class"
    )
    assert run.outcome().kind.is_minimum or run.outcome().kind is PointKind.DEGENERATE
    assert problem.gradient(run.w[-1]) == pytest.approx(np.zeros(problem.n), abs=1e-6)


def test_adagrad_is_slow_at_a_constant_eta_and_rmsprop_and_adam_end_on_small_cycles():
    assert {AdaGrad, RMSProp, Adam} <= {kind for kind in KINDS if not kind.settles}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind.settles])
def test_what_is_said_not_to_settle_misses_a_minimum_of_some_convex_problem(kind):
    ends = (
        descend(problem, np.linspace(0.2, 0.9, problem.n), eta, kind(), steps=1500).outcome()
        for problem in PROBLEMS.values()
        for eta in [working_step(problem, kind())]
    )
    assert any(end.status is not Status.CONVERGED for end in ends), (
        f"{kind.__name__} finds them all: leave `settles = False` out of the class"
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
def test_a_batch_is_the_same_as_its_runs_one_by_one(kind, problem):
    optimizer = kind()
    starts = np.random.default_rng(1).normal(size=(3, problem.n))
    etas = working_step(problem, optimizer) * np.array([0.3, 0.7, 1.1])
    together = descend(problem, starts, etas, optimizer, steps=12)
    for i in range(3):
        alone = descend(problem, starts[i], etas[i], optimizer, steps=12)
        assert together.w[:, i] == pytest.approx(alone.w, rel=1e-12, abs=1e-12)
        assert together.loss[:, i] == pytest.approx(alone.loss, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("schedule", [kind() for _, kind in SCHEDULES], ids=str)
def test_every_optimizer_runs_under_every_schedule_at_any_step_size(kind, schedule):
    run = descend(
        PROBLEMS["tilted bowl"], [3, -2], [-1, 0, 1e-9, 0.4, 1e30, 1e300], kind(), schedule, 70
    )
    assert np.isfinite(run.w).all() and np.isfinite(run.loss).all() and np.isfinite(run.eta).all()
    assert run.status[1] is Status.FROZEN
    # A backtracking step is never too long.
    tamed = issubclass(kind, Backtracking)
    assert tamed or run.status[4] is run.status[5] is Status.DIVERGED


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_leaves_its_arguments_alone_and_keeps_its_shape(kind):
    optimizer, problem = kind(), PROBLEMS["tilted bowl"]
    w = np.random.default_rng(2).normal(size=(5, 2))
    memory = optimizer.start(w)
    before = w.copy(), [m.copy() for m in memory]
    new, after = optimizer.step(problem, w, memory, np.full((5, 1), 0.1))
    assert new.shape == w.shape and len(after) == len(memory)
    assert np.array_equal(w, before[0])
    assert all(np.array_equal(m, b) for m, b in zip(memory, before[1], strict=True))


@pytest.mark.parametrize("key, kind", OPTIMIZERS)
def test_every_optimizer_is_a_hashable_value_whose_repr_runs(key, kind):
    assert eval(repr(kind()), {kind.__name__: kind}) == kind()
    assert hash(kind()) == hash(kind())
    assert key == key.lower(), f"write the key {key!r} in small letters"


def test_the_equations_of_momentum_by_hand():
    # E = ½·2w² − 2w from 4: ∇E = 2w − 2.
    bowl = PROBLEMS["one weight"]
    assert descend(bowl, [4.0], 0.1, steps=3).w[:, 0] == pytest.approx([4, 3.4, 2.92, 2.536])
    heavy = descend(bowl, [4.0], 0.1, Momentum(0.5), steps=3).w[:, 0]
    assert heavy == pytest.approx([4, 3.4, 2.62, 1.906])
    ahead = descend(bowl, [4.0], 0.1, Nesterov(0.5), steps=3).w[:, 0]
    assert ahead == pytest.approx([4, 3.4, 2.68, 2.056])


@pytest.mark.parametrize("kind", [Momentum, Nesterov])
def test_momentum_without_memory_is_plain_descent(kind):
    bowl = PROBLEMS["four weights"]
    plain = descend(bowl, np.ones(4), 0.05, steps=30).w
    assert descend(bowl, np.ones(4), 0.05, kind(0.0), steps=30).w == pytest.approx(plain, rel=1e-13)


@pytest.mark.parametrize("beta", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("kind, most", [(Momentum, momentum_limit), (Nesterov, nesterov_limit)])
def test_momentum_converges_just_below_its_limit_and_diverges_just_above(kind, most, beta):
    bowl = PROBLEMS["tilted bowl"]
    eta = most(float(bowl.spectrum.values[-1]), beta)
    run = descend(bowl, [3, -2], [0.98 * eta, 1.02 * eta], kind(beta), steps=2000)
    assert run.status.tolist() == [Status.CONVERGED, Status.DIVERGED]


def test_the_best_momentum_needs_about_the_root_of_the_steps_of_plain_descent():
    valley = Quadratic(np.diag([1.0, 400.0]))
    eta, beta = best_momentum(valley.spectrum)
    heavy = descend(valley, [1, 1], eta, Momentum(beta), steps=400).steps_to(1e-3, np.zeros(2))
    plain = descend(valley, [1, 1], 2 / 401, steps=4000).steps_to(1e-3, np.zeros(2))
    # Rates 19/21 and 399/401: ln 10³ over each is 69 and 1385 steps.
    assert heavy < 150 and 1380 < plain < 1390


@pytest.mark.parametrize("root", ["symmetric", "cholesky"])
def test_plain_descent_on_whitened_weights_is_newton(root):
    bowl = PROBLEMS["four weights"]
    S = whitening(bowl.A, root)
    flat = Quadratic(np.eye(4), np.linalg.solve(S.T, bowl.b))
    start = np.array([1.0, -2, 3, 0.5])
    seen = descend(flat, S @ start, 0.3, steps=40).w
    newton = descend(bowl, start, 0.3, Newton(), steps=40).w
    assert pytest.approx(newton, rel=1e-10, abs=1e-10) == np.linalg.solve(S, seen.T).T


@pytest.mark.parametrize("name", ["one weight", "tilted bowl", "four weights", "least squares"])
def test_newton_lands_on_a_quadratic_minimum_in_one_step_and_converges_below_two(name):
    bowl = PROBLEMS[name]
    start = np.arange(2.0, bowl.n + 2)
    assert descend(bowl, start, 1.0, Newton(), steps=1).w[-1] == pytest.approx(bowl.minimiser)
    run = descend(bowl, start, [-0.05, 0.05, 0.5, 1.5, 1.95, 2.05], Newton(), steps=1500)
    C, D = Status.CONVERGED, Status.DIVERGED
    assert run.status.tolist() == [D, C, C, C, C, D]
    halved = descend(bowl, start, 0.5, Newton(), steps=10).w[-1] - bowl.minimiser
    assert halved == pytest.approx((start - bowl.minimiser) / 1024)


def test_newton_goes_to_the_saddle_and_leaves_flat_directions_alone():
    saddle = Quadratic(np.diag([1.0, -1.0]), [1, 1])
    run = descend(saddle, [3, 4], 1.0, Newton(), steps=5)
    assert str(run.outcome()) == "converged to a saddle"
    assert run.w[-1] == pytest.approx([-1, 1])
    assert descend(PROBLEMS["valley"], [3, 4], 1.0, Newton(), steps=5).w[-1] == pytest.approx(
        [3, -1]
    )


def test_one_step_per_coordinate_suffices_on_a_diagonal_matrix():
    bowl = Quadratic(np.diag([1e-3, 1.0, 1e6]), [1, 2, 3])
    run = descend(bowl, [5, 6, 7], 1.0, PerCoordinate(), steps=3)
    assert run.w[1] == pytest.approx([-1e3, -2, -3e-6])
    assert run.outcome().status is Status.CONVERGED


def test_a_step_per_coordinate_is_jacobis_iteration():
    A, b = np.array([[4.0, 1, 0.5], [1, 3, -1], [0.5, -1, 5]]), np.array([1.0, 2, 3])
    w = np.array([1.0, 1, 1])
    run = descend(Quadratic(A, b), w, 1.0, PerCoordinate(), steps=9)
    for k in range(9):
        w = np.array([-(b[i] + A[i] @ w - A[i, i] * w[i]) / A[i, i] for i in range(3)])
        assert run.w[k + 1] == pytest.approx(w)


def test_a_coordinate_that_does_not_curve_upwards_stays_where_it_is():
    run = descend(Quadratic(np.diag([2.0, 0.0, -1.0]), 1.0), [3, 4, 5], 1.0, PerCoordinate())
    assert run.w[-1].tolist() == [-0.5, 4, 5]


def test_newtons_step_is_the_shortest_solution_where_the_hessian_is_singular():
    A = B[:2].T @ B[:2]
    g = np.random.default_rng(3).normal(size=(5, 4))
    expected = g @ np.linalg.pinv(A)
    E, known = Quadratic(A), Quadratic(A).second_order(g)._replace(gradient=g)
    assert newton_step(E, g, known) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_newton_diverges_instead_of_failing_where_the_hessian_vanishes_or_overflows():
    run = descend(LogCosh(), [[2, 2, 2], [1e150, 1, 1], [800, 1, 1]], 1.0, Newton(), steps=40)
    assert np.isfinite(run.w).all()


@pytest.mark.parametrize("kind", [Momentum, Nesterov])
@pytest.mark.parametrize("beta", [-0.1, 1.0, 1.2, np.nan])
def test_a_momentum_of_one_or_more_is_refused(kind, beta):
    with pytest.raises(
        ValueError, match=rf"`{kind.__name__}\(beta=...\)` must be in \[0, 1\); got"
    ):
        kind(beta)


def test_plain_descent_is_the_first_of_the_registry():
    assert OPTIMIZERS[0] == ("gd", GradientDescent)
    assert len({key for key, _ in OPTIMIZERS}) == len(OPTIMIZERS)


EVERY = dict((*OPTIMIZERS, *HESSIAN_FREE))


def test_only_gradient_descent_is_plain_and_what_is_made_from_it_is_not() -> None:
    assert [kind for kind in EVERY.values() if kind.plain] == [GradientDescent]

    class Signs(GradientDescent):
        def step(self, objective, w, memory, eta):
            return w - eta * np.sign(objective.gradient(w)), memory

    class Renamed(GradientDescent):
        plain = True

    assert not Signs.plain and not Signs().plain and Renamed.plain


@pytest.mark.parametrize("kind", EVERY.values(), ids=list(EVERY))
def test_steps_are_the_methods_own_where_eta_is_a_share_or_does_not_bound_them(
    kind: type[Optimizer],
) -> None:
    assert kind.sets_own_steps() == (kind.beta == 1 or kind.relative)


def classes_tested(source: str) -> set[str]:
    """The names in a source that it compares a class with: by isinstance, issubclass, type or match."""
    parts: list[ast.AST] = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name("isinstance" | "issubclass"), args=[_, kinds]):
                parts.append(kinds)
            case ast.Compare(left=left, comparators=others):
                sides = (left, *others)
                if any(isinstance(s, ast.Call) and ast.unparse(s.func) == "type" for s in sides):
                    parts += sides
            case ast.MatchClass(cls=kind):
                parts.append(kind)
    inside = [node for part in parts for node in ast.walk(part)]
    names = {node.id for node in inside if isinstance(node, ast.Name)}
    return names | {node.attr for node in inside if isinstance(node, ast.Attribute)}


def test_nothing_outside_the_package_asks_which_class_an_optimizer_is() -> None:
    for asks in ("isinstance(x, (A, m.B))", "type(x) is B or type(x) in (A,)"):
        assert {"A", "B"} <= classes_tested(asks)
    assert "A" in classes_tested("match x:\n    case A():\n        pass")
    kinds = {kind.__name__ for kind in EVERY.values()} | {"Backtracking", "HessianFree"}
    package = Path(convcore.optimizers.__file__).parent
    for path in sorted(package.parent.rglob("*.py")):
        if package not in path.parents:
            found = kinds & classes_tested(path.read_text(encoding="utf-8"))
            assert not found, (
                f"{path.name} tests for {sorted(found)}: make it a fact of `Optimizer`"
            )


# What a class says of itself, and what to write into it.
FACTS = {
    "label": '`label = "Lion"`, its name on the page',
    "words": '`words = "sign of ∂ᵢE"`, what one step is, after η and `joint`',
    "colour": '`colour = "#1f7ad6"`, with a contrast of 3:1 against both themes',
    "dash": "`dash = (6, 2)`, pixels on and off, () for a solid line",
    "needs": "`needs = Needs.GRADIENT`, or what else a step asks of E",
    "search": "`search = Search.NONE`, or how it looks for a length along a line",
    "monotone": "`monotone = False`, or True if E never rises",
    "relative": "`relative = False`, or True if η is a share of a full step",
    "beta": "`beta = 0.0`, or the share of the last step that is kept, or 1.0 (`Optimizer.beta`)",
    "usual": "`usual = (0.05, 3000)`, η and steps to begin with on a network",
}


@pytest.mark.parametrize("kind", EVERY.values(), ids=list(EVERY))
def test_every_optimizer_has_a_step(kind: type[Optimizer]) -> None:
    assert not kind.__abstractmethods__, (
        f"write {', '.join(f'`def {name}`' for name in sorted(kind.__abstractmethods__))} into "
        f"{kind.__name__} of {kind.__module__}, as `Optimizer` says"
    )


@pytest.mark.parametrize("kind", EVERY.values(), ids=list(EVERY))
@pytest.mark.parametrize("fact", FACTS)
def test_every_optimizer_says_what_is_true_of_it(fact: str, kind: type[Optimizer]) -> None:
    own = kind.__mro__[: kind.__mro__.index(Optimizer)]
    assert any(fact in vars(part) for part in own), (
        f"{kind.__name__}.{fact} is missing: write {FACTS[fact]}, into the class."
    )


@pytest.mark.parametrize("kind", EVERY.values(), ids=list(EVERY))
def test_every_optimizer_says_it_in_a_form_that_pictures_and_tables_can_use(
    kind: type[Optimizer],
) -> None:
    name = kind.__name__
    assert kind.label, f"{name}.label is empty: write {FACTS['label']}"
    assert kind.words, f"{name}.words is empty: write {FACTS['words']}"
    assert kind.described("0.5") == f"0.5{kind.joint}{kind.words}"
    assert kind.described("1") == ("" if kind.relative else f"1{kind.joint}") + kind.words
    assert re.fullmatch("#[0-9a-f]{6}", kind.colour), f"{name}.colour is written #rrggbb"
    for theme, ground in (("light", "#ffffff"), ("dark", "#0e1117")):
        against = contrast(kind.colour, ground)
        assert against >= 3, (
            f"{name}.colour has a contrast of {against:.2f} in the {theme} theme, not 3"
        )
    assert all(type(length) is int and length > 0 for length in kind.dash), f"{name}.dash: pixels"
    assert len(kind.dash) % 2 == 0, f"{name}.dash is pairs: pixels on, pixels off"
    assert isinstance(kind.needs, Needs) and isinstance(kind.search, Search)
    assert kind.usual[0] > 0 and type(kind.usual[1]) is int, f"{name}.usual is (η, steps)"


def written() -> set[type[Optimizer]]:
    """Every optimizer that a file of convcore/optimizers/ defines and no other one is made from."""
    for module in pkgutil.iter_modules(convcore.optimizers.__path__, "convcore.optimizers."):
        importlib.import_module(module.name)
    every, new = {Optimizer}, [Optimizer]
    while new:
        new = [kind for base in new for kind in base.__subclasses__()]
        every |= set(new)
    inside = {kind for kind in every if kind.__module__.startswith("convcore.optimizers.")}
    return {kind for kind in inside if not (inspect.isabstract(kind) or kind.__subclasses__())}


def test_every_optimizer_that_is_written_is_on_the_page() -> None:
    # A function of the user's own has no name on the page.
    names = sorted(kind.__name__ for kind in written() - set(EVERY.values()) - {PlainStep})
    assert not names, f'write ("{names[0].lower()}", {names[0]}) into OPTIMIZERS' + (
        f" of convcore/optimizers/__init__.py, and so for each of {names}"
    )


@pytest.mark.parametrize("kind", EVERY.values(), ids=list(EVERY))
def test_every_setting_takes_the_ends_of_its_knob_and_refuses_what_is_no_number(
    kind: type[Optimizer],
) -> None:
    for name, knob in knobs(kind).items():
        if not isinstance(knob, Range):
            continue
        for end in knob.bounds:
            assert getattr(kind(**{name: end}), name) == end
        if isinstance(knob, Whole):
            continue
        with pytest.raises(ValueError, match=name):
            refused = kind(**{name: np.nan})
            pytest.fail(
                f"{refused} is taken: write into {kind.__name__}.__post_init__ "
                f'`check(self, "{name}", ..., "what it must be")`'
            )


def contrast(one: str, other: str) -> float:
    """The contrast of two colours by WCAG 2."""

    def light(colour: str) -> float:
        parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def test_no_two_optimizers_have_the_same_name():
    labels = [kind.label for kind in EVERY.values()]
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("kind", [*KINDS, CGNewton])  # GaussNewton's objectives have outputs
def test_a_step_asks_for_no_more_than_its_optimizer_says_it_needs(kind: type[Optimizer]) -> None:
    asked = set()

    class Listening(LogCosh):
        def value(self, w):
            asked.add("value")
            return super().value(w)

        def hessian(self, w):
            asked.add("hessian")
            return super().hessian(w)

    optimizer, objective, w = kind(), Listening(), np.array([[0.3, -2.0, 1.0]])
    memory = optimizer.start(w)
    for _ in range(3):
        w, memory = optimizer.step(objective, w, memory, np.array([[0.1]]))
    assert ("hessian" in asked) == (kind.needs is not Needs.GRADIENT), (
        f"{kind.__name__}.needs is {kind.needs}, but a step asks for {sorted(asked)} beside gradients: "
        "write the `needs` that is true, see `Needs`"
    )
    assert ("value" in asked) == (kind.search is not Search.NONE), (
        f"{kind.__name__}.search is {kind.search}, but a step asks for {sorted(asked)} beside gradients: "
        "write the `search` that is true, see `Search`"
    )


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.monotone])
@pytest.mark.parametrize("eta", [0.1, 1.0])
def test_the_loss_never_rises_where_the_optimizer_says_so(
    kind: type[Optimizer], eta: float
) -> None:
    for problem in PROBLEMS.values():
        loss = descend(problem, np.linspace(2, 9, problem.n), eta, kind(), steps=40).loss
        assert (np.diff(loss) <= 1e-12 * (1 + np.abs(loss[:-1]))).all(), (
            f"E rises at some step: write `monotone = False` into {kind.__name__}"
        )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("curvature", [0.5, 8.0])
def test_eta_has_the_limit_that_the_optimizer_says(kind: type[Optimizer], curvature: float) -> None:
    optimizer, valley = kind(), Quadratic(curvature, 0.0)
    limit = optimizer.limit(curvature)
    assert (kind.limit_words != "") == (limit < np.inf and not kind.relative), (
        f"{kind.__name__}.limit and {kind.__name__}.limit_words go together: `limit` gives the largest "
        'stable η, `limit_words` the same solved for λₘₐₓ, such as "2/η"'
    )
    if limit == np.inf:
        run = descend(valley, [1.0], 40 / curvature, optimizer, steps=300)
        assert kind.relative or run.outcome().status is not Status.DIVERGED, (
            f"{kind.__name__} diverges at a large η: write `def limit(self, curvature)`, its largest "
            "stable η, and `limit_words`"
        )
        return
    below, above = (
        descend(valley, [1.0], share * limit, optimizer, steps=4000) for share in (0.98, 1.02)
    )
    assert below.outcome().status is Status.CONVERGED and above.outcome().status is Status.DIVERGED
