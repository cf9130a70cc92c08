"""A function of your own: no derivatives to write, not even batched."""

import numpy as np

from convcore import PlainFunction, descend


def valley(w: np.ndarray) -> np.ndarray:
    return np.asarray((1 - w[0]) ** 2 + 10 * (w[1] - w[0] ** 2) ** 2)


print(PlainFunction(valley, at=[-1.2, 1]))
run = descend(valley, [-1.2, 1], [0.001, 0.01, 0.1], steps=3000, keep=100)
for i in range(3):
    print(run.outcome(i), np.round(run.w[-1, i], 3))
