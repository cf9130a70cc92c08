"""The headline of "Taylor and Newton": short, and true of the run by a look of the test's own."""

from __future__ import annotations

import itertools
import math
import re

import numpy as np
import pytest
from hypothesis import given, settings

from convcore.descent.descent import Status
from convcore.descent.theory import PointKind
from convcore.labkit.headline import AGREES, Tone
from convcore.labkit.words import num
from convcore.labs import FromFormula, FromGallery, TaylorAndNewton
from convcore.labs.newton.headline import changes, headline, subject
from convcore.labs.newton.settings import KINDS
from convcore.labs.newton.study import MethodRun, NewtonStudy
from convcore.objectives.gallery import GALLERY
from tests.draw import labs

VERDICTS = {
    Status.KINK: "settles at a kink",
    Status.DIVERGED: "diverges",
    Status.LEFT: "leaves the region",
    Status.STUCK: "is stuck",
    Status.FROZEN: "freezes",
    Status.CYCLING: "cycles",
    Status.BOUNDED: "wanders",
    Status.DRIFTING: "drifts",
}
KINDS_IN_WORDS = {
    PointKind.MINIMUM: "reaches a minimum",
    PointKind.MAXIMUM: "ends at a maximum",
    PointKind.SADDLE: "ends at a saddle",
    PointKind.DEGENERATE: "ends at a degenerate point",
    PointKind.DEGENERATE_MINIMUM: "reaches a degenerate minimum",
    PointKind.DEGENERATE_MAXIMUM: "ends at a degenerate maximum",
}


def taken(study: NewtonStudy, run: MethodRun) -> float:
    """The first step from which on the gradient stays within 10⁻⁶ of its scale, by a plain loop."""
    E, w = study.objective, run.path.w
    with np.errstate(all="ignore"):
        sizes = [float(np.linalg.norm(E.gradient(at))) for at in w]
        bend = np.nan_to_num(np.abs(np.linalg.eigvalsh(np.nan_to_num(E.hessian(w[-1]))))).max()
        scale = max(sizes[0], float(bend) * max(float(np.linalg.norm(at - w[0])) for at in w))
    first = math.inf
    for k in reversed(range(len(w))):
        if not sizes[k] <= 1e-6 * scale:
            break
        first = k
    return first


