"""Least squares on a DataFrame: how fast will descent be, and how much would scaling help?"""

import numpy as np
import pandas as pd

from convcore import condition, lr_limit, steps_needed

rng = np.random.default_rng(0)
X = pd.DataFrame({"rooms": rng.normal(6, 1, 300), "tax": rng.normal(400, 150, 300)})
y = 9 * X["rooms"] - 0.02 * X["tax"] + rng.normal(0, 2, 300)
for name, data in (("raw", X), ("standardised", (X - X.mean()) / X.std())):
    print(f"{name}: η < {lr_limit(data, y):.3g}, κ = {condition(data):.3g}, ", end="")
    print(f"{steps_needed(data, y):,.0f} steps at the best η")
