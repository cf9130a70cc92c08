"""Whether a line separates points, with the proof; and the line of the largest margin."""

from __future__ import annotations

from convcore.separability.certificate import Certificate as Certificate
from convcore.separability.certificate import certificate as certificate
from convcore.separability.hulls import Novikoff as Novikoff
from convcore.separability.hulls import max_margin as max_margin
from convcore.separability.hulls import min_norm_point as min_norm_point
from convcore.separability.hulls import novikoff as novikoff
