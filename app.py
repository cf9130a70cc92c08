"""Convergence Explorer: `streamlit run app.py`."""

from convcore.page import main

main()
