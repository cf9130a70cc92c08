"""The page with every chart drawn as SVG, of which a test can read what a canvas hides."""

from __future__ import annotations

from typing import Any

from convcore.charts.picture import Template
from convcore.page import main

drawn = Template.spec


def as_svg(template: Template, *given: Any, **more: Any) -> dict[str, Any]:
    spec = drawn(template, *given, **more)
    return {**spec, "usermeta": {"embedOptions": {"renderer": "svg"}}}


Template.spec = as_svg  # type: ignore[method-assign]
main()
