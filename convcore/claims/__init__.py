"""The lecture as 23 experiments: each claim, the lab value that tries it, the verdict of the run.

To add one, add it to the tuple of its section; what a claim is stands in `claim.py`.
"""

from convcore.claims import newton, one_weight, perceptron, rough
from convcore.labkit.claim import Claim, Verdict, Word
from convcore.labs.many_weights import claims as many_weights

CLAIMS: tuple[Claim, ...] = tuple(
    sorted(
        (
            *one_weight.CLAIMS,
            newton.CLAIM_6,
            *many_weights.CLAIMS,
            newton.CLAIM_12,
            *rough.CLAIMS,
            *perceptron.CLAIMS,
        ),
        key=lambda claim: claim.number,
    )
)

__all__ = ["CLAIMS", "Claim", "Verdict", "Word"]
