"""What a study is estimated to take, beside what it takes: by the estimate the server gives it away."""

from __future__ import annotations

import functools
import gc
import statistics
import time
from collections.abc import Iterator

import numpy as np

from convcore import cache
from convcore.datasets import Upload
from convcore.descent.descent import descend
from convcore.labkit.functions import FromFormula, FromGallery
from convcore.labkit.own_table import OWN
from convcore.labkit.settings import LIGHT, SPEED
from convcore.labs import (
    Lab,
    ManyWeights,
    OneWeight,
    PerceptronAndBackprop,
    RealNetwork,
    RoughGround,
    TaylorAndNewton,
)
from convcore.labs.many_weights.least_squares import FromData
from convcore.labs.many_weights.quadratics import Typed
from convcore.labs.many_weights.settings import EVERY
from convcore.labs.perceptron.second_pictures import NoMore
from convcore.labs.rough_ground.second_pictures import Nothing
from convcore.objectives.quadratics import Quadratic

BOWL = Quadratic([[1.0, 0.9], [0.9, 1.0]])
UNIT = 3000  # steps of plain descent on it, beside which all is measured


def _formula(terms: int, other: str) -> str:
    return "+".join(f"sin({i}x)cos({i}{other})exp(-x^2/{i})" for i in range(1, terms + 1))


def _values() -> Iterator[tuple[str, Lab]]:
    rng = np.random.default_rng(1)
    B = rng.normal(size=(50, 50))
    wide = "\n".join(", ".join(f"{x:.4f}" for x in row) for row in B @ B.T / 50 + np.eye(50))
    rows = "\n".join(",".join(f"{x:.4f}" for x in row) for row in rng.normal(size=(100_000, 3)))
    table = FromData(table=OWN, file=Upload("rows.csv", f"a,b,y\n{rows}"))
    yield "one weight, 10,000 steps", OneWeight(eta=1e-7, steps=10_000)
    yield "many weights, 10,000 steps", ManyWeights(eta=1e-6, steps=10_000)
    yield "all methods, 200 steps", ManyWeights(eta=1e-6, steps=200, methods=EVERY)
    yield "all methods, 50 weights", ManyWeights(Typed(wide), eta=1e-6, steps=200, methods=EVERY)
    yield "minibatches of 100,000 rows", ManyWeights(table, eta=0.01, also="minibatches")
    for name in ("logcosh", "rosenbrock"):
        yield f"Newton on {name}", TaylorAndNewton(FromGallery(name), steps=100)
    for terms in (2, 8, 17):
        for other in "xy":
            text = _formula(terms, other)
            what = f"Newton, {len(text)} letters of {'one weight' if other == 'x' else 'two'}"
            yield what, TaylorAndNewton(FromFormula(text), eta=1e-5, order=6)
    searches = ("exact", "cg", "bfgs")
    yield "searches", TaylorAndNewton(FromGallery("rosenbrock"), methods=searches, steps=100)
    yield "schedules", RoughGround(second=Nothing(), steps=1000)
    yield "schedules of bfgs", RoughGround(second=Nothing(), method="bfgs", eta=1.0, steps=1000)
    yield "perceptron", PerceptronAndBackprop(second=NoMore(), epochs=3000)
    yield "a network", RealNetwork(steps=2000, hidden=(10.0, 10.0))


def _took(lab: Lab) -> float:
    for held in cache._named.values():
        held._kept.clear()  # as for the first visitor
        held._long.clear()
    for once in gc.get_objects():
        if isinstance(once, functools._lru_cache_wrapper) and once.__module__.startswith(
            "convcore.labs"
        ):
            once.cache_clear()
    began = time.process_time()
    lab.study()
    return time.process_time() - began


def estimates(rounds: int) -> None:
    """Print, for values of all labs, estimate ÷ time, both in units of plain descent."""
    unit_work = UNIT * BOWL.work / SPEED
    print("estimate and time in units of plain descent; their ratio; who does it")
    for name, lab in _values():
        ratios, units = [], []
        estimate = lab.work
        for _ in range(rounds):
            began = time.process_time()
            descend(BOWL, [3.0, 2.0], 1e-6, steps=UNIT)
            unit = time.process_time() - began
            took = _took(lab) / unit
            units.append(took)
            ratios.append(estimate / SPEED / unit_work / took)
        whom = "beside" if estimate > LIGHT else "server"
        print(
            f"{name:40s} {estimate / SPEED / unit_work:8.2f} {statistics.median(units):8.2f} "
            f"{statistics.median(ratios):6.2f}  {whom}",
            flush=True,
        )
