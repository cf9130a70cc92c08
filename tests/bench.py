"""`python -m tests.bench`: what a change of a control costs, what the numerics gain. Read the ratios.

Both sides of a ratio are taken in one run, in turns, as this machine may be slow or shared.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from convcore.descent.descent import descend, exact_descent
from convcore.descent.schedules import Constant
from convcore.objectives.quadratics import Quadratic
from convcore.sweeps.sweeps import sweep_losses, sweep_steps
from tests.bench_derivatives import derivatives
from tests.bench_estimates import estimates
from tests.bench_rivals import rivals

PARTS = ("page", "dragging", "opening", "numerics", "estimates")


def numerics(runs: int = 1000, steps: int = 500) -> None:
    """1,000 step sizes × 500 steps of a quadratic of two weights."""
    A = np.array([[2.0, 0.6], [0.6, 1.0]])
    b = np.array([-1.0, 0.5])
    start = np.array([3.0, -2.0])
    objective = Quadratic(A, b)
    # Up to 0.99 of the limit, so that nothing overflows and all paths can be compared.
    etas = np.linspace(0.01, 0.99 * 2 / objective.spectrum.values[-1], runs)
    minimum = float(objective.value(objective.stationary))
    tolerance = 1e-3

    def plain_loop() -> np.ndarray:
        """What one writes first: a loop over runs, and in it one over steps, on two floats."""
        (a11, a12), (a21, a22) = A.tolist()
        b1, b2 = b.tolist()
        paths = []
        for eta in etas.tolist():
            x, y = start.tolist()
            path = [(x, y)]
            for _ in range(steps):
                gx, gy = a11 * x + a12 * y + b1, a21 * x + a22 * y + b2
                x, y = x - eta * gx, y - eta * gy
                path.append((x, y))
            paths.append(path)
        return np.array(paths).swapaxes(0, 1)

    def loop_of_arrays() -> np.ndarray:
        """The same with the weights in a small array, as most would write it."""
        paths = np.empty((steps + 1, runs, 2))
        for i, eta in enumerate(etas):
            w = paths[0, i] = start
            for k in range(steps):
                w = paths[k + 1, i] = w - eta * (A @ w + b)
        return paths

    def numpy_loop() -> np.ndarray:
        """A loop over steps with all runs in one array."""
        w = np.empty((steps + 1, runs, 2))
        w[0] = start
        for k in range(steps):
            w[k + 1] = w[k] - etas[:, None] * (w[k] @ A + b)
        return w

    def numpy_losses() -> np.ndarray:
        w = numpy_loop()
        return 0.5 * np.einsum("...i,ij,...j->...", w, A, w) + w @ b - minimum

    def numpy_steps() -> np.ndarray:
        away = np.linalg.norm(numpy_loop() - objective.stationary, axis=-1)
        hit = away <= tolerance * away[0]
        return np.where(hit.any(axis=0), hit.argmax(axis=0), np.inf)

    def ours_paths() -> np.ndarray:
        return descend(objective, np.tile(start, (runs, 1)), etas, steps=steps).w

    def exact_paths() -> np.ndarray:
        return exact_descent(objective, np.tile(start, (runs, 1)), etas, Constant(), steps).w

    def losses() -> np.ndarray:
        return sweep_losses(objective, start, etas, Constant(), steps)

    def counts() -> np.ndarray:
        return sweep_steps(objective, start, etas, Constant(), steps, tolerance)

    paths = plain_loop()
    scale = np.abs(paths[0] - objective.stationary).max()
    for name, found in [
        ("arrays", loop_of_arrays()),
        ("NumPy", numpy_loop()),
        ("descend", ours_paths()),
        ("exact", exact_paths()),
    ]:
        assert np.abs(found - paths).max() < 1e-12 * scale, name
    assert np.abs(losses() - numpy_losses()).max() < 1e-12 * losses().max()
    # Where the path touches the mark to rounding, a step more or less is no difference.
    found, wanted = np.minimum(counts(), steps + 1), np.minimum(numpy_steps(), steps + 1)
    assert np.abs(found - wanted).max() <= 1

    entries: list[tuple[str, Callable[[], Any], Callable[[], Any]]] = [
        ("descend (paths, verdicts)", ours_paths, numpy_loop),
        ("exact_descent (the same)", exact_paths, numpy_loop),
        ("sweep_losses", losses, numpy_losses),
        ("sweep_steps", counts, numpy_steps),
    ]
    floats, arrays = clock(plain_loop, 2), clock(loop_of_arrays, 1)
    print(
        f"\n{runs:,} step sizes × {steps} steps           ms    times as fast as a loop over runs, and as"
    )
    print(
        "                                                of floats  of arrays  a NumPy loop over steps"
    )
    for name, ours, theirs in entries:
        a, other = alternately(ours, theirs)
        print(f"  {name:<28}{a:15.2f}{floats / a:12.0f}{arrays / a:11.0f}{other / a:15.1f}")


def clock(work: Callable[[], Any], times: int) -> float:
    """The best of some runs, in ms."""
    best = float("inf")
    for _ in range(times):
        begun = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - begun)
    return 1000 * best


def alternately(a: Callable[[], Any], b: Callable[[], Any], times: int = 9) -> tuple[float, float]:
    """The medians of both in ms, taken in turns."""
    both = [(clock(a, 1), clock(b, 1)) for _ in range(times)]
    return statistics.median(x for x, _ in both), statistics.median(y for _, y in both)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--presses", type=int, default=3, help="of a key, in each round")
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument(
        "--against", type=Path, help="another checkout, whose page takes turns with this one's"
    )
    asked = parser.parse_args()
    if asked.against and not (asked.against / "app.py").is_file():
        parser.error(f"{asked.against} has no app.py")
    parts = (asked.only,) if asked.only else PARTS
    if {"page", "dragging", "opening"} & set(parts):
        from tests import bench_dragging, bench_page  # need a browser, as the numerics do not
    if "page" in parts and asked.against:
        bench_page.against(asked.against.resolve(), asked.rounds, asked.presses)
    elif "page" in parts:
        bench_page.changes(asked.rounds, asked.presses)
    if "dragging" in parts:
        bench_dragging.dragging(asked.rounds)
    if "opening" in parts:
        bench_page.opening()
    if "numerics" in parts:
        numerics()
        derivatives()
        rivals()
    if "estimates" in parts:
        estimates(asked.rounds)


if __name__ == "__main__":
    main()
