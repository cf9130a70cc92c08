"""A button that copies the title and the address of the page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st


def _file(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


_button = st.components.v2.component(
    "copying", html=_file("copying.html"), css=_file("copying.css"), js=_file("copying.js")
)


def button(label: str, key: str) -> None:
    """Draw the button with this label."""
    _button(key=key, data=label)
