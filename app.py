"""Convergence Explorer: `streamlit run app.py`."""

import os

# Before NumPy: on small matrices a second BLAS thread costs more than it gives, and takes the core
# that answers other visitors.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from convcore.page import main

main()
