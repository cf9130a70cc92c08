"""The Hessian of a small network: its spectrum in full, and its largest eigenvalue by products alone."""

import numpy as np

from convcore import Network, descend, sharpness

x = np.linspace(-1, 1, 40)[:, None]
net = Network(x, np.sin(3 * x), hidden=(10,))
w = descend(net, net.initial(seed=0), eta=0.2, steps=2000, keep="last").w[-1]
values = np.linalg.eigvalsh(net.hessian(w))
top = sharpness(lambda v: net.hessian_product(w, v), net.n)
print(
    f"{net.n} weights: {(values < 0).sum()} curvatures are negative, {(values > 0.01).sum()} > 0.01"
)
print(f"λₘₐₓ = {values[-1]:.6f} in full, {top:.6f} by products; η must stay below {2 / top:.3f}")
