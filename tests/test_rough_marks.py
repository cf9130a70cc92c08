"""What "Rough ground" marks: the step with its numbers, where a run leaves, names that cross no line."""

from __future__ import annotations

import numpy as np
import pytest

from convcore.charts.grid import plot_width
from convcore.charts.parts import LETTER, WIDE
from convcore.descent.schedules import CosineDecay
from convcore.labkit.functions import FromGallery
from convcore.labs.rough_ground.bifurcation import Bifurcation
from convcore.labs.rough_ground.chart_parts import ROWS
from convcore.labs.rough_ground.lab import RoughGround
from convcore.labs.rough_ground.path_marks import step_shown
from convcore.labs.rough_ground.picture_parts import limit_marks
from convcore.labs.rough_ground.second_pictures import Nothing
from convcore.optimizers import OPTIMIZERS

METHODS = [key for key, kind in OPTIMIZERS if not kind.search.brackets]


def tables(lab: RoughGround) -> dict:
    return lab.run().pictures[0].tables


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", ["well", "himmelblau"])
def test_the_numbers_of_a_step_lead_from_its_weights_to_the_next(name, method):
    start = (0.7,) if name == "well" else (1.0, 1.5)
    eta = 0.4 if dict(OPTIMIZERS)[method].relative else 0.01
    lab = RoughGround(
        FromGallery(name), start, eta, compare=(), method=method, steps=25, second=Nothing()
    )
    made = tables(lab)["steps"]
    w = np.column_stack([made[f"w{i + 1}"] for i in range(len(start))]).astype(float)
    d = np.column_stack([made[f"d{i + 1}"] for i in range(len(start))]).astype(float)
    over = np.where(made["c"] == 0, 1.0, made["c"])[:, None]
    led = w[:-1] - (np.asarray(made["eta"])[:, None] * d / over)[1:]
    assert np.allclose(led, w[1:], rtol=1e-5, atol=1e-6) and len(w) > 5
    before = np.column_stack([made[f"a{i + 1}"] for i in range(len(start))])
    assert (before[1:] == w[:-1]).all()
    assert (np.asarray(made["c"])[1:] != 0).any() == (method == "newton" and name == "well")


@pytest.mark.parametrize("method", METHODS)
def test_a_step_without_size_has_finite_numbers(method):
    """A schedule at 0: what η multiplies cannot be told from where the step leads."""
    lab = RoughGround(
        FromGallery("logcosh"), eta=1.0, schedule=CosineDecay(1, 0.0), method=method, steps=3
    )
    steps = tables(lab)["steps"]
    assert all(np.isfinite(np.asarray(column, dtype=float)).all() for column in steps.values())


def test_the_step_that_leaves_the_valley_is_shown_first():
    assert step_shown(RoughGround(eta=0.8, second=Nothing()).study()) == 1
    slow = RoughGround(eta=0.45, start=(2.5,), second=Nothing(), compare=()).study()
    left = slow.escape.left if slow.escape else None
    assert step_shown(slow) == (left or 1)


@pytest.mark.parametrize("eta", [2.1, 2.5, 3.5, 9.0])
def test_a_run_that_blows_up_leaves_by_an_arrow_with_the_number_of_its_step(eta):
    lab = RoughGround(FromGallery("square"), (3.0,), eta, compare=(), second=Nothing())
    made = tables(lab)
    t = {name: column[0] for name, column in made["t"].items()}
    w = 3.0 * (1 - eta) ** np.arange(40)
    outside = (w < t["xlo"]) | (w > t["xhi"]) | (w**2 / 2 > t["yhi"])
    first = int(outside.argmax())
    assert made["exits"]["text"][0].startswith(f"{first}: w = ")
    assert (
        t["xlo"] <= made["exits"]["x"][0] <= t["xhi"]
        and t["ylo"] <= made["exits"]["E"][0] <= t["yhi"]
    )
    assert np.sign(made["exits"]["dx"][0]) == np.sign(w[first] - w[first - 1])
    assert made["numbers"]["text"][0] == "0 start" and len(made["numbers"]["text"]) <= first


def test_the_arrow_of_two_weights_has_the_number_of_its_step_alone():
    lab = RoughGround(FromGallery("himmelblau"), (1.0, 1.5), 0.5, compare=(), second=Nothing())
    (word,) = tables(lab)["exits"]["text"]
    assert word.isdigit()


