"""Where does a function level off, what kind of point is it, and which η may settle there?"""

import numpy as np

from convcore import stationary_points


def himmelblau(w: np.ndarray) -> np.ndarray:
    x, y = w
    return np.asarray((x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2)


for point in stationary_points(himmelblau, view=[(-5, 5), (-5, 5)]):
    holds = f"holds η < {point.limit:.4f}" if point.kind.is_minimum else "holds no η"
    print(
        f"{point.kind.value} at ({point.w[0]:.4f}, {point.w[1]:.4f}), E = {point.value:.4f}: {holds}"
    )
