"""A picture as HTML for a notebook, in its light or dark theme."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from html import escape
from typing import Any
from uuid import uuid4

import altair as alt

from convcore.charts.style import config

Spec = dict[str, Any]

# A notebook's text is light on a dark ground, whatever notebook it is.
DRAW = """(async () => {
  const place = document.getElementById(%(place)s), spec = %(spec)s, configs = %(configs)s;
  const ink = getComputedStyle(place).color.match(/[\\d.]+/g).map(Number);
  const dark = 0.3 * ink[0] + 0.6 * ink[1] + 0.1 * ink[2] > 128;
  try {
    const { default: vegaEmbed } = await import("https://cdn.jsdelivr.net/npm/vega-embed@%(version)s/+esm");
    const config = { background: "transparent", ...configs[dark ? "dark" : "light"] };
    await vegaEmbed(place, { ...spec, config }, { actions: false, ...spec.usermeta.embedOptions });
  } catch (error) {
    place.textContent = %(about)s + ` (The picture could not be drawn: ${error})`;
  }
})();"""


def chart_html(spec: Spec, about: str) -> str:
    """A Vega-Lite spec with its data, drawn in the browser in the notebook's theme; about: what it shows.

    A still image if Altair is set to draw those.
    """
    if alt.renderers.active in ("png", "svg"):
        return _still(spec, about)
    place = f"convcore-{uuid4().hex}"
    script = DRAW % {
        "place": _in_script(place),
        "spec": _in_script(spec),
        "configs": _in_script({theme: config(theme) for theme in ("light", "dark")}),
        "version": alt.VEGAEMBED_VERSION,
        "about": _in_script(about),
    }
    return f'<div id="{place}" role="figure"></div>\n<script>\n{script}\n</script>'


def _still(spec: Spec, about: str) -> str:
    """A chart as an image in HTML."""
    shown: Any = alt.renderers.get()(spec)  # type: ignore[misc]
    bundle: Mapping[str, Any] = shown[0] if isinstance(shown, tuple) else shown
    if "image/svg+xml" in bundle:
        return str(bundle["image/svg+xml"])
    png = bundle["image/png"]
    text = png if isinstance(png, str) else b64encode(png).decode()
    return f'<img alt="{escape(about)}" src="data:image/png;base64,{text}" width="960">'


def _in_script(value: Any) -> str:
    """A value in JavaScript, within a page."""
    # Not only the end of a script: "<!--<script>" in a user's text would swallow the real one.
    return json.dumps(value, allow_nan=False).replace("<", "\\u003c")
