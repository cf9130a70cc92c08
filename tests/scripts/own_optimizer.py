"""A step of your own: any function (w, g, eta) -> w, run from a thousand starts beside Adam."""

import numpy as np

from convcore import Adam, Function, descend


def sign_step(w: np.ndarray, g: np.ndarray, eta: np.ndarray) -> np.ndarray:
    return w - eta * np.sign(g)


starts = np.random.default_rng(0).uniform(-2, 2, (1000, 2))
for optimizer in (sign_step, Adam()):
    run = descend(Function("x^2 + 10*y^2"), starts, 0.5, optimizer, lambda k: 0.97**k, steps=300)
    print(f"{(run.loss[-1] < 1e-3).sum()} of 1000 end below 0.001")
