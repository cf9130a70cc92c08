"""Claim 13, which "A real network" tries: what the Hessian of a large network costs (SCIENCE D)."""

from __future__ import annotations

from convcore.labkit.claim import Claim, Verdict, holds, untried
from convcore.labs.network import prediction
from convcore.labs.network.lab import RealNetwork
from convcore.labs.network.study import RealNetworkStudy
from convcore.network.hessian_cost import BYTES, format_bytes, hessian_in_gradients

HARD = 1000  # a network is large, and its Hessian hard to compute, if it costs more gradients than this


def hard_to_compute(study: RealNetworkStudy) -> Verdict:
    """Claim 13: the cost of a Hessian and its solve in gradients, counted for this network.

    It grows with n² for any network, so a small one does not contradict the claim.
    """
    net = study.net
    times = hessian_in_gradients(net)
    said = (
        f"for these {net.n:,} weights H and its solve cost as much as {times:,.0f} gradients, and H takes "
        f"{format_bytes(BYTES * net.n**2)}"
    )
    if times <= HARD:
        return untried(f"{said}: this network is not large; wider layers would tell.")
    return holds(f"{said}; for 10⁶ weights the same count gives {format_bytes(BYTES * 1e12)}.")


CLAIMS: tuple[Claim, ...] = (
    Claim(
        13,
        "cost of a Hessian",
        "The Hessian of a large network is extremely hard to compute.",
        "It has n² numbers and its solve takes n³/3 operations; products with it are cheap.",
        RealNetwork(steps=1000),
        hard_to_compute,
        prediction.COST,
    ),
)
