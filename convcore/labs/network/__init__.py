"""The lab "A real network": how far the theory of a quadratic holds for a network (SCIENCE G, D 13)."""
