"""Which learning rates converge on a badly scaled problem, and how fast?"""

import numpy as np

from convcore import Quadratic, descend

problem = Quadratic(np.diag([1, 10, 100]))
etas = np.geomspace(1e-3, 0.03, 200)
run = descend(problem, [1, 1, 1], etas, steps=5000, keep="losses")
best = int(run.converged_at.argmin())
print(f"{np.isfinite(run.converged_at).sum()} of {len(etas)} converge")
print(f"fastest: η = {etas[best]:.4f} in {run.converged_at[best]:.0f} steps; {run.outcome(-1)}")
