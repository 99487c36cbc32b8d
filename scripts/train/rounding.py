"""Training through the rounding of int8: a short last pass in which the network computes with the numbers that will ship.

Weights and the activations between them are rounded as `export.py` and `quantise.py` do it, on the way forward; on the way back
rounding counts as nothing (straight through). So the network learns to be right with coarse numbers, not to be rounded afterwards.
"""
import torch
from torch import nn
from torch.nn import functional as F

from export import MOST


class Rounded(nn.Module):
    """An activation to the nearest of its 256 values."""

    def __init__(self, low, high):
        super().__init__()
        low, high = min(low, 0.0), max(high, 0.0)
        self.scale = (high - low) / 255
        self.zero = max(0, min(255, round(-low / self.scale)))

    def forward(self, x):
        rounded = (((x.detach() / self.scale).round() + self.zero).clamp(0, 255) - self.zero) * self.scale
        inside = (rounded - x.detach()).abs() <= self.scale
        # What is cut off does not learn.
        return torch.where(inside, x + (rounded - x.detach()), rounded)


def rounded_weight(weight):
    """A weight [out, in] as `export.per_channel` will write it."""
    w = weight.detach()
    eight = w.view(w.shape[0], -1, 4, 2, 2).transpose(2, 3).reshape(w.shape[0], -1, 8)
    most = torch.maximum(eight.clamp(min=0).sum(2), -eight.clamp(max=0).sum(2)).amax(1)
    scale = torch.maximum(w.abs().amax(1) / 127, most / (MOST - 4)).clamp(min=1e-8)[:, None]
    return weight + ((w / scale).round().clamp(-127, 127) * scale - w)


class RoundedLinear(nn.Linear):
    def forward(self, x):
        # What was left out (sparse.py) is 0 and stays so.
        return F.linear(x, rounded_weight(self.weight * self.kept), self.bias)


def round_in(net, ranges):
    """Makes the network compute with rounded numbers from now on; `ranges` as of quantise.py. Its weights stay as they are."""
    for n, layer in enumerate(net.layers):
        for name in ("at_in", "at_o", "at_up", "at_down"):
            setattr(layer, name, Rounded(*ranges[f"layers.{n}.{name}"]))
        for name in ("q", "k", "v", "o", "up", "down"):
            linear = getattr(layer, name)
            linear.kept, linear.__class__ = (linear.weight.detach() != 0).float(), RoundedLinear
    return net


def round_out(net):
    """Undoes `round_in`."""
    for layer in net.layers:
        for name in ("at_in", "at_o", "at_up", "at_down"):
            setattr(layer, name, nn.Identity())
        for name in ("q", "k", "v", "o", "up", "down"):
            getattr(layer, name).__class__ = nn.Linear
    return net
