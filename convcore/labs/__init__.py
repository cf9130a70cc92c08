"""The labs, one a file: fields are controls, panels are the page. To add a lab, add it to LABS.

`from convcore.labs import *` brings all that the `repr` of a lab is written in, so that it runs: the
labs and, from the knobs of their fields, every class that stands in a registry.
"""

from collections.abc import Iterator
from dataclasses import is_dataclass

from convcore.knobs import Variant, default, knobs
from convcore.labkit.lab import Lab as Lab
from convcore.labkit.lab import Result as Result
from convcore.labkit.tables import Facts as Facts
from convcore.labs.many_weights import ManyWeights as ManyWeights
from convcore.labs.network.lab import RealNetwork as RealNetwork
from convcore.labs.newton import TaylorAndNewton as TaylorAndNewton
from convcore.labs.one_weight.lab import OneWeight as OneWeight
from convcore.labs.perceptron import PerceptronAndBackprop as PerceptronAndBackprop
from convcore.labs.rough_ground import RoughGround as RoughGround

LABS: tuple[type[Lab], ...] = (
    OneWeight,
    TaylorAndNewton,
    ManyWeights,
    RoughGround,
    PerceptronAndBackprop,
    RealNetwork,
)


def _written_in(kind: type) -> Iterator[type]:
    """The class and those of all that its fields can hold."""
    yield kind
    for name, knob in knobs(kind).items():
        variants = knob.kinds if isinstance(knob, Variant) else ()
        for held in (*(each for _, each in variants), type(default(kind, name))):
            if is_dataclass(held):
                yield from _written_in(held)


_CLASSES = {each.__name__: each for lab in LABS for each in _written_in(lab)}
globals().update(_CLASSES)
__all__ = ["LABS", "Facts", "Lab", "Result"]
__all__ += sorted(_CLASSES)
