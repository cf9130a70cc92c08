"""What can be drawn below the first picture; to add one, see `labkit.second_picture`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from convcore.labkit.second_picture import SecondPicture
from convcore.labs.perceptron.resamples import Resamples
from convcore.labs.perceptron.weight_landscape import WeightLandscape


@dataclass(frozen=True)
class NoMore(SecondPicture):
    """No second picture."""

    label = "none"

    def job(self, settings: Any) -> None:
        return None


SECONDS: tuple[tuple[str, type[SecondPicture]], ...] = (
    ("landscape", WeightLandscape),
    ("fan", Resamples),
    ("none", NoMore),
)