def moves(study: NewtonStudy, run: MethodRun) -> str:
    """How a run moved over the later half of its way to rest, step by step."""
    E, last = study.objective, int(min(taken(study, run), run.path.length))
    w = run.path.w[last // 2 : last + 1]
    g = [E.gradient(at) for at in w]
    if len(w) < 3 or not np.isfinite(g).all():
        return "is still on its way"
    falls = [bool(a @ (later - at) < 0) for a, at, later in zip(g, w, w[1:], strict=False)]
    turns = [float(a @ b) for a, b in itertools.pairwise(g)]
    if all(falls) and all(turn < 0 for turn in turns):
        return "zigzags" if E.n > 1 else "oscillates"
    shares = [float(np.linalg.norm(b) / np.linalg.norm(a)) for a, b in itertools.pairwise(g)]
    if not (all(falls) and all(turn > 0 for turn in turns) and math.prod(shares) < 1):
        return "is still on its way"
    return "crawls" if np.mean(np.log(shares)) > math.log(0.75) else "comes closer"


def beside(study: NewtonStudy, plain: str) -> None:
    """What is said of gradient descent beside another method is so."""
    if not (told := re.search(r"[,;] gradient descent (.*)\.$", plain)):
        return
    run, words = study.shown["gd"], told[1]
    status, end = run.outcome.status, taken(study, run)
    if counted := re.search(r"(?:in|takes) ([\d,]+)$", words):
        assert status is Status.CONVERGED and run.outcome.kind is PointKind.MINIMUM
        assert int(counted[1].replace(",", "")) == pytest.approx(end, abs=1)
        assert words.split()[0] in {"in", "reaches", moves(study, run)}
    elif status is Status.CONVERGED:
        assert words == KINDS_IN_WORDS[run.outcome.kind]
    elif status is Status.OUT_OF_STEPS:
        assert words.startswith(moves(study, run)), (words, moves(study, run))
        if ", " in words:
            first, last = np.linalg.norm(study.objective.gradient(run.path.w[[0, -1]]), axis=-1)
            share = last / first
            says = re.search(r"([\d.·⁻⁰¹²³⁴-⁹]+) % of the slope left", words)
            assert ("no smaller" in words) == (share >= 1) and bool(says) == (share < 1)
            if says and "·" not in says[1]:
                assert float(says[1]) == pytest.approx(100 * share, rel=0.05)
        assert " after " not in words or words.endswith(f" after {study.settings.steps:,}")
    else:
        assert words.split()[0] in VERDICTS[status].split()[0]
    if status is Status.CYCLING:
        assert f"{run.outcome.period} points" in words


def lowest_inside(study: NewtonStudy) -> bool:
    """Whether some point of a grid in the view has no lower one beside it, or a run came to a minimum."""
    E, ends = study.objective, [run.outcome for run in study.runs.values()]
    if any(e.status is Status.CONVERGED and e.kind.value.endswith("minimum") for e in ends):
        return True
    axes = [np.linspace(low, high, 207 if E.n == 1 else 35) for low, high in study.settings.view]
    values = {}
    for at in itertools.product(*(range(len(axis)) for axis in axes)):
        point = np.array([axis[i] for axis, i in zip(axes, at, strict=True)])
        values[at] = float(E.value(point))
    for at, here in values.items():
        near = itertools.product(*((i - 1, i, i + 1) for i in at))
        around = [values.get(other, -math.inf) for other in near if other != at]
        if here <= min(around):
            return True
    return False


def check(lab: TaylorAndNewton) -> None:
    study = lab.study()
    said = headline(study)
    run = study.runs[subject(study)]
    status = run.outcome.status
    assert len(said.plain.split()) <= 20, said.plain
    assert said.verdict in said.plain and said.says.count("{}") == 1
    assert re.search(r"\*\*[^*]*(\d|start|∞)[^*]*\*\*", said.says), said.says
    assert "nan" not in said.plain + said.theory and "_" not in said.plain + said.theory
    unmoved = bool((run.path.w == run.path.w[0]).all())
    if said.verdict == "stays put":
        assert unmoved and not study.objective.gradient(lab.origin).any()
        assert said.tone is Tone.NEUTRAL
    elif status is Status.CONVERGED:
        assert said.verdict == KINDS_IN_WORDS[run.outcome.kind]
        assert (said.tone is Tone.ARRIVES) == run.outcome.kind.value.endswith("minimum")
        if counted := re.search(r" in \*\*([\d,]+) steps?\*\*", said.says):
            assert int(counted[1].replace(",", "")) == pytest.approx(taken(study, run), abs=1)
    elif status is Status.OUT_OF_STEPS and "no minimum" in said.plain:
        assert said.verdict == "moves on" and said.tone is Tone.FAILS
    elif status is Status.OUT_OF_STEPS:
        assert said.verdict == moves(study, run)
        assert said.tone is Tone.STRUGGLES
    else:
        assert said.verdict == VERDICTS[status]
        assert said.tone is not Tone.ARRIVES
    if "no minimum in view" in said.plain + said.theory:
        assert not lowest_inside(study)
    if subject(study) != "gd":
        beside(study, said.plain)
    if status in (Status.DIVERGED, Status.LEFT):
        assert f"at step **{run.outcome.step:,}**" in said.says
    if status is Status.CYCLING:
        assert f"**{run.outcome.period} points**" in said.says
    if "step 1 changes" in said.theory:
        predicted, measured = changes(study, run)
        agree = abs(predicted - measured) <= 1e-3 * max(abs(predicted), abs(measured))
        assert (AGREES in said.theory) == agree
        d = run.path.w[1] - run.path.w[0]
        assert measured == run.path.loss[1] - run.path.loss[0]
        H = study.objective.hessian(lab.origin)
        mine = study.objective.gradient(lab.origin) @ d + d @ H @ d / 2
        assert predicted == pytest.approx(float(mine), rel=1e-9, abs=1e-12)


@settings(max_examples=40)
@given(labs(TaylorAndNewton))
def test_a_headline_is_short_and_true_of_its_run(lab):
    check(lab)


@pytest.mark.parametrize("entry", GALLERY, ids=lambda entry: entry.key)
def test_the_headline_of_every_function_and_method_is_true(entry):
    for name in ("gd", "newton", "damped", "coordinate", "momentum", "adam"):
        eta = 1.0 if KINDS[name].relative else entry.eta
        check(TaylorAndNewton(FromGallery(entry.key), methods=("gd", name), model=name, eta=eta))


def plain(lab: TaylorAndNewton) -> str:
    return headline(lab.study()).plain


def test_newton_is_compared_with_gradient_descent_where_both_are_drawn():
    assert plain(TaylorAndNewton()) == (
        "Newton reaches a minimum in 5 steps; gradient descent comes closer, "
        "0.0058 % of the slope left after 15."
    )
    assert plain(TaylorAndNewton(methods=("newton",))) == "Newton reaches a minimum in 5 steps."
    later = TaylorAndNewton(steps=60)
    k = taken(later.study(), later.study().runs["gd"])
    assert plain(later) == f"Newton reaches a minimum in 5 steps, gradient descent in {k}."


@pytest.mark.parametrize(
    ("eta", "words"),
    [
        (0.01, "gradient descent crawls, 93 % of the slope left after 15"),
        (0.5, "gradient descent comes closer, 0.0058 % of the slope left after 15"),
        (1.0, "gradient descent in 3"),
        (1.3, "gradient descent oscillates and takes 9"),
        (1.9, "gradient descent oscillates, 8.5 % of the slope left after 15"),
        (5.0, "gradient descent oscillates, the slope no smaller after 15"),
    ],
)
def test_the_headline_follows_the_step_size_of_gradient_descent(eta, words):
    """On log cosh, E″(0) = 1: beyond η = 1 each step goes across 0, beyond 2 it stays away."""
    assert words in plain(TaylorAndNewton(eta=eta)), plain(TaylorAndNewton(eta=eta))


def test_descent_that_crawls_or_oscillates_is_called_so_where_it_is_alone():
    for eta, verdict in ((0.01, "crawls"), (0.5, "comes closer"), (1.9, "oscillates")):
        alone = headline(TaylorAndNewton(methods=("gd",), model="gd", eta=eta).study())
        assert alone.verdict == verdict and "of the slope is left" in alone.plain
    valley = TaylorAndNewton(FromFormula("x^2/20 + 5*y^2"), (3.0, 1.0), ("gd",), 0.19, model="gd")
    assert headline(valley.study()).verdict == "zigzags"


@pytest.mark.parametrize(
    ("text", "start", "words"),
    [
        ("w^4/4 - w^2/2", (0.3,), "ends at a maximum"),
        ("x^2 - y^2 + x^4", (0.5, 0.5), "ends at a saddle"),
        ("abs(w)^1.5", (2.0,), "cycles through 2 points"),
        ("w - log(w)", (3.0,), "leaves the region where E is defined, at step 1"),
        ("log(cosh(w))", (400.0,), "is stopped by rounding at w = 400"),
        ("w^2", (0.0,), "At w₀ = 0 the slope is zero"),
        ("sqrt(1 + w^2)", (3.0,), "From w₀ = 3 Newton diverges"),
        ("2*w", (3.0,), "is stuck"),
    ],
)
def test_an_end_where_nobody_wants_to_be_has_its_own_words(text, start, words):
    assert words in plain(TaylorAndNewton(FromFormula(text), start=start))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "exp(w)",
            "E has no minimum in view: Newton moves on, 3.06·10⁻⁵ % of the slope left after 15",
        ),
        ("w", "E has no minimum in view: Newton is stuck at the start, as the computed curvature"),
        ("-w", "E has no minimum in view: Newton is stuck at the start"),
        ("exp(x + y)", "E has no minimum in view: Newton moves on"),
        ("-w^2", "Newton ends at a maximum"),
    ],
)
def test_a_function_without_a_minimum_in_view_is_said_to_have_none(text, words):
    lab = TaylorAndNewton(FromFormula(text))
    check(lab)
    said = headline(lab.study())
    assert words in said.plain and "no minimum in view" in said.plain + said.theory
    for bounded in ("w^2", "relu(w)^2", "cos(w)", "abs(w)", "sqrt(w)"):
        study = TaylorAndNewton(FromFormula(bounded), start=(0.5,)).study()
        assert not study.no_minimum, bounded


