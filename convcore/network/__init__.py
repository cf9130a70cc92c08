"""A multilayer perceptron as an objective over its flat weights, with exact second-order products."""

from convcore.network.multilayer import Network
from convcore.network.parts import ACTIVATIONS, DIVERGENCES, Activation, Divergence, softmax
from convcore.network.place import Place

__all__ = [
    "ACTIVATIONS",
    "DIVERGENCES",
    "Activation",
    "Divergence",
    "Network",
    "Place",
    "softmax",
]
