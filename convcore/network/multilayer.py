"""A multilayer perceptron as an objective of its flat weights, with exact second-order products.

Gradients are by backpropagation, Hessian-vector products by Pearlmutter (1994): the derivative of
backpropagation along v, which costs two more gradients and no matrix.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from convcore.arrays import Array
from convcore.network.layers import Layers
from convcore.network.linearised import Linearised
from convcore.network.parts import ACTIVATIONS, DIVERGENCES


@dataclass(frozen=True, eq=False)
class Network(Layers):
    """E(w) = mean over N points of ½‖y − t‖² ("l2") or of −Σ t log softmax(y) ("softmax").

    Fields, shapes and errors are those of `Layers`.
    """

    def initial(self, seed: int) -> Array:
        """Random weights (n,), the same for the same seed: normal, std 1/√fan-in; biases 0.

        (LeCun, Bottou, Orr, Müller 1998.) ValueError if the seed is negative.
        """
        rng, w = np.random.default_rng(seed), np.zeros(self.n)
        for start, middle, _, fan_in, _ in self.slots:
            w[start:middle] = rng.standard_normal(middle - start) / np.sqrt(fan_in)
        return w

    def output(self, w: Array, inputs: Array | None = None) -> Array:
        """y (..., M, q) of weights (..., n) for inputs (M, p), the network's own by default."""
        X = self.inputs if inputs is None else inputs
        return self.forward(self.layers(w), X)[-1]

    def value(self, w: Array) -> Array:
        """E (...) at weights w (..., n)."""
        value = DIVERGENCES[self.divergence].value
        return self.in_blocks(lambda part: value(self.output(part), self.targets), w, ())

    def gradient(self, w: Array) -> Array:
        """∇E (..., n) at weights w (..., n), by backpropagation."""
        if w.ndim == 1:
            return self._gradient_of_one(w)
        return self.in_blocks(self._gradient, w, (self.n,))

    def hessian(self, w: Array) -> Array:
        """∇²E (..., n, n) at weights w (..., n): exact, by n products with unit vectors.

        It stores n² numbers, and each of its n rows costs two gradients.
        """
        H = np.empty((*w.shape, self.n))
        for run in np.ndindex(w.shape[:-1]):
            rows = self.at(w[run]).hessian_product(np.eye(self.n))
            H[run] = (rows + rows.T) / 2
        return H

    def at(self, w: Array) -> Linearised:
        """The network's second-order model at weights w (n,): E, ∇E and products with ∇²E and JᵀBJ."""
        layers = self.layers(w)
        return Linearised(self, w, layers, self.forward(layers, self.inputs))

    def hessian_product(self, w: Array, v: Array) -> Array:
        """∇²E(w)·v for w (n,) and v (..., n)."""
        return self.at(w).hessian_product(v)

    def gauss_newton_product(self, w: Array, v: Array) -> Array:
        """JᵀBJ·v for w (n,) and v (..., n): J = ∂y/∂w, B = ∂²E/∂y²; never negative curvature."""
        return self.at(w).gauss_newton_product(v)

    def _gradient(self, w: Array) -> Array:
        layers = self.layers(w)
        h = self.forward(layers, self.inputs)
        slope = DIVERGENCES[self.divergence].slope
        return self.backward(layers, h, slope(h[-1], self.targets))

    def _gradient_of_one(self, w: Array) -> Array:
        """∇E(w) for one w (n,), the inner loop of all training: `dot` on views, no copies."""
        dot, f, slots = np.dot, ACTIVATIONS[self.activation], self.slots
        last = len(slots) - 1
        h, weights = [self.inputs], []
        for i, (start, middle, end, fan_in, fan_out) in enumerate(slots):
            W = w[start:middle].reshape(fan_in, fan_out)
            z = dot(h[i], W)
            z += w[middle:end]
            weights.append(W)
            h.append(f.apply(z) if i < last else z)
        slope = DIVERGENCES[self.divergence].slope
        e, g = slope(h[-1], self.targets), np.empty(self.n)
        for i in range(last, -1, -1):
            start, middle, end, fan_in, fan_out = slots[i]
            dot(h[i].T, e, g[start:middle].reshape(fan_in, fan_out))
            dot(self.ones, e, g[middle:end])
            if i:
                e = dot(e, weights[i].T)
                e *= f.slope(h[i])
        return g
