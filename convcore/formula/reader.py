"""Formulas as people type them (w², 2w, |w|, −, ·), turned into plain arithmetic.

`Reader` goes through a text from left to right and writes it in Python's syntax, or says in one line at
which character it cannot and what to type instead. Nothing is run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from convcore.formula.errors import refuse
from convcore.formula.names import ALIASES, CALLABLE, CONSTANTS, SMALL, Weights, parts, unknown
from convcore.formula.typed import plainly

MAX_BRACKETS = 30  # nested
LARGEST, SMALLEST = 1e100, 1e-100  # size of a typed number

SAME = str.maketrans(
    "−–‐‑·⋅∙×÷∕", "----****//"
)  # one character for one, so that positions are kept
FRACTIONS = {"½": 0.5, "¼": 0.25, "¾": 0.75}
MISSING_END = "a number or a weight is missing at the end."
FROM_ZERO = re.compile(r"(?:[wxθ]|theta)(?:_?[0₀]|\[0\])(?![\d₀-₉])")
TOKEN = re.compile(
    r"""(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[½¼¾])
      | (?P<name>[A-Za-z_θ][A-Za-z_0-9₀-₉θ]*(?:\[\d+\])?|π|√)
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
    implied: bool = False  # sin x without brackets: it ends where the product of its argument does
    power: str = ""  # of the function that opened it, as in sin^2(x)


