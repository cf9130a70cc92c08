"""Many weights: methods side by side on E(w) = ½wᵀAw + bᵀw + c (SCIENCE C)."""
