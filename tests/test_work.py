"""What a study is estimated to take: in proportion to what is computed, and never to ask takes long."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from convcore.cache import Cache
from convcore.descent.descent import descend
from convcore.labkit.functions import FromFormula
from convcore.labkit.settings import LIGHT
from convcore.labs import LABS, ManyWeights, OneWeight, RealNetwork, TaylorAndNewton
from convcore.labs.many_weights.settings import EVERY
from convcore.objectives.base import Objective
from convcore.objectives.quadratics import Quadratic
from convcore.optimizers import OPTIMIZERS, Optimizer
from tests.draw import labs, often

LONG_FORMULA = "+".join(f"sin({i}x)cos({i}x)exp(-x^2/{i})" for i in range(1, 18))

MAPS = Cache(9)


class Counted(Objective):
    """A quadratic of two weights that counts what it is asked for, a Hessian as three gradients."""

    n = 2

    def __init__(self) -> None:
        self.bowl, self.asked = Quadratic([[1.0, 0.9], [0.9, 1.0]]), Counter[str]()

    def value(self, w: Any) -> Any:
        self.asked["value"] += 1
        return self.bowl.value(w)

    def gradient(self, w: Any) -> Any:
        self.asked["gradient"] += 1
        return self.bowl.gradient(w)

    def hessian(self, w: Any) -> Any:
        self.asked["gradient"] += 3
        return self.bowl.hessian(w)


@pytest.mark.parametrize(("key", "kind"), OPTIMIZERS)
def test_a_step_is_estimated_by_how_often_it_looks_at_the_function(
    key: str, kind: type[Optimizer]
) -> None:
    looks = {}
    for optimizer in (kind(), dict(OPTIMIZERS)["gd"]()):
        counted = Counted()
        run = descend(counted, [3.0, 2.0], 1e-3, optimizer, steps=50)
        taken = int(np.max(run.length))
        looks[type(optimizer)] = counted.asked.total() / taken
    plain = looks[dict(OPTIMIZERS)["gd"]]
    ratio = looks[kind] / plain / (kind().work(2, 1e5) / 1e5)
    assert 1 / 5 < ratio < 5, (
        f"{key} looks {looks[kind]:.1f} times a step, plain descent {plain:.1f}"
    )


@pytest.mark.parametrize("kind", LABS, ids=lambda kind: kind.key)
def test_what_is_heavy_is_not_drawn_by_a_number_that_moves(kind: Any) -> None:
    @given(labs(kind))
    @often(15, 300)
    def holds(lab: Any) -> None:
        assert lab.heavy == (lab.work > LIGHT)
        assert 0 <= lab.work < np.inf and 0 <= lab.work_anew < np.inf
        assert not lab.live or lab.work_anew <= LIGHT

    holds()


def test_more_steps_more_methods_and_longer_formulas_are_more_work() -> None:
    for lab in (OneWeight(), ManyWeights(), TaylorAndNewton(), RealNetwork()):
        assert replace(lab, steps=lab.steps + 100).work_anew > lab.work_anew
    many = ManyWeights(steps=10_000, eta=1e-6)
    assert replace(many, methods=EVERY).work > 5 * many.work > LIGHT
    assert not ManyWeights().heavy and not OneWeight().heavy and TaylorAndNewton().live


def test_a_long_formula_is_looked_through_beside_the_server_and_then_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in ("settings", "study"):
        monkeypatch.setattr(f"convcore.labs.newton.{module}.NEWTON_MAPS", MAPS)
    lab = TaylorAndNewton(FromFormula(LONG_FORMULA[:103]), order=6)
    assert lab.heavy and lab.live
    lab.study()
    assert not lab.heavy and not replace(lab, eta=0.3, order=3).heavy