class Reader:
    """Reads a text from left to right and writes it in Python's syntax."""

    def __init__(self, text: str) -> None:
        self.typed = text
        self.text, self.where, declared = plainly(text)
        zero = FROM_ZERO.search(self.text)
        self.weights = Weights(declared, zero is not None)
        self.python: list[str] = []
        self.positions: list[int] = []  # for each character written, its position in the typed text
        self.open = [_Bracket("", 0)]
        self.complete = False  # an operand has just ended
        self.function: str | None = None  # its argument must come next
        self.power = ""  # of that function
        self.touches = False  # nothing stands between this token and the last
        self.counted = False  # the last operand was a number

    def write(self, python: str, position: int) -> None:
        """Append Python text that belongs to one position of the typed text."""
        self.python.append(python + " ")
        self.positions.extend([position] * (len(python) + 1))

    def begin(self, position: int, what: str) -> None:
        """An operand begins; directly after another one, that means multiplication."""
        if self.complete:
            here = self.open[-1]
            apart = not self.counted and (what == "“(”" or not self.touches)
            if here.implied and (apart or here.opened_by == "sqrt"):
                self._two_ways(here, position)
            if here.divided or here.raised:
                after = "/" if here.divided else "^"
                refuse(
                    f"what follows the “{after}” can be read in two ways; write “*” before {what}, "
                    f"or brackets around all that the “{after}” concerns.",
                    position,
                )
            self._operator("*", position)
        self.complete = False

    def sign(self, sign: str, position: int) -> None:
        """An operator; FormulaError if nothing precedes it."""
        if sign != "**":
            self.end_implied(sign, position)
        self._operator(sign, position)

    def _operator(self, sign: str, position: int) -> None:
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
        self.complete = self.counted = True

    def name(self, text: str, position: int) -> None:
        """A weight, a constant or a function; FormulaError for any other name."""
        name = {"π": "pi", "√": "sqrt"}.get(text, text).translate(SMALL)
        if name not in CALLABLE and name not in CONSTANTS:
            if weight := self.weights.find(text, name, position):
                self.begin(position, f"“{text}”")
                self.write(weight, position)
                self.complete, self.counted = True, False
                return
            words = parts(name, self.weights.declared)
            if len(words) < 2:
                refuse(unknown(text, name), position)
            for i, word in enumerate(words):
                self.touches = self.touches or i > 0
                if self.function is not None:
                    self.imply(position)
                self.name(word, position)
            return
        name = ALIASES.get(name, name)
        if name in CALLABLE:
            self.end_implied("", position)
        self.begin(position, f"“{text}”")
        self.write(name, position)
        self.counted = False
        if name in CALLABLE:
            self.function = name
        else:
            self.complete = True

    def imply(self, position: int) -> None:
        """An argument without brackets begins, as in sin x; FormulaError for min and max."""
        if self.function is None or self.function in ("min", "max"):
            refuse(f"write brackets after {self.function}: {self.function}(…).", position)
        if len(self.open) > MAX_BRACKETS:
            refuse(f"brackets are nested more than {MAX_BRACKETS} deep.", position)
        self.open.append(_Bracket(self.function, position, implied=True, power=self.power))
        self.write("(", position)
        self.function, self.power = None, ""

    def end_implied(self, before: str, position: int) -> None:
        """End the arguments without brackets that are complete here."""
        while self.complete and self.open[-1].implied:
            if before == "/":
                self._two_ways(self.open[-1], position)
            self._close(position)

    def _two_ways(self, here: _Bracket, position: int) -> None:
        name = here.opened_by
        refuse(f"what {name} is of can be read in two ways; write brackets: {name}(…).", position)

    def _close(self, position: int) -> None:
        bracket = self.open.pop()
        self.write(")", position)
        if bracket.power:
            self.write(f"** ({bracket.power})", position)

    def to_a_power(self, text: str, position: int) -> None:
        """The power of a function before its argument, as in sin²x; FormulaError unless it is 2, 3, …"""
        if self.power or not text.isdigit() or text in "01" or len(text) > 2:
            inverse = f"arc{self.function}"
            also = f", and for the inverse function {inverse}" if inverse in CALLABLE else ""
            refuse(f"for a power write {self.function}(…)^2{also}.", position)
        self.power = f"{float(text)!r}"

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
        self.open.append(_Bracket(self.function or bracket, position, power=self.power))
        self.write("abs (" if bracket == "|" else "(", position)
        self.function, self.power = None, ""

    def closing(self, bracket: str, position: int) -> None:
        """A closing bracket; FormulaError unless it matches the open one."""
        self.end_implied("", position)
        opened = self.open[-1]
        if opened.opened_by == "":
            refuse(f"this “{bracket}” closes nothing; take it out.", position)
        if (opened.opened_by == "|") != (bracket == "|"):
            refuse(f"close the “|” of character {opened.position + 1} first.", position)
        if not self.complete:
            refuse(f"a number or a weight is missing before “{bracket}”.", position)
        self._close(position)
        self.counted = False

    def comma(self, position: int) -> None:
        """A comma between arguments; FormulaError anywhere else."""
        self.end_implied("", position)
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
        elif text == ")" or (text == "|" and self.complete and self._around() == "|"):
            self.closing(text, position)
        else:
            self.opening(text, position)

    def _around(self) -> str:
        """What opened the innermost bracket that was typed."""
        return next(bracket.opened_by for bracket in reversed(self.open) if not bracket.implied)

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
        last, raising = 0, False
        for token in TOKEN.finditer(self.text.translate(SAME)):
            kind, text, start = str(token.lastgroup), token.group(), token.start()
            if text.isspace():
                continue
            position, self.touches, last = self.where[start], start == last, token.end()
            if self.function is not None and (raising or kind == "raised" or text in ("^", "**")):
                if raising := text in ("^", "**"):
                    continue
                self.to_a_power(text.translate(SMALL), position)
                continue
            if self.function is not None and text != "(":
                if kind == "other" or (kind == "sign" and text not in "+-") or text in "),":
                    refuse(f"write brackets after {self.function}: {self.function}(…).", position)
                self.imply(position)
            if kind == "other":
                refuse(_strange(self.typed[position]), position)
            elif kind == "sign":
                self.sign("**" if text == "^" else text, position)
            elif kind in read:
                read[kind](text, position)
        end = len(self.typed)
        if self.function is not None:
            refuse(f"write brackets after {self.function}: {self.function}(…).", end)
        if not self.complete:
            nothing = not self.python
            refuse("type a formula, such as (w − 1)^2." if nothing else MISSING_END, end)
        self.end_implied("", end)
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
