"""The labs in the order of the page, and every name that the `repr` of one uses.

To add a lab, import it here and add it to LABS.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import is_dataclass
from typing import Any

from convcore.knobs import Variant, default, knobs
from convcore.labkit.lab import Lab as Lab
from convcore.labkit.lab import Result as Result
from convcore.labkit.tables import Facts as Facts
from convcore.labs.many_weights.lab import ManyWeights as ManyWeights
from convcore.labs.network.lab import RealNetwork as RealNetwork
from convcore.labs.newton.lab import TaylorAndNewton as TaylorAndNewton
from convcore.labs.one_weight.lab import OneWeight as OneWeight
from convcore.labs.perceptron.lab import PerceptronAndBackprop as PerceptronAndBackprop
from convcore.labs.rough_ground.lab import RoughGround as RoughGround

LABS: tuple[type[Lab], ...] = (
    OneWeight,
    TaylorAndNewton,
    ManyWeights,
    RoughGround,
    PerceptronAndBackprop,
    RealNetwork,
)


def _classes_in(kind: type) -> Iterator[type]:
    """The class, and all classes that its fields can hold."""
    yield kind
    for name, knob in knobs(kind).items():
        variants = knob.kinds if isinstance(knob, Variant) else ()
        for held in (*(each for _, each in variants), type(default(kind, name))):
            if is_dataclass(held):
                yield from _classes_in(held)


NAMES: dict[str, Any] = {each.__name__: each for lab in LABS for each in _classes_in(lab)}
NAMES |= {"LABS": LABS, "Facts": Facts, "Lab": Lab, "Result": Result}
