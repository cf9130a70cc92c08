"""Formulas as people type them (w², 2w, |w|, −, ·), turned into plain arithmetic.

`Reader` goes through a text from left to right and writes it in Python's syntax, or says in one line at
which character it cannot and what to type instead. Nothing is run.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from convcore.formula.elementary import FUNCTIONS

MAX_BRACKETS = 30  # nested
MAX_WEIGHTS = 6
LARGEST, SMALLEST = 1e100, 1e-100  # size of a typed number

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
FAMILIES = f"the weights are w, or w1 to w{MAX_WEIGHTS}, or x and y"
WEIGHTS: Mapping[str, tuple[str, int]] = {  # name: its family and its index
    "w": ("w", 0),
    "x": ("x", 0),
    "y": ("x", 1),
    **{f"w{i + 1}": ("w1", i) for i in range(MAX_WEIGHTS)},
}


class FormulaError(ValueError):
    """What is wrong with a formula, in one line, and `position`, the index of the character."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position

    def __reduce__(self) -> tuple[type[FormulaError], tuple[str, int]]:
        return FormulaError, (str(self), self.position)


def refuse(message: str, position: int) -> NoReturn:
    """Raise FormulaError for a position in the text, counted from 0."""
    raise FormulaError(f"At character {position + 1}: {message}", position)


SAME = str.maketrans(
    "−–‐‑·⋅∙×÷∕", "----****//"
)  # one character for one, so that positions are kept
SMALL = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻₀₁₂₃₄₅₆₇₈₉", "0123456789+-0123456789")
FRACTIONS = {"½": 0.5, "¼": 0.25, "¾": 0.75}
MISSING_END = "a number or a weight is missing at the end."
TOKEN = re.compile(
    r"""(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[½¼¾])
      | (?P<name>[A-Za-z_][A-Za-z_0-9₀-₉]*|π|√)
      | (?P<raised>[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)
      | (?P<sign>\*\*|[-+*/^])
      | (?P<bracket>[()|,])
      | (?P<other>.)""",
    re.ASCII | re.VERBOSE | re.DOTALL,
)
ADVICE = {
    "=": "type only what stands right of the “=”",
    "[": "use round brackets ( )",
    "]": "use round brackets ( )",
    "{": "use round brackets ( )",
    "}": "use round brackets ( )",
    "%": "write a percentage as a number, such as 0.05",
    ".": "a number needs a digit beside its point",
}


@dataclass
class _Bracket:
    """An open bracket, and which operator precedes the operand now read inside it."""

    opened_by: str  # "(", "|", a function's name, or "" for the whole formula
    position: int
    divided: bool = False  # after “/”: 1/2w could mean two things
    raised: bool = False  # after “^”: e^2w could mean two things