def test_the_local_model_is_right_on_a_quadratic_and_says_so():
    said = headline(TaylorAndNewton(FromFormula("3*x^2 + x*y + y^2"), start=(2.0, -1.0)).study())
    assert "in 1 step" in said.plain and AGREES in said.theory
    wrong = headline(TaylorAndNewton(FromGallery("camel")).study())
    assert "changes E by" in wrong.theory and AGREES not in wrong.theory


@pytest.mark.parametrize(("start", "agrees"), [(0.9, True), (1.0, True), (1.2, False)])
def test_the_threshold_of_newtons_map_is_said_beside_where_newton_went(start, agrees):
    said = headline(TaylorAndNewton(FromGallery("logcosh"), start=(start,)).study())
    assert "from between −1.0887 and 1.0887" in said.theory
    assert (AGREES in said.theory) == agrees
    assert f"w₀ = {num(start)}" in said.theory


def test_the_headline_is_of_a_method_that_is_drawn():
    drawn = TaylorAndNewton(methods=("gd", "damped"))
    assert subject(drawn.study()) == "gd"
    assert subject(TaylorAndNewton(methods=("gd", "newton"), model="bfgs").study()) == "newton"
    assert subject(TaylorAndNewton(methods=(), model="bfgs").study()) == "bfgs"
    assert TaylorAndNewton().run().headline == headline(TaylorAndNewton().study())
