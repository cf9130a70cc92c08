"""Taylor and Newton: methods side by side on a function of one or two weights, and its local model."""
