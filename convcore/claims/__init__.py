"""The lecture as 23 experiments: each claim, the lab value that tries it, the verdict of its study.

Each claim is in the folder of its lab; `labkit/claim.py` defines what a claim is.
"""

from convcore.labkit.claim import Claim as Claim
from convcore.labkit.claim import Verdict as Verdict
from convcore.labkit.claim import Word as Word
from convcore.labs.many_weights import claims as many_weights
from convcore.labs.network import claims as network
from convcore.labs.newton import claims as newton
from convcore.labs.one_weight import claims as one_weight
from convcore.labs.perceptron import claims as perceptron
from convcore.labs.rough_ground import claims as rough_ground

LABS = (one_weight, newton, many_weights, rough_ground, perceptron, network)
CLAIMS: tuple[Claim, ...] = tuple(
    sorted((claim for lab in LABS for claim in lab.CLAIMS), key=lambda claim: claim.number)
)
