"""The lecture as 23 experiments: each claim, the lab value that tries it, the verdict of its study.

Each claim is in the folder of its lab; `labkit/claim.py` defines what a claim is.
"""

from importlib import import_module
from importlib.util import find_spec

from convcore.labkit.claim import Claim as Claim
from convcore.labkit.claim import Verdict as Verdict
from convcore.labkit.claim import Word as Word
from convcore.labkit.lab import Lab
from convcore.labs.registry import LABS


def claims_of(lab: type[Lab]) -> tuple[Claim, ...]:
    """The claims in the folder of a lab; none if it has no module `claims`."""
    module = f"{lab.__module__.rpartition('.')[0]}.claims"
    return tuple(import_module(module).CLAIMS) if find_spec(module) else ()


CLAIMS: tuple[Claim, ...] = tuple(
    sorted((claim for lab in LABS for claim in claims_of(lab)), key=lambda claim: claim.number)
)