def test_a_number_of_a_step_covers_no_name_and_a_name_is_not_where_the_run_comes_from():
    rng, named = np.random.default_rng(3), 0
    for _ in range(12):
        start = tuple(float(x) for x in rng.uniform(-4, 4, 2))
        lab = RoughGround(
            FromGallery("himmelblau"), start, 1.0, compare=(), method="newton", second=Nothing()
        )
        made = tables(lab)
        t = {name: column[0] for name, column in made["t"].items()}
        size = np.array([t["xhi"] - t["xlo"], t["yhi"] - t["ylo"]])
        points, numbers = made["points"], made["numbers"]
        letter = LETTER / plot_width(int(1.3 * WIDE), 2)
        for x, y, dy, text in zip(*(numbers[c] for c in ("x", "y", "dy", "text")), strict=True):
            columns = (points[c] for c in ("x", "y", "label", "below", "side"))
            for at_x, at_y, word, below, side in zip(*columns, strict=True):
                named += 1
                half = 0.5 * letter * max(map(len, word.split("\n")))
                middle = at_x / size[0] + half * {"left": 1, "center": 0, "right": -1}[side]
                line = at_y / size[1] + 0.065 * (-1 if below else 1)
                across = abs(x / size[0] - middle) - 0.5 * letter * len(text) - half
                up = abs(y / size[1] - np.sign(dy) * 0.052 - line)
                assert not word or across >= -1e-6 or up >= 0.06, (word, text)
        for word, below, x, y in zip(
            points["ends"], points["below"], points["x"], points["y"], strict=True
        ):
            path = lab.study().run.path.w
            away = path[np.abs((path - [x, y]) / size).max(axis=1) > 0.02]
            assert not word or not len(away) or below == int(away[-1, 1] > y)
    assert named > 20


def test_a_run_that_stays_has_no_arrow():
    assert not len(tables(RoughGround(eta=0.1, compare=(), second=Nothing()))["exits"]["x"])


def test_a_saddle_or_maximum_where_a_run_ends_is_named_as_its_wrong_end():
    lab = RoughGround(
        FromGallery("himmelblau"), (0.0, 0.0), 1.0, compare=(), method="newton", second=Nothing()
    )
    points = tables(lab)["points"]
    assert [word for word in points["ends"] if word] == ["maximum: the run ends here"]
    settled = tables(RoughGround(eta=0.1, compare=(), second=Nothing()))["points"]
    assert not any(settled["ends"]) and "minimum\n2ηₒₚₜ = 0.415" in settled["label"]


@pytest.mark.parametrize("page", ["wide", "narrow"])
def test_no_name_of_a_limit_covers_another_or_is_crossed_by_a_line(page):
    rng = np.random.default_rng(5)
    width = plot_width(int((1.3 if page == "wide" else 0.5) * WIDE))
    named = 0
    for name in ("well", "tilted", "pinhole", "square"):
        for _ in range(12):
            eta = float(rng.uniform(0.1, 3))
            study = RoughGround(
                FromGallery(name), (0.9,), eta, compare=(), second=Nothing()
            ).study()
            low, high = 0.05, float(rng.uniform(2.5, 5))
            made = limit_marks(study, low, high)
            at = (np.array(made["x"]) - low) / (high - low)
            spans = []
            for x, row, left, word in zip(
                at, made[page], made[f"{page}left"], made[f"{page}label"], strict=True
            ):
                size = len(word) * LETTER / width
                if row < ROWS:
                    spans.append((row, x - size if left else x, x if left else x + size))
            for i, (row, since, to) in enumerate(spans):
                named += 1
                assert since >= 0 and to <= 1
                assert not any(r == row and since < t and s < to for r, s, t in spans[:i])
                lines = zip(at, made[page], strict=True)
                assert not any(top <= row and since + 1e-9 < x < to - 1e-9 for x, top in lines)
    assert named > 60


def test_the_crisis_is_named_on_a_phone_too():
    lab = RoughGround(FromGallery("tilted"), (-1.5,), 1.0, compare=(), second=Bifurcation(100))
    made = lab.run().pictures[1].tables["limits"]
    at = list(made["narrowlabel"]).index("crisis")
    assert made["narrow"][at] < ROWS and "crisis = 1.41 of w = −1.047" in made["widelabel"]
