"""A link to the page: what it opens and how it is shown; read from a URL, and written.

`?claim=7` is the lab that tests claim 7, and further parameters replace some of its values; `?lesson=4,8`
is a lesson that begins with claim 4; `?exercise=7` is an exercise. `predict=1` asks before it shows;
`view=chart` is the picture alone, for slides and for frames in other pages. Names that are not ours are
passed over in silence, as mail programs and learning platforms append their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from convcore.claims import CLAIMS, Claim
from convcore.labs import LABS, Lab
from convcore.session import permalink, pinned
from convcore.session.pinned import Pin
from convcore.teaching import lesson as lessons
from convcore.teaching import practice
from convcore.teaching.lesson import Lesson
from convcore.teaching.practice import Practice

NUMBERED = {claim.number: claim for claim in CLAIMS}
SLIDE = "chart"


@dataclass(frozen=True)
class Link:
    """What a link opens.

    claim: the one that is tried, None if there is none; its lab may differ. predict: whether the visitor
    is to predict first. lesson: None if there is none. slide: whether the picture stands alone. exercise:
    None if there is none.
    """

    lab: Lab
    claim: Claim | None = None
    pins: tuple[Pin, ...] = ()
    predict: bool = False
    lesson: Lesson | None = None
    slide: bool = False
    exercise: Practice | None = None


def read(params: Mapping[str, str]) -> tuple[Link, list[str]]:
    """The link of a URL's parameters, and a line for each that was replaced. Never fails."""
    asked = dict(params)
    slide = asked.pop("view", "") == SLIDE
    pins, lost = pinned.read(asked.pop("pins", ""), LABS)
    predict = asked.pop("predict", "") == "1"
    held = (asked.pop(name, "") for name in ("lesson", "at", "title"))
    lesson, left_out = lessons.read(*held)
    exercise, missing = _exercise_of(asked)
    if exercise and not exercise.in_lab:
        return Link(exercise.task.lab, pins=tuple(pins), exercise=exercise), missing + lost
    if lesson and not {"claim", "lab"} & asked.keys():
        asked = {**lesson.here, **asked}
    claim, rest, warnings = _claim_of(asked)
    lab, lines = permalink.read(rest, LABS)
    told = left_out + missing + warnings + lines + lost
    return Link(lab, claim, tuple(pins), predict, lesson, slide, exercise), told


def write(link: Link) -> dict[str, str]:
    """The parameters that hold all of a link; of uploads only the names."""
    held = link.exercise
    if held and not held.in_lab:
        params = practice.write(held)
        if link.pins:
            params["pins"] = pinned.write(link.pins)
        return params
    params = lessons.write(link.lesson) if link.lesson else {}
    if link.predict:
        params["predict"] = "1"
    if held:
        params |= practice.write(held)
    if link.claim:
        params["claim"] = str(link.claim.number)
    params |= permalink.write(link.lab)
    if link.pins:
        params["pins"] = pinned.write(link.pins)
    if link.slide:
        params["view"] = SLIDE
    return params


def short(link: Link) -> dict[str, str]:
    """The fewest parameters that open the claim or lab of a link, without its pins and lesson."""
    if link.claim is None:
        return {"lab": link.lab.key, **permalink.changed(link.lab)}
    usual = permalink.write(link.claim.lab)
    mine = {
        name: text for name, text in permalink.write(link.lab).items() if usual.get(name) != text
    }
    return {"claim": str(link.claim.number), **mine}


def opening(link: Link) -> dict[str, str]:
    """The parameters that open the lesson of a link at its first stop; none if there is no lesson."""
    if link.lesson is None:
        return {}
    held = lessons.write(link.lesson)
    del held["at"]
    return held | ({"predict": "1"} if link.predict else {})


def query(params: Mapping[str, str]) -> str:
    """Parameters as the end of an address."""
    return urlencode(params, quote_via=quote, safe=",~")


def address(page: str, params: Mapping[str, str]) -> str:
    """The address of what parameters open. page: the page's own, with any others; "" if it has none."""
    at = urlsplit(page)
    if at.scheme not in ("http", "https"):
        return f"…/?{query(params)}"
    return urlunsplit((at.scheme, at.netloc, at.path or "/", query(params), ""))


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
