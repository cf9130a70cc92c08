"""The README tells the truth: its example prints what it says, its links and names are there."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_example_is_of_five_lines_and_prints_what_the_readme_says() -> None:
    example, printed = re.search(r"```python\n(.*?)```\n\n```\n(.*?)```", README, re.S).groups()  # type: ignore[union-attr]
    assert len([line for line in example.splitlines() if line]) == 5
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(example, {})
    assert out.getvalue() == printed


def test_each_system_has_its_two_commands_and_both_make_their_own_environment() -> None:
    commands = re.findall(r"```(sh|bat)\n(.*?)```", README, re.S)
    assert [kind for kind, _ in commands] == ["sh", "bat", "sh", "bat"]
    for _, command in commands:
        assert command.count("\n") == 1 and "-m venv .venv" in command
        assert "requirements.txt" in command


def test_pictures_are_there() -> None:
    pictures = re.findall(r"!\[.+?\]\((.+?)\)", README)
    assert pictures
    for picture in pictures:
        assert (ROOT / picture).stat().st_size > 10_000


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:\.?\w+/)+[\w.]*|\w+\.py)`", README))))
def test_files_that_the_readme_names_are_there(path: str) -> None:
    assert (ROOT / path).exists() or (ROOT / "convcore" / path).exists()
