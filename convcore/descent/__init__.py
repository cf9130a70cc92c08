"""`descend`, the one loop that iterates optimizers; schedules, theory, and how a run ends.

Bring your own: a plain function will do for an objective, an optimizer or a schedule. Five examples.

A function of w, without derivatives. Whether it takes a batch, and how its gradient is had, is found out:

>>> import numpy as np
>>> from convcore import Adam, Objective, PlainFunction, descend
>>> def valley(w):
...     x, y = w
...     return (1 - x)**2 + 10*(y - x**2)**2
>>> PlainFunction(valley, at=[-1.2, 1])
<PlainFunction valley of 2 weights: batched, weights on the first axis; gradient by complex step>
>>> print(descend(valley, start=[-1.2, 1], eta=0.01, steps=3000).outcome())
converged to a minimum

With its gradient, here of a logistic regression on data:

>>> X, y = np.array([[0, 1], [1, 1], [2, 1], [3, 1]]), np.array([0, 1, 0, 1])
>>> def loss(w):
...     return np.logaddexp(0, X @ w).mean() - y @ X @ w / 4
>>> def slope(w):
...     return X.T @ (1 / (1 + np.exp(-X @ w)) - y) / 4
>>> run = descend(PlainFunction(loss, at=[0, 0], gradient=slope), [0, 0], [0.1, 1], steps=500)
>>> print([str(run.outcome(i)) for i in range(2)], run.converged_at)
['still under way when the steps ran out', 'converged to a minimum'] [ inf 123.]

A step (w, g, eta) -> w and a schedule k -> factor of your own, from two starts at once, beside Adam:

>>> for optimizer in (lambda w, g, eta: w - eta * np.sign(g), Adam()):
...     starts, slower = [[-1, 1], [3, 0.5]], lambda k: 0.98**k
...     run = descend(lambda w: w[0]**2 + 10*w[1]**2, starts, 0.1, optimizer, slower)
...     print(run.loss[-1].round(3))
[0.002 0.002]
[0.    0.014]

A step with a memory, which is () at first: (objective, w, memory, eta) -> (w, memory):

>>> def heavy(objective, w, memory, eta):
...     last = memory[0] if memory else w
...     return w - eta * objective.gradient(w) + 0.9 * (w - last), (w,)
>>> print(descend(valley, [-1.2, 1], 0.001, heavy, lambda k: min(1, k / 50), steps=3000).outcome())
converged to a minimum

A class, where many runs must be fast; `value` and `gradient` take a batch, a Hessian is not needed:

>>> class Quartic(Objective):
...     n = 3
...     def value(self, w):
...         return (w**4).sum(axis=-1)
...     def gradient(self, w):
...         return 4 * w**3
>>> descend(Quartic(), [1, 2, 3], eta=[0.01, 0.05, 0.1], steps=200)
<Trajectory of 3 runs (3,) of 200 steps, 3 weights: 2 out of steps, 1 diverged>
"""

from convcore.descent.descent import Trajectory as Trajectory
from convcore.descent.descent import descend as descend
from convcore.descent.descent import descend_by_schedule as descend_by_schedule
from convcore.descent.descent import descend_each as descend_each
from convcore.descent.descent import exact_descent as exact_descent
from convcore.descent.outcomes import Outcome as Outcome
from convcore.descent.outcomes import Status as Status
