"""What `.ci/versions` reads in requirements.txt: the oldest that is allowed, and what lifts the pin."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parent.parent
ALLOWED = [
    Requirement(line)
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the script is for bash")


def printed(option: str) -> list[Requirement]:
    """The requirements that the script prints."""
    done = subprocess.run(
        ["bash", ".ci/versions", option], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [Requirement(line) for line in done.stdout.splitlines()]


def test_the_oldest_of_each_package_is_the_lower_bound_that_its_line_gives() -> None:
    found = printed("--lowest")
    assert [one.name for one in found] == [one.name for one in ALLOWED]
    for oldest, allowed in zip(found, ALLOWED, strict=True):
        (bound,) = (spec for spec in allowed.specifier if spec.operator in (">=", "~="))
        (exactly,) = oldest.specifier
        assert exactly.operator == "==" and Version(exactly.version) == Version(bound.version)
        assert Version(exactly.version) in allowed.specifier


def test_lifting_the_pin_allows_any_streamlit_and_nothing_else_that_was_not_allowed() -> None:
    for lifted, allowed in zip(printed("--lifted"), ALLOWED, strict=True):
        assert lifted.name == allowed.name
        pinned = allowed.name == "streamlit"
        assert lifted.specifier == ("" if pinned else allowed.specifier)
