"""How each second picture of "Rough ground" is shown."""

from __future__ import annotations

from convcore.labkit.second_view import Views
from convcore.labs.rough_ground.bifurcation import Bifurcation
from convcore.labs.rough_ground.bifurcation_picture import bifurcation_view
from convcore.labs.rough_ground.by_schedule import BySchedule
from convcore.labs.rough_ground.by_schedule_picture import by_schedule_view
from convcore.labs.rough_ground.end_maps import Basins, EscapeMap
from convcore.labs.rough_ground.end_maps_picture import basins_view, escape_view
from convcore.labs.rough_ground.noise import Noise
from convcore.labs.rough_ground.noise_picture import noise_view

SECOND_VIEWS: Views = {
    EscapeMap: escape_view,
    BySchedule: by_schedule_view,
    Basins: basins_view,
    Bifurcation: bifurcation_view,
    Noise: noise_view,
}
