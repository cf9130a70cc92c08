"""A lab's run as a page of its own, and its chart for Altair or Vega-Lite."""

import json
from pathlib import Path
from tempfile import mkdtemp

from convcore.labs import OneWeight

result = OneWeight(a=2, eta=0.7).run()
folder = Path(mkdtemp())
(folder / "run.html").write_text(result.html(), encoding="utf-8")
(folder / "chart.vl.json").write_text(json.dumps(result.pictures[0].filled()), encoding="utf-8")
print(result)
print(*sorted(file.name for file in folder.iterdir()))
