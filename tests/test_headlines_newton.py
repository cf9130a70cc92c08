"""The headline of "Taylor and Newton": short, and true of the run by a look of the test's own."""

from __future__ import annotations

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
    Status.OUT_OF_STEPS: "is still on its way",
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
    else:
        assert said.verdict == VERDICTS[status]
        assert said.tone is not Tone.ARRIVES
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
        "Newton reaches a minimum in 5 steps, gradient descent not in 15."
    )
    assert plain(TaylorAndNewton(methods=("newton",))) == "Newton reaches a minimum in 5 steps."
    later = TaylorAndNewton(steps=60)
    k = taken(later.study(), later.study().runs["gd"])
    assert plain(later) == f"Newton reaches a minimum in 5 steps, gradient descent in {k}."


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
