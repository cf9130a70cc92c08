"""Whether a line separates points, with the proof; and the line of the largest margin."""

from __future__ import annotations

from convcore.separability.certificate import Certificate, certificate
from convcore.separability.hulls import Novikoff, max_margin, min_norm_point, novikoff

__all__ = [
    "Certificate",
    "Novikoff",
    "certificate",
    "max_margin",
    "min_norm_point",
    "novikoff",
]
