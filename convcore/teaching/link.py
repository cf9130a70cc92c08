"""A link to the page: the claim or lab it opens, its pins, its view; read from a URL, and written.

`?claim=7` is the lab that tests claim 7, and further parameters replace some of its values. Names that are
not ours are passed over in silence, as mail programs and learning platforms append their own. `view=chart`
is the picture alone, for slides and for frames in other pages; `?exercise=7` is an exercise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from convcore.claims import CLAIMS, Claim
from convcore.labs import LABS, Lab
from convcore.session import permalink, pinned
from convcore.session.pinned import Pin
from convcore.teaching import practice
from convcore.teaching.practice import Practice

NUMBERED = {claim.number: claim for claim in CLAIMS}
SLIDE = "chart"


@dataclass(frozen=True)
class Link:
    """What a link opens. claim: the one that is tried, None if there is none; its lab may differ.

    slide: whether the picture stands alone. exercise: None if there is none.
    """

    lab: Lab
    claim: Claim | None = None
    pins: tuple[Pin, ...] = ()
    slide: bool = False
    exercise: Practice | None = None


def read(params: Mapping[str, str]) -> tuple[Link, list[str]]:
    """The link of a URL's parameters, and a line for each that was replaced. Never fails."""
    asked = dict(params)
    slide = asked.pop("view", "") == SLIDE
    pins, lost = pinned.read(asked.pop("pins", ""), LABS)
    exercise, missing = _exercise_of(asked)
    if exercise and not exercise.in_lab:
        return Link(exercise.task.lab, None, tuple(pins), False, exercise), missing + lost
    claim, rest, warnings = _claim_of(asked)
    lab, lines = permalink.read(rest, LABS)
    return Link(lab, claim, tuple(pins), slide, exercise), missing + warnings + lines + lost


def write(link: Link) -> dict[str, str]:
    """The parameters that hold all of a link; of uploads only the names."""
    held = link.exercise
    params = {} if held and not held.in_lab else permalink.write(link.lab)
    if held:
        params |= practice.write(held)
    if link.claim:
        params = {"claim": str(link.claim.number), **params}
    if link.pins:
        params["pins"] = pinned.write(link.pins)
    if link.slide:
        params["view"] = SLIDE
    return params


def _exercise_of(params: dict[str, str]) -> tuple[Practice | None, list[str]]:
    """The exercise of a link, whose parameters are taken out, and a line for what was replaced."""
    number, numbers = params.pop("exercise", None), params.pop("numbers", "")
    if number is None:
        return None, []
    return practice.read(number, numbers, in_lab=bool({"lab", "claim"} & params.keys()))


def _claim_of(params: dict[str, str]) -> tuple[Claim | None, dict[str, str], list[str]]:
    """The claim of a link, the parameters of its lab, and a warning if there is no such claim."""
    rest = {name: text for name, text in params.items() if name != "claim"}
    if "claim" not in params:
        return None, rest, []
    text = params["claim"]
    claim = next((c for n, c in NUMBERED.items() if str(n) == text.strip()), None)
    if claim is None:
        many = len(NUMBERED)
        return None, rest, [f"There is no experiment {text[:40]!r} in the link: 1 to {many}."]
    if rest.setdefault("lab", claim.lab.key) != claim.lab.key:
        return None, rest, [f"Experiment {claim.number} is one of {claim.lab.title}; it is left."]
    return claim, permalink.over(claim.lab, rest), []
