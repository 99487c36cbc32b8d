"""Where the activations of the encoder lie, and so the one fixed int8 scale of each tensor (static quantisation).

The range of a tensor is the one with the least squared error of rounding plus clipping on training texts, not its minimum and
maximum: a handful of outliers would otherwise cost every other value two bits.
"""
import numpy as np
import torch

import data
from train import batches, pad

SAMPLE = 200_000   # values kept a tensor


def watched(net):
    return {name: m for name, m in net.named_modules() if name.rsplit(".", 1)[-1].startswith("at_")}


@torch.no_grad()
def activations(net, examples, seed=0):
    """A random sample of the values of every watched tensor, its extremes always among them."""
    net.eval()
    ids = data.encode(data.tokenizer(), [data.segments(e.text, e.context, e.side) for e in examples])
    plan = batches(ids, 2048)
    rng, kept, hooks = torch.Generator().manual_seed(seed), {}, []
    share = SAMPLE // len(plan)
    for name, m in watched(net).items():
        def watch(_m, _in, out, name=name):
            flat = out.reshape(-1)
            pick = flat[torch.randint(len(flat), (share,), generator=rng)]
            kept.setdefault(name, []).append(torch.cat([pick, flat.min()[None], flat.max()[None]]))
        hooks.append(m.register_forward_hook(watch))
    for batch in plan:
        net(*pad([ids[i] for i in batch]))
    for h in hooks:
        h.remove()
    return {k: torch.cat(v).numpy() for k, v in kept.items()}


def rounded(x, low, high):
    scale = (high - low) / 255
    zero = np.clip(np.rint(-low / scale), 0, 255)
    return (np.clip(np.rint(x / scale) + zero, 0, 255) - zero) * scale


def best_range(x):
    low, high = min(float(x.min()), 0.0), max(float(x.max()), 0.0)
    best = (np.inf, low, high)
    for a in np.linspace(1, 0.2, 17):
        for b in np.linspace(1, 0.2, 17):
            error = float(((x - rounded(x, low * a, high * b)) ** 2).mean())
            if error < best[0]:
                best = (error, low * a, high * b)
    return best[1], best[2]


def ranges(net, examples):
    out = {}
    for name, x in activations(net, examples).items():
        # The search looks at a thinner sample; the extremes are added back so that clipping them is paid for.
        thin = np.concatenate([x[::8], [x.min(), x.max()]])
        out[name] = best_range(thin)
    return out
