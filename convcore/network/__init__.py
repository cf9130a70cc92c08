"""A multilayer perceptron as an objective of its flat weights, with exact second-order products."""

from convcore.network.linearised import Linearised as Linearised
from convcore.network.multilayer import Network as Network
from convcore.network.parts import ACTIVATIONS as ACTIVATIONS
from convcore.network.parts import DIVERGENCES as DIVERGENCES
from convcore.network.parts import Activation as Activation
from convcore.network.parts import Divergence as Divergence
from convcore.network.parts import softmax as softmax
