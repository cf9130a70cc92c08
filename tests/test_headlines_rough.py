"""The headline of "Rough ground" is short and says what the run itself shows, however it ends."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from convcore.descent.descent import Status
from convcore.descent.schedules import SCHEDULES
from convcore.descent.theory import PointKind
from convcore.labkit.functions import FromFormula, FromGallery
from convcore.labkit.headline import AGREES, Tone
from convcore.labkit.words import num
from convcore.labs.rough_ground.headline import headline
from convcore.labs.rough_ground.lab import RoughGround
from convcore.labs.rough_ground.presets import PRESETS
from convcore.labs.rough_ground.second_pictures import Nothing
from convcore.labs.rough_ground.study import RoughStudy
from convcore.objectives.gallery import GALLERY
from convcore.optimizers import OPTIMIZERS

DRAWN = 170
QUICK = [key for key, kind in OPTIMIZERS if not kind.search.brackets]
SETTLES = (
    "settles",
    "stays in its valley",
    "escapes its valley",
    "skips",
    "settles where small steps do",
)
WORDS = {
    Status.KINK: "settles at a kink", Status.FROZEN: "freezes", Status.STUCK: "gets stuck",
    Status.BOUNDED: "neither settles nor repeats", Status.DIVERGED: "diverges",
    Status.LEFT: "leaves the domain of E", Status.DRIFTING: "drifts",
    Status.OUT_OF_STEPS: "is still on its way", Status.NEAR: "comes near",
    Status.UNDERFLOW: "is stopped by rounding",
}  # fmt: skip


def drawn(seed: int) -> RoughGround:
    """A lab with a function of the gallery, a start in view, any method and any schedule."""
    rng = np.random.default_rng(seed)
    entry = GALLERY[rng.integers(len(GALLERY))]
    start = tuple(float(rng.uniform(low, high)) for low, high in entry.view)
    method = "gd" if rng.random() < 0.6 else QUICK[rng.integers(len(QUICK))]
    _, kind = SCHEDULES[rng.integers(len(SCHEDULES))] if rng.random() < 0.5 else SCHEDULES[0]
    compare = ("linear",) if rng.random() < 0.3 else ()
    eta = float(entry.eta * 10 ** rng.uniform(-1.5, 1.5))
    steps = int(rng.choice([1, 20, 60, 150]))
    ground = FromGallery(entry.key)
    beside = tuple(rng.choice(QUICK, 2, replace=False).tolist()) if rng.random() < 0.3 else ()
    return RoughGround(
        ground, start, eta, kind(), compare, method, beside, steps=steps, second=Nothing()
    )


def check(study: RoughStudy) -> None:
    """The headline is of at most 20 words, and true of the run's own record."""
    head, outcome, path = headline(study), study.outcome, study.run.path
    says, end = head.plain, path.w[-1]
    assert len(says.split()) <= 20, says
    assert head.says.count("{}") == 1 and head.says.count("**") == 2 and says.endswith(".")
    assert head.verdict in says and says.count("η") <= 1 and "_" not in says + head.theory
    objective, status = study.scene.objective, outcome.status
    if bool((path.w == path.w[0]).all()) and status is Status.CONVERGED:
        assert head.verdict == "stays put" and head.tone is Tone.NEUTRAL
    elif status is Status.CONVERGED and outcome.kind is PointKind.MINIMUM:
        assert head.verdict in SETTLES
        assert np.linalg.eigvalsh(objective.hessian(end)).min() > 0
        check_valley(study, head.verdict)
        lowest = [
            E for p in study.minima if (E := float(objective.value(np.array(p.w)))) is not None
        ]
        if "lowest in view" in says or "as low as any" in says:
            assert path.loss[-1] <= min(lowest) + 1e-6 * (1 + abs(min(lowest)))
            assert head.tone is Tone.ARRIVES
        elif "not the lowest" in says or "higher" in says:
            assert path.loss[-1] > min(lowest) and head.tone is Tone.STRUGGLES
    elif status is Status.CONVERGED:
        assert outcome.kind and outcome.kind.value in head.verdict
    elif status is Status.CYCLING:
        assert f"every {outcome.period} steps" in says
        assert path.w[-1] == pytest.approx(path.w[-1 - outcome.period], rel=1e-3, abs=1e-6)
    elif not (status is Status.BOUNDED and study.escape and study.escape.trapped):
        assert head.verdict == WORDS[status]
    if status in (Status.DIVERGED, Status.LEFT):
        assert f"step {int(path.ended):,}" in says and path.gone
    if status is Status.OUT_OF_STEPS:
        assert f"after {study.scene.steps} step" in says
    if "too large for every minimum" in says:
        tops = [np.linalg.eigvalsh(objective.hessian(np.array(p.w))).max() for p in study.minima]
        assert study.scene.plain and all(study.scene.eta * top > 2 for top in tops)
    if f"settled{AGREES}" in head.theory:
        top = float(np.linalg.eigvalsh(objective.hessian(end)).max())
        assert study.scene.eta * top < 2 * (1 + 1e-3)


