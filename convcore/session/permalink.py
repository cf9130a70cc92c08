"""A lab value as the parameters of a URL, and back: ``?lab=one&eta=1.2&schedule=exponential``.

Reading never fails: each invalid value is replaced by its default and reported in one line. Names that no
lab has are passed over in silence, as mail programs and learning platforms append their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import is_dataclass, replace
from functools import cache
from typing import Any

from convcore.datasets import Upload
from convcore.knobs import FieldError, OneOf, UploadKnob, Variant, default, knobs, leaves
from convcore.labkit.lab import Lab


def write(lab: Lab) -> dict[str, str]:
    """The parameters that hold the whole state of a lab; of uploads only the names."""
    return {"lab": lab.key, **{path: knob.write(v) for path, knob, v, _ in leaves(lab)}}


def changed(lab: Lab) -> dict[str, str]:
    """Those of its parameters that differ from the defaults."""
    usual = write(type(lab)())
    return {path: text for path, text in write(lab).items() if usual.get(path) != text}


class Remarks(list[str]):
    """Lines about what is read. source: what it is, a link or a file. files: those that came with it."""

    def __init__(self, source: str = "link", files: Mapping[str, Upload] | None = None) -> None:
        super().__init__()
        self.source, self.files = source, files or {}


def read(
    params: Mapping[str, str],
    labs: Sequence[type[Lab]],
    source: str = "link",
    files: Mapping[str, Upload] | None = None,
) -> tuple[Lab, list[str]]:
    """The lab that URL parameters describe, and one line for each that was replaced.

    So has each control of another lab or choice, which is ignored. source: what the lines
    call it. files: the user's files by their fields' paths; a link has none.
    """
    lines = Remarks(source, files)
    kinds = {kind.key: kind for kind in labs}
    key = params.get("lab", labs[0].key)
    if key not in kinds:
        lines.append(f"There is no lab {key[:40]!r} in the {source}; {labs[0].title} is shown.")
    kind = kinds.get(key, labs[0])
    known = {"lab"}
    values = _fields(kind, params, "", lines, known)
    ours = frozenset[str]().union(*map(names, labs))
    lines += [
        f"The {source}'s {name[:40]!r} is no control of {kind.title}; it is ignored."
        for name in params
        if name not in known and name in ours
    ]
    return _valid(kind, values, lines), lines


def over(lab: Lab, params: Mapping[str, str]) -> dict[str, str]:
    """The parameters of a lab with some replaced; another choice brings its own defaults."""
    held = write(lab)
    for name, text in params.items():
        if held.get(name, text) != text:
            held = {path: old for path, old in held.items() if not path.startswith(f"{name}.")}
        held[name] = text
    return held


@cache
def names(kind: type) -> frozenset[str]:
    """All names that parameters of a lab, or of a variant, may have."""
    found = set()
    for name, knob in knobs(kind).items():
        found.add(name)
        if isinstance(knob, Variant):
            inner = frozenset[str]().union(*(names(choice) for _, choice in knob.kinds))
            found |= {f"{name}.{path}" for path in inner}
    return frozenset(found)


def _fields(
    kind: type,
    params: Mapping[str, str],
    prefix: str,
    lines: Remarks,
    known: set[str],
    usual: Any = None,
) -> dict[str, Any]:
    """usual: a value whose fields are the defaults; if None, those of the class."""
    values: dict[str, Any] = {}
    for name, knob in knobs(kind).items():
        path = prefix + name
        known.add(path)
        value = default(kind, name) if usual is None else getattr(usual, name)
        if path in lines.files and isinstance(knob, UploadKnob):
            value = lines.files[path]
        elif path in params:
            try:
                value = _value(kind, knob, params[path], values, value, lines)
            except ValueError as error:
                shown = knob.write(value) or "empty"
                lines.append(
                    f"The {lines.source}'s {path} is replaced by its default, {shown}: {error}."
                )
        if isinstance(knob, Variant):
            same = default(kind, name) if usual is None else getattr(usual, name)
            inner = _fields(
                type(value), params, path + ".", lines, known,
                same if type(same) is type(value) else None,
            )  # fmt: skip
            value = _valid(type(value), inner, lines)
        values[name] = value
    return values


def _value(
    kind: type, knob: Any, text: str, values: dict[str, Any], fallback: Any, lines: Remarks
) -> Any:
    if isinstance(knob, UploadKnob):
        if text:
            lines.append(
                f"This {lines.source} was made with the file {text[:80]!r}: please choose it again."
            )
            return replace(fallback, name=text[:80])
        return fallback
    # The choices can depend on earlier fields, which the owner has.
    owner = _valid(kind, dict(values), Remarks()) if isinstance(knob, OneOf) else None
    return knob.read(text, owner)


def _valid(kind: type, values: dict[str, Any], lines: Remarks) -> Any:
    """The value with these fields; fields that do not go together are reset to their defaults."""
    while True:
        try:
            return kind(**values)
        except FieldError as error:
            name = _name_with(error.field, values)
            if name is None:
                lines.append(f"The {lines.source}'s values are replaced by their defaults: {error}")
                return kind()
            inner = _with_default(values[name], error.field, default(kind, name))
            path = name if inner is None else f"{name}.{error.field}"
            lines.append(f"The {lines.source}'s {path} is replaced by its default: {error}")
            if inner is None:
                del values[name]
            else:
                values[name] = inner
        except ValueError as error:
            lines.append(f"The {lines.source}'s values are replaced by their defaults: {error}")
            return kind()


def _with_default(value: Any, field: str, usual: Any) -> Any:
    """A variant with this field reset; None if it has no such field, or that does not help."""
    kind: type = type(value)
    if not is_dataclass(value) or field not in knobs(kind):
        return None
    plain = getattr(usual, field) if type(usual) is kind else default(kind, field)
    if plain == getattr(value, field):
        return None
    try:
        return replace(value, **{field: plain})  # type: ignore[type-var]
    except ValueError:
        return None


def _name_with(field: str, values: Mapping[str, Any]) -> str | None:
    """The name in `values` of this field, or of the variant that has it."""
    if field in values:
        return field
    for name, value in values.items():
        kind: type = type(value)
        if is_dataclass(value) and field in knobs(kind):
            return name
    return None
