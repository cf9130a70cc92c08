"""A typed formula and its exact derivatives, at one point or at a batch of them."""

import numpy as np

from convcore import Function

f = Function("log(cosh(x)) + x*y^2")
print("E", f.value(np.array([1.0, 2.0])))
print("∇E", f.gradient(np.array([1.0, 2.0])))
print("∇²E", f.hessian(np.array([1.0, 2.0])).tolist())
print("at 1,000 points:", f.gradient(np.random.default_rng(0).normal(size=(1000, 2))).shape)
print(f.formula.latex())
