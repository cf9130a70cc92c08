"""One unit y = f(wᵀx + b) as an objective over its weights, and its minima (SCIENCE F)."""

from __future__ import annotations

from convcore.separators.sigmoid_unit.minima import MOST as MOST
from convcore.separators.sigmoid_unit.minima import Minimum as Minimum
from convcore.separators.sigmoid_unit.minima import minima as minima
from convcore.separators.sigmoid_unit.rest import ON as ON
from convcore.separators.sigmoid_unit.rest import NearRest as NearRest
from convcore.separators.sigmoid_unit.rest import near_rest as near_rest
from convcore.separators.sigmoid_unit.rest import tangent as tangent
from convcore.separators.sigmoid_unit.span import SpannedUnit as SpannedUnit
from convcore.separators.sigmoid_unit.unit import ACTIVATIONS as ACTIVATIONS
from convcore.separators.sigmoid_unit.unit import DIVERGENCES as DIVERGENCES
from convcore.separators.sigmoid_unit.unit import SigmoidUnit as SigmoidUnit
from convcore.separators.sigmoid_unit.unit import WithinNorm as WithinNorm
from convcore.separators.sigmoid_unit.unit import always_separates as always_separates
