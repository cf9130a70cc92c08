"""What people type around a formula, taken off before it is read: LaTeX, f(x) = …, decimal commas.

`plainly` rewrites the text and remembers where each character came from, so that an error names the
character that was typed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from convcore.formula.errors import refuse

# LaTeX commands that say nothing, and those with another spelling.
EMPTY = {
    "left", "right", "big", "Big", "bigl", "bigr", "Bigl", "Bigr", "bigg", "displaystyle", "quad", "qquad",
    "limits", "mathrm", "mathbf", "mathbb", "mathcal", "boldsymbol", "bm", "operatorname", "text", "textrm",
    "vec", "hat",
}  # fmt: skip
SPELLED = {
    "cdot": "*", "times": "*", "ast": "*", "div": "/", "pi": "pi", "theta": "theta", "vartheta": "theta",
    "lvert": "|", "rvert": "|", "vert": "|", "mid": "|", "lbrace": "(", "rbrace": ")", "lbrack": "(",
    "rbrack": ")", "omega": "w", "e": "e",
}  # fmt: skip
NAMED = {
    "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "exp", "ln", "log", "max",
    "min", "abs", "sigma",
}  # fmt: skip
FRACTIONS = ("frac", "dfrac", "tfrac", "cfrac")
LEFT_SIDE = re.compile(r"\s*([A-Za-z]\w{0,9}|[θΘℒ])\s*(\(([A-Za-z0-9_\s,θ₀-₉]*)\))?\s*(:?=|≔)(?!=)")
COMMAND = re.compile(r"\\([A-Za-z]+|.)")
BRACE_AFTER = re.compile(r"\s*\{")
TWO_DIGITS = re.compile(r"\s*(\d)\s*(\d)")
BEFORE_BRACE = re.compile(r"\s*(?=\{)")
ROOT = re.compile(r"\s*\[\s*(\d)\s*\]")
FRACTION = re.compile(r"(?<![\d.,])(\d+),(\d+)(?![\d,])")
SEVERAL = re.compile(r"\b(min|max|minimum|maximum)\b")  # whose arguments commas part
BRACES = "write {…} after it, as in \\frac{1}{2}"


@dataclass
class _Text:
    """A text being written, and for each character the position that it comes from."""

    parts: list[str] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)

    def write(self, text: str, position: int) -> None:
        self.parts.append(text)
        self.positions.extend([position] * len(text))


def plainly(text: str) -> tuple[str, list[int], tuple[str, ...]]:
    """The formula as plain text, each of its characters' position, and the names that f(…) = declares.

    Raises FormulaError where it is LaTeX that is not understood, or a comma that may mean two things.
    """
    latex = "\\" in text or "{" in text or "$" in text
    written, positions = _without_latex(text) if latex else (text, list(range(len(text))))
    body, declared = _right_side(written)
    return _with_points(body, positions), positions, declared


def _right_side(text: str) -> tuple[str, tuple[str, ...]]:
    """The text with f(x) = as blanks, and the names in those brackets."""
    match = LEFT_SIDE.match(text)
    if match is None:
        return text, ()
    names = tuple(name for name in (match[3] or "").replace(",", " ").split() if name)
    return " " * match.end() + text[match.end() :], names


def _without_latex(text: str) -> tuple[str, list[int]]:
    out = _Text()
    closing: list[str] = []  # what each open brace is closed by
    i, needs = 0, ""  # needs: what the brace that comes next is written as, "" for a bracket
    while i < len(text):
        if match := COMMAND.match(text, i):
            i, needs = _command(text, i, match, out)
            continue
        c = text[i]
        if c == "{":
            before, after = {"": ("(", ")"), "top": ("((", ")/("), "name": ("", "")}[needs]
            out.write(before, i)
            closing.append(after)
            needs = ""
        elif c == "}":
            if not closing:
                refuse("this “}” closes nothing; take it out.", i)
            after = closing.pop()
            out.write(after, i)
            if after == ")/(":
                rest = BRACE_AFTER.match(text, i + 1)
                if rest is None:
                    refuse(f"\\frac has one part; {BRACES}.", i)
                i = rest.end() - 1
                closing.append("))")
        elif c == "_" and text[i + 1 : i + 2] == "{":
            end = text.find("}", i)
            out.write("_" + text[i + 2 : end].strip(), i)
            i = end if end > 0 else len(text)
        elif c != "$":
            out.write(c, i)
        i += 1
    if closing:
        refuse("a “{” is never closed.", len(text) - 1)
    return "".join(out.parts), out.positions


def _command(text: str, i: int, match: re.Match[str], out: _Text) -> tuple[int, str]:
    """Write what a command means; returns where to go on, and what the next brace is."""
    name, end = match[1], match.end()
    if name in FRACTIONS:
        if digits := TWO_DIGITS.match(text, end):
            out.write(f"({digits[1]}/{digits[2]})", i)
            return digits.end(), ""
        brace = BEFORE_BRACE.match(text, end)
        if brace is None:
            refuse(f"\\{name} needs two parts; {BRACES}.", i)
        return brace.end(), "top"
    if name == "sqrt":
        root = ROOT.match(text, end)
        if root is not None and root[1] not in "23":
            refuse(f"write the root as a power, (…)^(1/{root[1]}).", i)
        out.write("cbrt " if root is not None and root[1] == "3" else "sqrt ", i)
        return (root.end() if root is not None else end), ""
    if name in EMPTY:
        out.write(" ", i)
        inside = name not in ("left", "right") and text[end : end + 1] == "{"
        return end, "name" if inside else ""
    if name in SPELLED:
        # A blank keeps \pi x apart, and \theta_1 together.
        out.write(SPELLED[name] + ("" if text[end : end + 1] == "_" else " "), i)
        return end, ""
    if name in NAMED:
        out.write(
            ("sigmoid" if name == "sigma" else name) + ("" if text[end : end + 1] == "^" else " "),
            i,
        )
        return end, ""
    if name in ",;:! {}|":
        out.write({"{": "(", "}": ")", "|": "|"}.get(name, " "), i)
        return end, ""
    shown = f"“\\{name[:20]}”" if name.isascii() and name.isprintable() else "this"
    refuse(f"{shown} is not known here; write the formula in plain text.", i)


def _with_points(text: str, positions: list[int]) -> str:
    """The text with points for decimal commas, which stand between digits outside of min and max."""
    if "," not in text or SEVERAL.search(text):
        return text
    return FRACTION.sub(lambda match: _with_point(match, positions), text)


def _with_point(match: re.Match[str], positions: list[int]) -> str:
    """0,5 with a point; FormulaError for 1,000, which may be a thousand."""
    whole, part = match[1], match[2]
    if len(part) == 3 and whole[0] != "0" and len(whole) <= 3:
        ways = f"write {whole}.{part} or {whole}{part}."
        refuse(f"“{match[0]}” may be a fraction or a thousand; {ways}", positions[match.start()])
    return f"{whole}.{part}"
