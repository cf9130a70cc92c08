"""Convergence Explorer: `streamlit run app.py`."""

import os

# Set before NumPy loads: on small matrices a second BLAS thread costs more than it gains, and takes
# the core that serves other visitors.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from convcore.page import main

main()
