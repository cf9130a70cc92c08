"""The methods of "Many weights": optimizers of the registry, and momentum with β tuned to the quadratic."""

from __future__ import annotations

from typing import NamedTuple

from convcore.optimizers import OPTIMIZERS, Momentum, Optimizer


class Method(NamedTuple):
    """An optimizer as the lab calls it: its name, colour and dash in pictures, and its class."""

    label: str
    colour: str
    dash: tuple[int, ...]
    kind: type[Optimizer]

    @property
    def relative(self) -> bool:
        """Whether η is a share of a full step."""
        return self.kind.relative

    @property
    def sized(self) -> bool:
        """Whether η is about how far a weight goes in a step, however large the gradient."""
        return self.kind.sized


# Momentum whose β follows from κ.
TUNED = "tuned"
# Those whose steps theory counts whatever η and schedule are, and all.
METHODS = ("gd", "coordinate", "newton", "momentum", "nesterov")
EVERY = (*METHODS, TUNED, "cg", "bfgs", "rprop", "adagrad", "rmsprop", "adam", "adamw")
_BY_KEY = {key: Method(kind.label, kind.colour, kind.dash, kind) for key, kind in OPTIMIZERS} | {
    TUNED: Method("tuned momentum", "#7f6aa8", (3, 2, 8, 2), Momentum)
}
KINDS = {key: _BY_KEY[key] for key in EVERY}
