"""How each second picture of "Rough ground" is shown: (study, its settings, what its job gave) -> view."""

from __future__ import annotations

from collections.abc import Callable

from convcore.labkit.lab import SecondView
from convcore.labs.rough_ground.bifurcation import Bifurcation
from convcore.labs.rough_ground.bifurcation_picture import bifurcation_view
from convcore.labs.rough_ground.by_schedule import BySchedule
from convcore.labs.rough_ground.by_schedule_picture import by_schedule_view
from convcore.labs.rough_ground.end_maps import Basins, EscapeMap
from convcore.labs.rough_ground.end_maps_picture import basins_view, escape_view
from convcore.labs.rough_ground.noise import Noise
from convcore.labs.rough_ground.noise_picture import noise_view
from convcore.labs.rough_ground.scene import RoughPicture
from convcore.labs.rough_ground.second_pictures import Nothing
from convcore.labs.rough_ground.study import RoughStudy

VIEWS: dict[type[RoughPicture], Callable[..., SecondView | None]] = {
    EscapeMap: escape_view,
    BySchedule: by_schedule_view,
    Basins: basins_view,
    Bifurcation: bifurcation_view,
    Noise: noise_view,
    Nothing: lambda study, second, found: None,
}


def second_view(study: RoughStudy) -> SecondView | None:
    """The second picture of a study; None if none is chosen."""
    second = study.settings.second
    return VIEWS[type(second)](study, second, study.second)
