"""Why gradient descent converges, crawls, oscillates, diverges or lands on the wrong thing."""
