"""Is a PyTorch model's learning rate below 2/λₘₐₓ? PyTorch must be installed."""

import torch
from torch.nn.utils import parameters_to_vector as flat

from convcore import sharpness

x = torch.linspace(-1, 1, 64)[:, None]
model = torch.nn.Sequential(torch.nn.Linear(1, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1))
loss = torch.nn.functional.mse_loss(model(x), torch.sin(3 * x))
weights = tuple(model.parameters())
g = flat(torch.autograd.grad(loss, weights, create_graph=True))


def hvp(v: object) -> torch.Tensor:
    return flat(
        torch.autograd.grad(g @ torch.as_tensor(v, dtype=g.dtype), weights, retain_graph=True)
    )


top = sharpness(hvp, len(g))
print(f"λₘₐₓ = {top:.4f}: the learning rate must stay below {2 / top:.4f}")
