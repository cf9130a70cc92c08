"""Pinned runs as values: a name and a lab, and the one parameter of a URL that holds several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote

from convcore.knobs import OneOf, Several, Variant, leaves
from convcore.labkit.words import num
from convcore.labs import Lab
from convcore.session import permalink

MAX_PINS = 8  # more thin lines would be hard to distinguish
MAX_NAME = 40  # characters
MOST_READ = 64  # pins of a link that are looked at; those that cannot be pins count too


@dataclass(frozen=True)
class Pin:
    """A lab value with a name."""

    name: str
    lab: Lab


def write(pins: Sequence[Pin]) -> str:
    """``name~lab~field~value~…``, only what differs from the lab's defaults; pins are separated by "!"."""
    return "!".join("~".join(_escaped(word) for word in _words(pin)) for pin in pins)


def _words(pin: Pin) -> list[str]:
    pairs = permalink.changed(pin.lab).items()
    return [pin.name, pin.lab.key, *(word for pair in pairs for word in pair)]


def _escaped(word: str) -> str:
    return quote(word, safe=" ,").replace("~", "%7E")


def read(text: str, labs: Sequence[type[Lab]], source: str = "link") -> tuple[list[Pin], list[str]]:
    """The pins that `write` wrote, and one line for each change or pin left out. Never fails.

    source: what the lines call where they are from.
    """
    pins: list[Pin] = []
    lines: list[str] = []
    kinds = {kind.key for kind in labs}
    parts = text.split("!", MOST_READ) if text else []
    # What is left of a link that no page has made is only counted.
    unread = parts.pop().count("!") + 1 if len(parts) > MOST_READ else 0
    for part in parts:
        name, key, *rest = [*map(unquote, part.split("~")), ""]
        name = " ".join(name.split())[:MAX_NAME]
        if not name or name in {pin.name for pin in pins}:
            name = free_name(pins)
        if key not in kinds:
            lines.append(f"The {source}'s pin {name!r} is left out: there is no lab {key[:40]!r}.")
        elif len(pins) == MAX_PINS:
            lines.append(
                f"The {source}'s pin {name!r} is left out: at most {MAX_PINS} stand side by side."
            )
        else:
            pairs = dict(zip(rest[::2], rest[1::2], strict=False))
            lab, changes = permalink.read(pairs | {"lab": key}, labs, source)
            lines += [f"Pin {name!r}: {line}" for line in changes]
            pins.append(Pin(name, lab))
    return pins, [*lines, *[f"A pin of the {source} is left out: {MOST_READ} are read."] * unread]


def free_name(pins: Sequence[Pin]) -> str:
    """A name that no pin has."""
    taken = {pin.name for pin in pins}
    return next(name for i in range(1, len(pins) + 2) if (name := f"pin {i}") not in taken)


def name_for(lab: Lab, pins: Sequence[Pin]) -> str:
    """The name of a new pin: its η, and what else tells it from a pin of the same η."""
    eta = getattr(lab, "eta", None)
    name = lab.title if eta is None else f"η = {num(eta)}"
    taken = {pin.name: pin.lab for pin in pins}
    while (other := taken.get(name)) and type(other) is type(lab):
        mine, its = _said(lab), _said(other)
        apart = (text for path, text in mine.items() if text != its.get(path) and text not in name)
        if (more := next(apart, None)) is None or len(longer := f"{name}, {more}") > MAX_NAME:
            break
        name = longer
    numbers = (name if i == 1 else f"{name[: MAX_NAME - 4]} ({i})" for i in range(1, len(pins) + 2))
    return next(free for free in numbers if free not in taken)


def settings(lab: Lab) -> str:
    """The settings that differ from the lab's defaults, in the words of its controls."""
    changed, said = permalink.changed(lab), _said(lab)
    return "; ".join(said[path] for path in said if path in changed) or "as the lab opens"


def _said(lab: Lab) -> dict[str, str]:
    return {path: f"{label} {text or 'none'}" for path, (label, text) in in_words(lab).items()}


def in_words(lab: Lab) -> dict[str, tuple[str, str]]:
    """The label and the value of each setting of a lab by its path, in the words of its controls."""
    said = {}
    for path, knob, value, _ in leaves(lab):
        match knob:
            case Variant():
                text = knob.labels[knob.write(value)]
            case Several():
                text = ", ".join(map(knob.name_of, value))
            case OneOf():
                text = knob.name_of(value)
            case _:
                text = knob.write(value)
        said[path] = knob.label, text
    return said
