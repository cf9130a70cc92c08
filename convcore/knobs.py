"""Knobs: which values a field of a lab may take, and how its control is labelled.

A knob is part of a field's annotation, ``eta: Annotated[float, Range(...)] = 0.1``. It suggests what
to explore; the class's own ``__post_init__`` guards what is mathematically possible. The page builds
its controls from the knobs, the permalink its text, and the tests their random values.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from convcore.setting import FieldError as FieldError

LEAST = 1e-20  # with numbers up to 1e12, all quotients and squares still fit the pictures


def refuse_tiny(field: str, name: str, *numbers: float, least: float = LEAST) -> None:
    """FieldError if a number is not 0 and smaller than `least`.

    Squares and quotients of such numbers leave the range of floats, and results would be wrong.
    """
    if any(0 < abs(x) < least for x in numbers):
        raise FieldError(field, f"{name} must be 0 or at least {six_digits(least)} in size.")


def six_digits(x: float) -> str:
    """A number as its shortest text with six significant digits: 0.7, 1e-09, -3."""
    return f"{x:.6g}"


@dataclass(frozen=True)
class Knob:
    """What all knobs share: the control's label and its help text (meaning, unit)."""

    label: str
    help: str = ""

    def wanted(self, value: Any) -> str:
        """What a value must be, if it is of a type that the field cannot take; else ""."""
        return ""

    def write(self, value: Any) -> str:
        """The value as permalink text."""
        return str(value)

    def read(self, text: str, owner: Any = None) -> Any:
        """The value of a permalink text; ValueError, in one line, if it has none."""
        return text


@dataclass(frozen=True)
class Range(Knob):
    """A real number; [low, high] is the slider's range, `limits` what may be typed or linked to.

    `log` makes the control logarithmic (low > 0). `limits` is [low, high] by default.
    """

    low: float = 0.0
    high: float = 1.0
    step: float = 0.01
    log: bool = False
    limits: tuple[float, float] | None = None

    @property
    def bounds(self) -> tuple[float, float]:
        """The smallest and the largest number accepted."""
        return self.limits or (self.low, self.high)

    def wanted(self, value: Any) -> str:
        return "" if isinstance(value, int | float) else "a number"

    def write(self, value: float) -> str:
        text = repr(float(value))
        return text.removesuffix(".0")

    def read(self, text: str, owner: Any = None) -> float:
        value = number(text)
        least, most = self.bounds
        if not least <= value <= most:
            raise ValueError(
                f"{text.strip()[:40]} is outside {six_digits(least)} to {six_digits(most)}"
            )
        return value


@dataclass(frozen=True)
class Whole(Range):
    """A whole number, otherwise like `Range`."""

    step: float = 1

    def wanted(self, value: Any) -> str:
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        return "" if whole else "a whole number"

    def write(self, value: float) -> str:
        return str(int(value))

    def read(self, text: str, owner: Any = None) -> int:
        value = super().read(text)
        if not value.is_integer():
            raise ValueError(f"{six_digits(value)} is not a whole number")
        return int(value)


@dataclass(frozen=True)
class Text(Knob):
    """Free text of at most `limit` characters, on one or more `lines`."""

    limit: int = 400
    lines: int = 1

    def wanted(self, value: Any) -> str:
        return "" if isinstance(value, str) else "a text"

    def read(self, text: str, owner: Any = None) -> str:
        if len(text) > self.limit:
            raise ValueError(f"the text is longer than {self.limit} characters")
        return text


@dataclass(frozen=True)
class Vector(Knob):
    """Numbers separated by commas or blanks, as a tuple of floats; empty text gives ().

    empty: the placeholder of an empty control, which says what () means.
    """

    limit: int = 50
    empty: str = ""

    def wanted(self, value: Any) -> str:
        held = isinstance(value, tuple) and all(isinstance(x, int | float) for x in value)
        return "" if held else "a tuple of numbers"

    def write(self, value: tuple[float, ...]) -> str:
        return ", ".join(Range("").write(x) for x in value)

    def read(self, text: str, owner: Any = None) -> tuple[float, ...]:
        words = text.replace(",", " ").replace(";", " ").split()
        if len(words) > self.limit:
            raise ValueError(f"{len(words)} numbers are too many; at most {self.limit}")
        return tuple(number(word) for word in words)


Options = tuple[str, ...] | Callable[[Any], tuple[str, ...]]


