"""A button that copies a link to the page: its title and its address, or a frame for another page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st


def _file(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


_button = st.components.v2.component(
    "copying", html=_file("copying.html"), css=_file("copying.css"), js=_file("copying.js")
)


def button(label: str, key: str, params: Mapping[str, str] | None = None, title: str = "") -> None:
    """Copies title and address of this page; params, title: those of another link of ours."""
    _button(key=key, data={"label": label, "params": params and dict(params), "title": title})
