"""A button that copies the title and the address of the page, or a frame with its picture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st


def _file(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


_button = st.components.v2.component(
    "copying", html=_file("copying.html"), css=_file("copying.css"), js=_file("copying.js")
)


def button(label: str, key: str, frame: Mapping[str, int | str] | None = None) -> None:
    """Draw the button with this label. frame: the width, height and view of a frame, if it copies one."""
    _button(key=key, data={"label": label, "frame": frame and dict(frame)})