def check_valley(study: RoughStudy, verdict: str) -> None:
    """By a fine table of E from the minimum that small steps reach: whether the path crossed a hill."""
    if study.home is None or study.scene.objective.n > 1 or verdict not in SETTLES[1:3]:
        return
    home, path = study.home.w[0], study.run.path.w[:, 0]
    rises = []
    for w in path:
        E = study.scene.objective.value(np.linspace(home, w, 4001)[:, None])
        rounding = 1e-9 * np.ptp(E) + 1e-14 * np.abs(E).max()
        rises.append(bool(np.all(np.diff(E) >= -rounding)))
    assert rises[0] and all(rises) == (verdict == "stays in its valley")


@pytest.mark.parametrize("part", range(10))
def test_a_headline_is_short_and_true_of_the_run(part):
    for seed in range(part, DRAWN, 10):
        check(drawn(seed).study())


def test_the_headlines_of_the_claims_presets_are_short_and_true():
    for _, _, lab in PRESETS:
        check(replace(lab, second=Nothing()).study())


def test_the_pinhole_is_stayed_in_escaped_and_never_left_for_good():
    small, large, vast = (
        headline(RoughGround(eta=eta, compare=(), second=Nothing()).study())
        for eta in (0.1, 0.8, 2.2)
    )
    assert small.plain == (
        "At η = 0.1 descent stays in its valley and settles at w = 2.836, not the lowest."
    )
    assert large.plain == (
        "At η = 0.8 descent escapes its valley and settles at w = 0, the lowest in view."
    )
    assert vast.plain == (
        "At η = 2.2, too large for every minimum in view, "
        "descent repeats every 2 steps and does not settle."
    )
    assert small.tone is Tone.STRUGGLES and large.tone is Tone.ARRIVES and vast.tone is Tone.FAILS


@pytest.mark.parametrize(
    ("lab", "status", "verdict"),
    [
        (RoughGround(FromFormula("abs(w)"), (1.0,), 0.5), Status.KINK, "settles at a kink"),
        (RoughGround(FromGallery("barrier"), (3.0,), 6.0), Status.LEFT, "leaves the domain of E"),
        (RoughGround(FromFormula("2*w"), (1.0,), 0.1), Status.DRIFTING, "drifts"),
        (RoughGround(FromFormula("2*w"), (1.0,), 1.0, method="newton"), Status.STUCK, "gets stuck"),
        (RoughGround(FromGallery("square"), (3.0,), 0.001), Status.OUT_OF_STEPS, "is still on its way"),
        (RoughGround(FromGallery("square"), (3.0,), 2.5), Status.DIVERGED, "diverges"),
        (RoughGround(FromGallery("well"), (0.0,), 0.5), Status.CONVERGED, "stays put"),
        (RoughGround(FromGallery("well"), (0.7,), 1.5, steps=600), Status.BOUNDED,
         "stays trapped in its valley"),
        (RoughGround(FromFormula("w^4"), (1.0,), 1.0, method="newton"), Status.CONVERGED,
         "settles on a degenerate minimum"),
    ],
)  # fmt: skip
def test_each_way_to_end_has_its_own_verdict(lab, status, verdict):
    study = replace(lab, compare=(), second=Nothing()).study()
    assert study.outcome.status is status and headline(study).verdict == verdict
    check(study) if verdict != "stays trapped in its valley" else None


def test_an_eta_at_a_limit_is_neither_said_to_be_below_nor_beyond_it():
    lab = RoughGround(FromGallery("square"), (3.0,), 2.0, compare=(), second=Nothing())
    head = headline(lab.study())
    assert "too large" not in head.plain and AGREES not in head.theory
    for eta in (2 - 1e-7, 2 + 1e-7):
        said = headline(replace(lab, eta=eta).study())
        assert said.plain.startswith(f"At η = {eta:.8g} ")
    head = headline(replace(lab, eta=2.2).study())
    assert head.plain.startswith(
        "At η = 2.2, too large for every minimum in view, descent diverges"
    )


def test_the_line_of_theory_names_both_thresholds_and_what_the_run_did():
    line = headline(RoughGround(eta=0.8, compare=(), second=Nothing()).study()).theory
    assert "2ηₒₚₜ = 0.4154" in line and "crisis, 0.6673: left at step 1 ✓" in line
    path = RoughGround(eta=0.8, compare=(), second=Nothing()).study().run.path.w[:, 0]
    hill = 2.28  # the maximum between the two valleys
    assert next(k for k, w in enumerate(path) if w < hill) == 1


def test_a_schedule_that_freezes_is_measured_against_the_sum_of_all_steps():
    lab = RoughGround(
        eta=4.0, schedule=dict(SCHEDULES)["quadratic"](), compare=(), second=Nothing()
    )
    line = headline(lab.study()).theory
    total = 4 * sum(1 / k**2 for k in itertools.chain(range(1, 200_000)))
    assert f"Σηₖ = {num(total)}" in line and line.endswith("✓")


@pytest.mark.parametrize(
    ("text", "none"),
    [
        ("exp(w)", True),
        ("-w", True),
        ("-x^2 - y^2", True),
        ("w^2", False),
        ("max(abs(w - 1) - 2, 0)^2", False),
    ],
)
def test_where_no_minimum_is_in_view_theorys_line_says_so(text, none):
    lab = RoughGround(FromFormula(text), second=Nothing())
    assert ("E has no minimum in view" in headline(lab.study()).theory) == none
