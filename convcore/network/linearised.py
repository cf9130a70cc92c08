"""A network linearised at one w; intermediate results that products share are computed once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from convcore.arrays import Array
from convcore.network.layers import Layers
from convcore.network.parts import ACTIVATIONS, DIVERGENCES, Divergence


@dataclass(frozen=True, eq=False)
class Linearised:
    """A network at weights w (n,), with the intermediate results that all products share.

    layers: views W (fan-in, fan-out) and b (1, fan-out) of w, layer by layer. h: X (N, p), h_1, …,
    y (N, q), from the forward pass. Made by `Network.at`. Products take v (..., n), any number of
    directions at once; ValueError (NumPy's) if its last axis is not n long.
    """

    network: Layers
    w: Array
    layers: list[tuple[Array, Array]]
    h: list[Array]

    @property
    def _divergence(self) -> Divergence:
        return DIVERGENCES[self.network.divergence]

    @cached_property
    def _mean(self) -> Array:
        return self._divergence.mean(self.h[-1])

    @cached_property
    def slopes(self) -> list[Array]:
        """f′ (N, width) at each hidden layer."""
        slope = ACTIVATIONS[self.network.activation].slope
        return [slope(h) for h in self.h[1:-1]]

    @cached_property
    def _errors(self) -> tuple[list[Array], list[Array]]:
        """∂E/∂z of each layer, and (∂E/∂h)·f″ of each hidden layer."""
        curvature = ACTIVATIONS[self.network.activation].curvature
        e = [self._divergence.slope(self.h[-1], self.network.targets)]
        bent: list[Array] = []
        for i in range(len(self.layers) - 1, 0, -1):
            back = e[0] @ self.layers[i][0].T
            d = self.slopes[i - 1]
            e.insert(0, back * d)
            bent.insert(0, back * curvature(self.h[i], d))
        return e, bent

    def value(self) -> float:
        """E(w)."""
        return float(self._divergence.value(self.h[-1], self.network.targets))

    def gradient(self) -> Array:
        """∇E(w) (n,), by backpropagation (Rumelhart, Hinton, Williams 1986)."""
        e = self._divergence.slope(self.h[-1], self.network.targets)
        return self.network.backward(self.layers, self.h, e)

    def hessian_product(self, v: Array) -> Array:
        """∇²E(w)·v (..., n) for v (..., n), exactly (Pearlmutter 1994).

        It costs two gradients, in addition to the gradient's own passes.
        """
        return self._in_blocks(self._hessian_product, v)

    def gauss_newton_product(self, v: Array) -> Array:
        """JᵀBJ·v (..., n) for v (..., n): J = ∂y/∂w, B = ∂²E/∂y² (Schraudolph 2002)."""

        def product(v: Array) -> Array:
            dy = self._push(self.network.layers(v))[-1]
            return self.network.backward(
                self.layers, self.h, self._divergence.curvature(self._mean, dy)
            )

        return self._in_blocks(product, v)

    def _in_blocks(self, f: Callable[[Array], Array], v: Array) -> Array:
        return self.network.in_blocks(f, v, (self.network.n,))

    def _push(self, along: list[tuple[Array, Array]]) -> list[Array]:
        """The derivative of each layer's z along v; the last is that of y."""
        dz: list[Array] = []
        for i, ((W, _), (V, c)) in enumerate(zip(self.layers, along, strict=True)):
            moved = self.h[i] @ V
            moved += c
            if i:
                moved += _times(self.slopes[i - 1] * dz[-1], W)
            dz.append(moved)
        return dz

    def _hessian_product(self, v: Array) -> Array:
        net, along = self.network, self.network.layers(v)
        (errors, bent), dz = self._errors, self._push(along)
        Hv = np.empty(v.shape)
        de = self._divergence.curvature(self._mean, dz[-1])
        for i in range(len(self.layers) - 1, -1, -1):
            start, middle, end, fan_in, fan_out = net.slots[i]
            into = self.h[i].T @ de
            if i:
                d = self.slopes[i - 1]
                into += (d * dz[i - 1]).swapaxes(-1, -2) @ errors[i]
            Hv[..., start:middle] = into.reshape(*v.shape[:-1], fan_in * fan_out)
            Hv[..., middle:end] = net.ones @ de
            if i:
                back = _times(de, self.layers[i][0].T)
                back += errors[i] @ along[i][0].swapaxes(-1, -2)
                back *= d
                back += bent[i - 1] * dz[i - 1]
                de = back
        return Hv


def _times(x: Array, W: Array) -> Array:
    """x @ W for x (..., N, p) and one W (p, q), as one matrix product."""
    return np.asarray(np.dot(x.reshape(-1, x.shape[-1]), W).reshape(*x.shape[:-1], W.shape[1]))
