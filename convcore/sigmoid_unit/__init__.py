"""One unit y = f(wᵀx + b) as an objective over its weights, and its minima (SCIENCE F)."""

from __future__ import annotations

from convcore.sigmoid_unit.minima import MOST, Minimum, lowest_minimum, minima
from convcore.sigmoid_unit.unit import (
    ACTIVATIONS,
    DIVERGENCES,
    SigmoidUnit,
    WithinNorm,
    always_separates,
    first_separating,
)

__all__ = [
    "ACTIVATIONS",
    "DIVERGENCES",
    "MOST",
    "Minimum",
    "SigmoidUnit",
    "WithinNorm",
    "always_separates",
    "first_separating",
    "lowest_minimum",
    "minima",
]
