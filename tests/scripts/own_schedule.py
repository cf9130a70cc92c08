"""A schedule of your own: any function of the step. Does it leave steps enough to arrive?"""

from typing import Any

from convcore import Quadratic, StepDrop, descend

problem = Quadratic([[1, 0.9], [0.9, 1]])
schedules: dict[str, Any] = {
    "1/√(k+1)": lambda k: (k + 1) ** -0.5,
    "1/(k+1)²": lambda k: 1 / (k + 1) ** 2,
    "linear to 0": lambda k: max(0.0, 1 - k / 500),
    "halved every 100": StepDrop(every=100, by=0.5),
}
for name, schedule in schedules.items():
    print(f"{name}: {descend(problem, [3, 2], 1, schedule=schedule, steps=1000).outcome()}")
