"""The names in a formula: functions, constants, and the weights by all names that people give them."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from convcore.formula.elementary import FUNCTIONS
from convcore.formula.errors import refuse

MAX_WEIGHTS = 6
SMALL = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻₀₁₂₃₄₅₆₇₈₉", "0123456789+-0123456789")
CONSTANTS: Mapping[str, float] = {"pi": math.pi, "e": math.e}
ALIASES: Mapping[str, str] = {
    "ln": "log",
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "asinh": "arcsinh",
    "acosh": "arccosh",
    "atanh": "arctanh",
    "logistic": "sigmoid",
    "expit": "sigmoid",
    "minimum": "min",
    "maximum": "max",
}
CALLABLE = {*FUNCTIONS, "min", "max", *ALIASES}
FAMILIES = f"the weights are w, or w1 to w{MAX_WEIGHTS}, or x and y, or x1 to x{MAX_WEIGHTS}"
WEIGHTS: Mapping[str, tuple[str, int]] = {  # name: its family and its index
    "w": ("w", 0),
    "x": ("x", 0),
    "y": ("x", 1),
    **{f"w{i + 1}": ("w1", i) for i in range(MAX_WEIGHTS)},
}
BARE = str.maketrans("", "", "_[]")
LETTERS = {"w": "w", "x": "x", "θ": "θ", "theta": "θ"}  # that may have an index
WEIGHT = re.compile(r"(w|x|theta|θ)(?:_?(\d+)|\[(\d+)\])?|y")
WORDS = (
    *CALLABLE, *CONSTANTS, "w", "x", "y", "theta", "θ", *(f"{c}{i}" for c in "wxθ" for i in range(10))
)  # fmt: skip


@dataclass
class Weights:
    """The weights of one formula, by the names in it: w; x and y; w1, w2, …; x0, x1, …; θ.

    They are one family, and are numbered from 0 if an index 0 is among them. declared: the names in
    f(a, b) = …. typed: how each was first written, by its name inside, which is w, w1 to w6, x or y.
    """

    declared: tuple[str, ...] = ()
    from_zero: bool = False
    typed: dict[str, str] = field(default_factory=dict)
    family: str = ""

    def find(self, text: str, name: str, position: int) -> str:
        """The name inside of a weight called `name`, typed as `text`; "" if it is none."""
        inside, family = self._inside(text, name, position)
        if not inside:
            return ""
        text = name.translate(BARE).replace("theta", "θ")
        if family != (self.family or family):
            first = next(iter(self.typed.values()))
            raised = "; for a power write ^" if text.rstrip("0123456789") == first else ""
            refuse(f"{text} and {first} do not go together; {FAMILIES}{raised}.", position)
        self.family = family
        self.typed.setdefault(inside, text)
        return inside

    def _inside(self, text: str, name: str, position: int) -> tuple[str, str]:
        if name in self.declared and (match := WEIGHT.fullmatch(name)) is None:
            if len(self.declared) > MAX_WEIGHTS:
                refuse(f"there are more than {MAX_WEIGHTS} weights.", position)
            i = self.declared.index(name)
            return ("w" if len(self.declared) == 1 else f"w{i + 1}"), "declared"
        match = WEIGHT.fullmatch(name)
        if match is None:
            return "", ""
        letter, index = LETTERS.get(match[1] or "", "y"), match[2] or match[3]
        if index is None:
            return ("w", letter) if letter in "wθ" else (letter, "xy")
        i = int(index) + self.from_zero
        if not 1 <= i <= MAX_WEIGHTS or len(index) > 1:
            low = 0 if self.from_zero else 1
            refuse(
                f"there is no “{text[:20]}”; the weights are {letter}{low} to "
                f"{letter}{low + MAX_WEIGHTS - 1}.",
                position,
            )
        return f"w{i}", f"{letter}₁"


@lru_cache(maxsize=256)
def parts(name: str, declared: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The known words that a name such as xy or xsin is made of; () if it is not made of any."""
    if len(name) > 40:
        return ()
    words = sorted({*WORDS, *declared}, key=len, reverse=True)

    @lru_cache(maxsize=64)
    def rest(at: int) -> tuple[str, ...] | None:
        if at == len(name):
            return ()
        for word in words:
            end = at + len(word)
            # The index of a weight is not the first digit of a longer number.
            if not name.startswith(word, at) or name[end : end + 1].isdigit():
                continue
            if (after := rest(end)) is not None:
                return (word, *after)
        return None

    return rest(0) or ()


def unknown(text: str, name: str) -> str:
    """What would be right in place of a name that is not known."""
    shown = text if len(text) <= 20 else text[:20] + "…"
    if raised := re.fullmatch(r"([a-z]*[xyw])(\d)", name):
        return f"“{shown}” is not known; for a power write {raised[1]}^{raised[2]}."
    known = [*CALLABLE, *CONSTANTS, *WEIGHTS]
    near = difflib.get_close_matches(name.lower()[:20], known, n=1, cutoff=0.6)
    if near:
        return f"“{shown}” is not known; did you mean {near[0]}?"
    return f"“{shown}” is not known; {FAMILIES}."
