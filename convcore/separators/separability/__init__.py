"""Whether a line separates points, with the proof; and the line of the largest margin."""

from __future__ import annotations

from convcore.separators.separability.certificate import Certificate as Certificate
from convcore.separators.separability.certificate import certificate as certificate
from convcore.separators.separability.hulls import Novikoff as Novikoff
from convcore.separators.separability.hulls import max_margin as max_margin
from convcore.separators.separability.hulls import min_norm_point as min_norm_point
from convcore.separators.separability.hulls import novikoff as novikoff