class Reader:
    """Reads a text from left to right and writes it in Python's syntax."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.python: list[str] = []
        self.positions: list[int] = []  # for each character written, its position in the text
        self.open = [_Bracket("", 0)]
        self.complete = False  # an operand has just ended
        self.function: str | None = None  # its opening bracket must come next

    def write(self, python: str, position: int) -> None:
        """Append Python text that belongs to one position of the typed text."""
        self.python.append(python + " ")
        self.positions.extend([position] * (len(python) + 1))

    def begin(self, position: int, what: str) -> None:
        """An operand begins; directly after another one, that means multiplication."""
        if self.complete:
            here = self.open[-1]
            if here.divided or here.raised:
                after = "/" if here.divided else "^"
                refuse(
                    f"what follows the “{after}” can be read in two ways; write “*” before {what}, "
                    f"or brackets around all that the “{after}” concerns.",
                    position,
                )
            self.sign("*", position)
        self.complete = False

    def sign(self, sign: str, position: int) -> None:
        """An operator; FormulaError if nothing precedes it."""
        here = self.open[-1]
        if self.complete:
            here.divided = sign == "/" or (sign == "**" and here.divided)
            here.raised = sign == "**"
        elif sign not in "+-":
            refuse(f"a number or a weight is missing before “{_shown(sign)}”.", position)
        self.write(sign, position)
        self.complete = False

    def number(self, text: str, position: int) -> None:
        """A number, or ½, ¼, ¾; FormulaError if it is too large or too long."""
        value = FRACTIONS[text] if text in FRACTIONS else float(text)
        if not (value == 0 or SMALLEST <= value <= LARGEST) or len(text) > 40:
            refuse("this number is too long, too large or too small.", position)
        if self.complete:
            refuse("an operator such as “*” is missing before this number.", position)
        self.write(repr(value), position)
        self.complete = True

    def name(self, text: str, position: int) -> None:
        """A weight, a constant or a function; FormulaError for any other name."""
        name = {"π": "pi", "√": "sqrt"}.get(text, text).translate(SMALL)
        name = re.sub(r"^w_(?=\d)", "w", name)
        name = ALIASES.get(name, name)
        if name not in CALLABLE and name not in WEIGHTS and name not in CONSTANTS:
            refuse(_unknown(text, name), position)
        self.begin(position, f"“{text}”")
        self.write(name, position)
        if name in CALLABLE:
            self.function = name
        else:
            self.complete = True

    def superscript(self, text: str, position: int) -> None:
        """A superscript, as in w²; FormulaError if nothing precedes it."""
        if not self.complete:
            refuse("a raised number needs something before it to raise.", position)
        self.write(f"** ({float(text.translate(SMALL))!r})", position)

    def opening(self, bracket: str, position: int) -> None:
        """An opening bracket, or the first | of a pair; FormulaError if nested too deep."""
        if self.function is None:
            self.begin(position, f"“{bracket}”")
        if len(self.open) > MAX_BRACKETS:
            refuse(f"brackets are nested more than {MAX_BRACKETS} deep.", position)
        self.open.append(_Bracket(self.function or bracket, position))
        self.write("abs (" if bracket == "|" else "(", position)
        self.function = None

    def closing(self, bracket: str, position: int) -> None:
        """A closing bracket; FormulaError unless it matches the open one."""
        opened = self.open[-1]
        if opened.opened_by == "":
            refuse(f"this “{bracket}” closes nothing; take it out.", position)
        if (opened.opened_by == "|") != (bracket == "|"):
            refuse(f"close the “|” of character {opened.position + 1} first.", position)
        if not self.complete:
            refuse(f"a number or a weight is missing before “{bracket}”.", position)
        self.open.pop()
        self.write(")", position)

    def comma(self, position: int) -> None:
        """A comma between arguments; FormulaError anywhere else."""
        if self.open[-1].opened_by not in CALLABLE:
            refuse(
                "a comma only separates the arguments of min and max; write 0.5, not 0,5.", position
            )
        if not self.complete:
            refuse("a number or a weight is missing before the comma.", position)
        self.open[-1].divided = self.open[-1].raised = self.complete = False
        self.write(",", position)

    def bracket(self, text: str, position: int) -> None:
        """A bracket, bar or comma."""
        if text == ",":
            self.comma(position)
        elif text == ")" or (text == "|" and self.complete and self.open[-1].opened_by == "|"):
            self.closing(text, position)
        else:
            self.opening(text, position)

    def run(self) -> tuple[str, list[int]]:
        """The Python text, and for each of its characters the position in the typed text.

        Raises FormulaError, with the position, if the text is not a formula.
        """
        read = {
            "number": self.number,
            "name": self.name,
            "raised": self.superscript,
            "bracket": self.bracket,
        }
        for token in TOKEN.finditer(self.text.translate(SAME)):
            kind, text, position = str(token.lastgroup), token.group(), token.start()
            if text.isspace():
                continue
            if self.function is not None and text != "(":
                refuse(f"write brackets after {self.function}: {self.function}(…).", position)
            if kind == "other":
                refuse(_strange(self.text[position]), position)
            elif kind == "sign":
                self.sign("**" if text == "^" else text, position)
            elif kind in read:
                read[kind](text, position)
        end = len(self.text)
        if self.function is not None:
            refuse(f"write brackets after {self.function}: {self.function}(…).", end)
        if not self.complete:
            nothing = not self.python
            refuse("type a formula, such as (w − 1)^2." if nothing else MISSING_END, end)
        if len(self.open) > 1:
            opened = self.open[-1]
            refuse("the bracket that opens here is never closed.", opened.position)
        return "".join(self.python), self.positions


def _shown(sign: str) -> str:
    return "^" if sign == "**" else sign


def _strange(character: str) -> str:
    code = f"U+{ord(character):04X}"
    if not character.isprintable():
        return f"an invisible character ({code}); delete it."
    advice = ADVICE.get(character, "use + − * / ^ ( ), numbers, weights and functions")
    return f"“{character}” ({code}) means nothing here; {advice}."


def _unknown(text: str, name: str) -> str:
    shown = text if len(text) <= 20 else text[:20] + "…"
    if re.fullmatch(r"w\d+", name):
        return f"there is no “{shown}”; the weights are w1 to w{MAX_WEIGHTS}."
    parts = re.findall(r"w[1-6]?|x|y|pi|e", name)
    if "".join(parts) == name and len(parts) <= MAX_WEIGHTS:
        return f"“{shown}” is not known; for a product write {'*'.join(parts)}."
    known = [*CALLABLE, *CONSTANTS, *WEIGHTS]
    near = difflib.get_close_matches(name.lower()[:20], known, n=1, cutoff=0.6)
    if near:
        return f"“{shown}” is not known; did you mean {near[0]}?"
    return f"“{shown}” is not known; {FAMILIES}."
