"""Is a JAX model's learning rate below 2/λₘₐₓ? JAX must be installed."""

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from convcore import sharpness

x = jnp.linspace(-1, 1, 64)[:, None]
layers = jax.random.normal(jax.random.key(0), (2, 16)) / 2
w, layers_of = ravel_pytree({"in": layers[:1], "out": layers[1:].T})


def loss(w: jax.Array) -> jax.Array:
    return jnp.mean((jnp.tanh(x @ layers_of(w)["in"]) @ layers_of(w)["out"] - jnp.sin(3 * x)) ** 2)


hvp = jax.jit(lambda v: jax.jvp(jax.grad(loss), (w,), (v.astype(w.dtype),))[1])
top = sharpness(hvp, len(w))
print(f"λₘₐₓ = {top:.4f}: the learning rate must stay below {2 / top:.4f}")
