"""Why gradient descent converges, crawls, oscillates, diverges or lands on the wrong thing.

Everything is batched: one call runs a thousand step sizes or starts.

>>> from convcore.descent import descend
>>> from convcore.objectives import Quadratic
>>> run = descend(Quadratic([[1, 0.9], [0.9, 1]]), start=[3, 2], eta=[0.5, 1, 1.5], steps=200)
>>> for i, eta in enumerate([0.5, 1, 1.5]):
...     print(f"η = {eta}: {run.outcome((i,))}")
η = 0.5: converged to a minimum
η = 1: converged to a minimum
η = 1.5: diverged at step 15

Where things are, from the ground up; `help` on each tells shapes, units and errors:

formula, taylor, series         a typed formula, and its exact derivatives
objectives, gallery             what is minimised: quadratics, least squares, named functions
schedules, optimizers           η as a function of the step; one pure step each
curvature                       what theory says before a run: regimes, limits, rates, steps
descent, endings, criteria      `descend`, the one loop, and how a run ends
stationary                      minima, saddles and maxima of a function in view
sweeps, maps, bifurcation       many runs at once: over η, schedules and starts; where they end
noise, race                     noisy gradients; which method, at which η, is soonest
pointsets, separability         labelled points, and whether a line parts them, with proof
classifiers, sigmoid_unit       perceptron, backprop, max-margin
network, spectra, hessian_free  a small net, its Hessian's spectrum, and how to do without one
labs, charts, claims            the page's labs as values, their pictures, the lecture's claims

A lab is a value. In a notebook ``OneWeight(a=2, eta=0.7).panels()``, of `convcore.labs`, gives its
pictures, Altair charts that display themselves; ``.run()`` gives the sentence and the tables too.
Importing `convcore` loads none of this: neither Altair nor Streamlit.
"""
