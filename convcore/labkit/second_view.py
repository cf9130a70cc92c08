"""How the second picture of a lab is shown: a view for each choice, added to the lab's own views."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from convcore.charts.picture import Picture
from convcore.labkit.lab import Result
from convcore.labkit.second_picture import SecondPicture
from convcore.labkit.tables import Facts


@dataclass(frozen=True, eq=False)
class SecondView:
    """A second picture, and what it adds to the tables, the sentences and a pinned run."""

    picture: Picture
    facts: tuple[Facts, ...] = ()
    said: tuple[str, ...] = ()
    measured: str = ""


# By the class of the choice: view(the lab's study, the choice, the choice's study). A view is None where
# there is nothing to draw; `NoPicture` has none.
Views = Mapping[type[SecondPicture[Any]], Callable[[Any, Any, Any], SecondView | None]]


def with_second(result: Result, views: Views, chosen: SecondPicture[Any], found: Any) -> Result:
    """The views of a lab with those of its second picture.

    chosen: the lab's choice; found: its study, see `SecondPicture.study`.
    """
    draw = views.get(type(chosen))
    view = draw(result.study, chosen, found) if draw else None
    if view is None:
        return result
    return replace(
        result,
        said=result.said + view.said,
        pictures=(*result.pictures, view.picture),
        facts=result.facts + view.facts,
        measured=result.measured + view.measured,
    )
