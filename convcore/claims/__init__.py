"""The lecture as 23 experiments: each claim, the lab value that tries it, the verdict of the run.

To add one, add it to the tuple of its section; what a claim is stands in `claim.py`.
"""

from convcore.claims import many_weights, newton, perceptron, rough
from convcore.labkit.claim import Claim as Claim
from convcore.labkit.claim import Verdict as Verdict
from convcore.labkit.claim import Word as Word
from convcore.labs.network import claims as network
from convcore.labs.one_weight import claims as one_weight

CLAIMS: tuple[Claim, ...] = tuple(
    sorted(
        (
            *one_weight.CLAIMS,
            newton.CLAIM_6,
            *many_weights.CLAIMS,
            newton.CLAIM_12,
            *network.CLAIMS,
            *rough.CLAIMS,
            *perceptron.CLAIMS,
        ),
        key=lambda claim: claim.number,
    )
)
