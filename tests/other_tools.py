"""What PyTorch, Keras and scikit-learn make of five tables, written to tests/data/other_tools.json.

Not run by the tests, which read the file. In an environment of its own:

    python -m venv ../rivals && ../rivals/bin/pip install torch keras scikit-learn
    KERAS_BACKEND=torch ../rivals/bin/python -m tests.other_tools
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
SHIPPED, FILES = HERE.parent / "convcore" / "data", HERE / "data" / "files"
STEPS = 400
# The target of each, the features if not all others, and whether they are standardised.
TABLES = {
    "longley": (SHIPPED / "longley.csv", "employed", (), True),
    "iris": (
        SHIPPED / "iris.csv",
        "petal width",
        ("sepal length", "sepal width", "petal length"),
        True,
    ),
    "diabetes": (FILES / "diabetes.csv", "target", (), True),
    "u0_100": (FILES / "u0_100.csv", "y", (), False),
    "plain": (FILES / "plain.csv", "y", (), True),
}
CLASSES = {
    "versicolor or virginica": (
        SHIPPED / "iris.csv", "species",
        ("sepal length", "sepal width", "petal length", "petal width"), 0.01,
    ),
    "bool_target": (FILES / "bool_target.csv", "y", (), 0.05),
    "yesno_target": (FILES / "yesno_target.csv", "y", (), 0.1),
    "setosa or versicolor": (FILES / "iris_setosa_versicolor.csv", "target", (), 0.2),
    "and": (FILES / "and.csv", "label", (), 0.5),
}  # fmt: skip
ONE = {"True", "yes", "1", "virginica"}


def columns(path, target, names):
    """The rows as numbers (N, p), and the target's cells."""
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    if target == "species":
        rows = [row for row in rows if row[target] != "setosa"]
    names = names or [name for name in rows[0] if name != target]
    return np.array([[float(row[n]) for n in names] for row in rows]), [r[target] for r in rows]


def standardised(X):
    return (X - X.mean(axis=0)) / X.std(axis=0)


def limit(X, classes=False):
    """2/λₘₐₓ of the mean of squares, by NumPy."""
    D = np.column_stack([X, np.ones(len(X))])
    return 2 / float(np.linalg.eigvalsh(2 * D.T @ D / len(D))[-1])


def by_torch(X, y, eta, loss, start=None, steps=STEPS, decay=0.0):
    """The losses of full-batch SGD in double precision."""
    import torch

    model = torch.nn.Linear(X.shape[1], 1, dtype=torch.float64)
    w = np.zeros(X.shape[1] + 1) if start is None else start
    with torch.no_grad():
        model.weight[:] = torch.tensor(w[:-1])
        model.bias[:] = float(w[-1])
    groups = [{"params": [model.weight], "weight_decay": decay}, {"params": [model.bias]}]
    optimizer = torch.optim.SGD(groups, lr=eta)
    inputs, goal, losses = torch.tensor(X), torch.tensor(y)[:, None], []
    for _ in range(steps):
        optimizer.zero_grad()
        value = loss(model(inputs), goal)
        losses.append(float(value) + decay / 2 * float((model.weight**2).sum()))
        value.backward()
        optimizer.step()
    at = [*model.weight.detach().numpy()[0].tolist(), float(model.bias)]
    return {"first": losses[:3], "last": losses[-1], "weights": at}


def by_keras(X, y, eta):
    """The losses of full-batch SGD with "mse" in double precision."""
    import keras

    keras.backend.set_floatx("float64")
    layer = keras.layers.Dense(1, kernel_initializer="zeros")
    model = keras.Sequential([keras.Input((X.shape[1],)), layer])
    model.compile(optimizer=keras.optimizers.SGD(eta), loss="mse")
    fit = model.fit(X, y[:, None], batch_size=len(y), epochs=STEPS, shuffle=False, verbose=0)
    losses = fit.history["loss"]
    kernel, bias = model.get_weights()
    return {
        "first": losses[:3],
        "last": losses[-1],
        "weights": [*kernel[:, 0].tolist(), float(bias[0])],
    }


def main():
    import keras
    import sklearn
    import torch
    from sklearn.linear_model import LogisticRegression, Ridge

    used = {"torch": torch, "keras": keras, "sklearn": sklearn}
    versions = {name: tool.__version__ for name, tool in used.items()}
    found = {"versions": versions, "squares": {}, "classes": {}}
    for name, (path, target, names, scaled) in TABLES.items():
        X, cells = columns(path, target, names)
        y, Z = np.array([float(cell) for cell in cells]), standardised(X) if scaled else X
        top = limit(Z)
        ridge = Ridge(alpha=3.0, solver="svd").fit(X, y)
        found["squares"][name] = {
            "limit": top,
            "torch": {s: by_torch(Z, y, s * top, torch.nn.MSELoss()) for s in (0.99, 1.01)},
            "keras": {s: by_keras(Z, y, s * top) for s in (0.99, 1.01)},
            "ridge": [*ridge.coef_.tolist(), float(ridge.intercept_)],
        }
    for name, (path, target, names, rho) in CLASSES.items():
        X, cells = columns(path, target, names)
        y, Z = np.array([float(cell in ONE) for cell in cells]), standardised(X)
        N = len(y)
        fits = [
            LogisticRegression(
                C=1 / (N * rho), solver="newton-cholesky", tol=1e-13, max_iter=200
            ).fit(A, y)
            for A in (X, Z)
        ]
        raw, own = ([*fit.coef_[0].tolist(), float(fit.intercept_[0])] for fit in fits)
        D = np.column_stack([Z, np.ones(N)])
        p = 1 / (1 + np.exp(-D @ own))
        H = D.T @ (D * (p * (1 - p))[:, None]) / N + np.diag([*[rho] * Z.shape[1], 0.0])
        top = 2 / float(np.linalg.eigvalsh(H)[-1])
        loss = torch.nn.BCEWithLogitsLoss()
        found["classes"][name] = {
            "rho": rho, "raw": raw, "standardised": own, "limit": top,
            "torch": {s: by_torch(Z, y, s * top, loss, decay=rho) for s in (0.99, 1.01)},
        }  # fmt: skip
    (HERE / "data" / "other_tools.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
