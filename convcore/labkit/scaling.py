"""Features raw, standardised or whitened, and the way back to raw coefficients."""

from __future__ import annotations

import math

import numpy as np

from convcore.arrays import Array
from convcore.knobs import FieldError


def scaled(X: Array, names: tuple[str, ...], scaling: str) -> tuple[Array, Array]:
    """Features (N, r) by the chosen scaling of X (N, p), and the way back.

    back: (p+1, r+1), raw coefficients = back @ w, the intercept last. FieldError for a column that is the
    same in every row, unless the features stay raw.
    """
    p = X.shape[1]
    if scaling == "raw":
        return X, np.eye(p + 1)
    mean, spread = X.mean(axis=0), X.std(axis=0)
    flat = spread <= 1e-14 * np.abs(mean)
    if flat.any():
        name = names[int(flat.argmax())]
        raise FieldError(
            "features",
            f"The column '{name}' is the same in every row: it cannot be scaled. "
            "Leave it out, or use raw features.",
        )
    Z, T = (X - mean) / spread, np.diag(1 / spread)
    if scaling == "whitened":
        # From the centred and scaled features: XᵀX would lose the small singular values.
        U, sigma, Vt = np.linalg.svd(Z, full_matrices=False)
        kept = sigma > max(Z.shape) * np.finfo(float).eps * sigma[0]
        root = math.sqrt(len(X))
        Z, T = root * U[:, kept], T @ (root * Vt[kept].T / sigma[kept])
    back = np.zeros((p + 1, Z.shape[1] + 1))
    back[:p, :-1] = T
    back[p, :-1] = -mean @ T
    back[p, -1] = 1.0
    return Z, back
