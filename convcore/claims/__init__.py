"""The lecture as 23 experiments: each claim, the lab value that tries it, the verdict of the run.

To add one, add it to the tuple of its section; what a claim is stands in `claim.py`.
"""

from convcore.claims import many_weights, newton, one_weight, perceptron, rough
from convcore.labkit.claim import Claim, Verdict, Word
from convcore.labs.rough_ground import claims as rough_ground

CLAIMS: tuple[Claim, ...] = tuple(
    sorted(
        (
            *one_weight.CLAIMS,
            newton.CLAIM_6,
            *many_weights.CLAIMS,
            newton.CLAIM_12,
            *rough.CLAIMS,
            *rough_ground.CLAIMS,
            *perceptron.CLAIMS,
        ),
        key=lambda claim: claim.number,
    )
)

__all__ = ["CLAIMS", "Claim", "Verdict", "Word"]