@dataclass(frozen=True)
class OneOf(Knob):
    """One of `options`, which may be a function of the value that owns the field."""

    options: Options = ()
    names: tuple[tuple[str, str], ...] = ()  # what an option is called on the page
    renamed: tuple[tuple[str, str], ...] = ()  # options of old links, and what they are called now

    def wanted(self, value: Any) -> str:
        return "" if isinstance(value, str) else "a text"

    def name_of(self, option: str) -> str:
        """What the page calls an option."""
        return dict(self.names).get(option, option)

    def choices(self, owner: Any) -> tuple[str, ...]:
        """The options, given the owner of the field; () if they are not known yet."""
        return self.options(owner) if callable(self.options) else self.options

    def read(self, text: str, owner: Any = None) -> str:
        choices, text = self.choices(owner), dict(self.renamed).get(text, text)
        if choices and text not in choices:
            # An empty choice means the default, which has no name to list.
            known = ", ".join(choice for choice in choices if choice)
            raise ValueError(f"{text[:40]!r} is none of {known[:200]}")
        return text


@dataclass(frozen=True)
class Several(OneOf):
    """Any number of `options`, as a tuple in the order of the options."""

    def wanted(self, value: Any) -> str:
        held = isinstance(value, tuple) and all(isinstance(x, str) for x in value)
        return "" if held else "a tuple of texts"

    def write(self, value: tuple[str, ...]) -> str:
        return "|".join(value)

    def read(self, text: str, owner: Any = None) -> Any:
        chosen = [super(Several, self).read(word, owner) for word in text.split("|") if word]
        return tuple(option for option in self.choices(owner) or chosen if option in chosen)


@dataclass(frozen=True)
class Variant(Knob):
    """One of several frozen dataclasses, each with fields and knobs of its own.

    `kinds`: pairs of a permalink key and a class.
    """

    kinds: tuple[tuple[str, type], ...] = ()

    @property
    def labels(self) -> dict[str, str]:
        """What the page calls each kind, by key."""
        return {key: str(getattr(kind, "label", key)) for key, kind in self.kinds}

    def wanted(self, value: Any) -> str:
        if not (value is None or isinstance(value, str | int | float | tuple | type)):
            return ""
        meant = named(value, self.kinds) or self.kinds[0][1]
        return f"a value such as `{meant.__name__}()`"

    def key(self, value: Any) -> str:
        """The permalink key of the value's class."""
        return next(key for key, kind in self.kinds if type(value) is kind)

    def write(self, value: Any) -> str:
        return self.key(value)

    def read(self, text: str, owner: Any = None) -> Any:
        for key, kind in self.kinds:
            if key == text:
                return kind()
        raise ValueError(f"{text[:40]!r} is none of {', '.join(key for key, _ in self.kinds)}")


@dataclass(frozen=True)
class UploadKnob(Knob):
    """A file uploaded by the user, as a `datasets.Upload`; a permalink carries only its name.

    table: whether it holds a table, and not a matrix.
    """

    table: bool = True

    def write(self, value: Any) -> str:
        return str(value.name)


def named(given: Any, kinds: Sequence[tuple[str, type]]) -> type | None:
    """The class of a registry that is meant by a class of it, or by a text: its key, name or label."""
    for key, kind in kinds:
        if given is kind:
            return kind
        names = (key, kind.__name__, str(getattr(kind, "label", "")))
        if isinstance(given, str) and given.lower() in [name.lower() for name in names]:
            return kind
    # Half a name will do: "cosine" of CosineDecay.
    for _, kind in kinds:
        if isinstance(given, str) and given and given.lower() in kind.__name__.lower():
            return kind
    return None


def number(word: str) -> float:
    """A finite float from a word that a user typed; ValueError in one line."""
    try:
        value = float(word.replace("−", "-"))
    except ValueError:
        raise ValueError(f"{word[:40]!r} is not a number") from None
    if not math.isfinite(value):
        raise ValueError(f"{word[:40]} is not a finite number")
    return value


@cache
def knobs(kind: type) -> dict[str, Knob]:
    """The knobs of a dataclass by field name, in the order of the fields."""
    hints = get_type_hints(kind, include_extras=True)
    found = {}
    for field in fields(kind):
        hint = hints[field.name]
        if get_origin(hint) is Annotated:
            found[field.name] = next(a for a in get_args(hint)[1:] if isinstance(a, Knob))
    return found


def default(kind: type, name: str) -> Any:
    """The default of a field of a dataclass."""
    field: Field[Any] = next(f for f in fields(kind) if f.name == name)
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default


def leaves(value: Any, prefix: str = "") -> Iterator[tuple[str, Knob, Any, Any]]:
    """Every field with a knob, including those of variants: (path, knob, the field's value, owner).

    The path of a variant's field is dotted: ``schedule.beta``.
    """
    assert is_dataclass(value)
    kind: type = type(value)
    for name, knob in knobs(kind).items():
        inner = getattr(value, name)
        yield prefix + name, knob, inner, value
        if isinstance(knob, Variant):
            yield from leaves(inner, f"{prefix}{name}.")


def files(*values: Any) -> tuple[str, ...]:
    """The texts of the user's files in settings; other values have none."""
    return tuple(
        file.text
        for value in values
        if is_dataclass(value)
        for _, knob, file, _ in leaves(value)
        if isinstance(knob, UploadKnob) and file.text
    )
