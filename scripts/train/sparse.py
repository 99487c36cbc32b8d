"""Weights that are 0, so that a processor need not multiply with them: which of them, and how the network learns to do without.

The program's own arithmetic takes weights by tiles of 32 outputs and 64 inputs (network/src/network/product/sparse.rs). A tile costs as
many steps as the output with the most weights in it has fours of them, or what all of it costs where that is more than half. So a share
of the cost is taken where the answers lose least: what a weight is worth is its square times that of what it reads and of how much the
answers move with what it writes (the diagonal of the Fisher information, taken apart as in Martens and Grosse 2015, "Optimizing Neural
Networks with Kronecker-factored Approximate Curvature"). How often a layer is run counts too: what was said before goes through the
first layers only, and easy lines leave early.

While it is pruned the network computes with what is left, and what was left out goes on learning and may come back (Lin et al. 2020,
"Dynamic Model Pruning with Feedback"). Then it learns on without it, near to the network that it was: not in what it says alone but in the
numbers of every layer (`Beside`; as Jiao et al. 2020, "TinyBERT", of a smaller network). By its answers alone it learns the lines at hand
and reads authors worse whom it has not learnt from.
"""
import random

import torch
from torch import nn
from torch.nn import functional as F

import data
from model import HEADS, WIDTH, last_segment
from train import BFLOAT16, S, batches, pad

OUTPUTS, INPUTS, FOUR = 32, 64, 4
# What a step costs, as a share of a tile that is taken whole (measured on Zen 5, 504 rows of 384 inputs to 384 outputs), and the most steps
# that are taken by permutations.
STEP, MOST = 0.0935, 8
# Tokens of a row with what was said before, and of the utterance alone; and the share of lines that reach each layer, by their number.
ROW, OWN = 42, 20
REACHING = {6: (1, 0.78, 0.69, 0.61, 0.55, 0.55), 3: (1, 0.56, 0.43)}
PARTS = ("q", "k", "v", "o", "up", "down")


def layers_of(net):
    return {f"layers.{n}.{part}": getattr(layer, part) for n, layer in enumerate(net.layers) for part in PARTS}


def tokens_through(net, name):
    """How many tokens a line sends through a product, in the mean."""
    _, n, part = name.split(".")
    return REACHING[len(net.layers)][int(n)] * (ROW if int(n) < net.context_layers or part in "kv" else OWN)


def moments(net, examples, seed=0):
    """{product: (mean square of each input, of the gradient of each output, number of tokens)}, by answers drawn from the network's own."""
    sums, hooks, tok = {}, [], data.tokenizer()

    def watch(name):
        def forward(_, inputs, output):
            x = inputs[0].detach().reshape(-1, inputs[0].shape[-1])
            own = sums.setdefault(name, [0.0, 0.0, 0])
            own[0], own[2] = own[0] + (x ** 2).sum(0), own[2] + len(x)
            output.register_hook(lambda g: own.__setitem__(1, own[1] + (g.reshape(-1, g.shape[-1]) ** 2).sum(0)))
        return forward
    learns = {p: p.requires_grad for p in net.parameters()}
    for p in learns:
        p.requires_grad_(False)
    net.words.weight.requires_grad_(True)
    for name, layer in layers_of(net).items():
        hooks.append(layer.register_forward_hook(watch(name)))
    net.eval()
    torch.manual_seed(seed)
    ids = data.encode(tok, [data.segments(e.text, e.context, e.side) for e in examples])
    for batch in batches(ids, 1600, random.Random(seed)):
        z = net(*pad([ids[i] for i in batch]))
        tone, many = torch.distributions.Categorical(logits=z[:, :S].detach()).sample(), torch.bernoulli(z[:, S:].detach().sigmoid())
        (F.cross_entropy(z[:, :S], tone, reduction="sum") + F.binary_cross_entropy_with_logits(z[:, S:], many, reduction="sum")).backward()
        net.words.weight.grad = None
    for hook in hooks:
        hook.remove()
    for p, learn in learns.items():
        p.requires_grad_(learn)
    return {name: (x / n, g / n, n) for name, (x, g, n) in sums.items()}


def worth(net, seen):
    """{product: of each weight, about how much the answers lose without it}."""
    return {name: layer.weight.detach() ** 2 * seen[name][0] * seen[name][1][:, None] * seen[name][2] for name, layer in layers_of(net).items()}


def arrange(net, seen, residual=True):
    """Puts the numbers of the network in an order in which what is worth little stands together, and gives `seen` in that order.

    It computes the same: the numbers of a token in all layers (unless `residual` is false), those within each layer, and those within each
    head change places together. Tiles can then be left out that would else hold a little of everything.
    """
    w, seen = net.state_dict(), {k: list(v) for k, v in seen.items()}

    def outputs(name, order):
        for part in ("weight", "bias"):
            w[f"{name}.{part}"] = w[f"{name}.{part}"][order]
        seen[name][1] = seen[name][1][order]

    def inputs(name, order):
        w[f"{name}.weight"] = w[f"{name}.weight"][:, order]
        seen[name][0] = seen[name][0][order]
    layers = [f"layers.{n}" for n in range(len(net.layers))]
    if residual:
        of = worth(net, seen)
        order = sum(sum(of[f"{at}.{p}"].sum(0) for p in ("q", "k", "v", "up")) + sum(of[f"{at}.{p}"].sum(1) for p in ("o", "down")) for at in layers)
        order = order.argsort(descending=True)
        for name in ("words.weight", "positions.weight", "head.weight"):
            w[name] = w[name][:, order]
        for name in ("norm", *(f"{at}.{norm}" for at in layers for norm in ("norm1", "norm2"))):
            for part in ("weight", "bias"):
                w[f"{name}.{part}"] = w[f"{name}.{part}"][order]
        for at in layers:
            for part in ("q", "k", "v", "up"):
                inputs(f"{at}.{part}", order)
            for part in ("o", "down"):
                outputs(f"{at}.{part}", order)
        net.load_state_dict(w)
        w = net.state_dict()
    of = worth(net, seen)
    for at in layers:
        order = (of[f"{at}.up"].sum(1) + of[f"{at}.down"].sum(0)).argsort(descending=True)
        outputs(f"{at}.up", order)
        inputs(f"{at}.down", order)
        size = WIDTH // HEADS
        for values, writers, readers in ((of[f"{at}.q"].sum(1) + of[f"{at}.k"].sum(1), "qk", ""), (of[f"{at}.v"].sum(1) + of[f"{at}.o"].sum(0), "v", "o")):
            order = torch.cat([head * size + values[head * size:][:size].argsort(descending=True) for head in range(HEADS)])
            for part in writers:
                outputs(f"{at}.{part}", order)
            for part in readers:
                inputs(f"{at}.{part}", order)
    net.load_state_dict(w)
    return {k: tuple(v) for k, v in seen.items()}


def kept(net, seen, share):
    """({product: 1 for each weight that stays, 0 for the others}, the share of the cost that is left out, what the answers lose)."""
    losses, costs, places = [], [], {}
    of = worth(net, seen)
    for name, values in of.items():
        tiles = values.view(values.shape[0] // OUTPUTS, OUTPUTS, values.shape[1] // INPUTS, INPUTS).permute(0, 2, 1, 3)
        highest, at = tiles.sort(-1, descending=True)
        total = highest.sum((-1, -2))
        by_steps = highest.view(*tiles.shape[:3], INPUTS // FOUR, FOUR).sum((-1, 2)).cumsum(-1)[..., :MOST]
        losses.append(torch.cat([total[..., None], total[..., None] - by_steps, torch.zeros_like(total)[..., None]], -1).reshape(-1, MOST + 2))
        costs.append(torch.tensor([*(STEP * n for n in range(MOST + 1)), 1.0]).expand(total.numel(), -1) * tokens_through(net, name))
        places[name] = at
    losses, costs = torch.cat(losses), torch.cat(costs)
    # What a unit of cost may be worth, so that the share comes out.
    low, high = 0.0, losses.max().item()
    for _ in range(60):
        price = (low + high) / 2
        choice = (losses + price * costs).argmin(1)
        saved = 1 - (costs.gather(1, choice[:, None]).sum() / costs[:, -1].sum()).item()
        low, high = (price, high) if saved < share else (low, price)
    masks, first = {}, 0
    for name, at in places.items():
        steps = choice[first:first + at.shape[0] * at.shape[1]].view(at.shape[:2])
        first += steps.numel()
        weights = torch.where(steps == MOST + 1, INPUTS, FOUR * steps)
        ranks = torch.empty_like(at).scatter_(-1, at, torch.arange(INPUTS).expand_as(at))
        masks[name] = (ranks < weights[:, :, None, None]).permute(0, 2, 1, 3).reshape(of[name].shape).float()
    return masks, saved, losses.gather(1, choice[:, None]).sum().item()


class Pruned(nn.Linear):
    def forward(self, x):
        w = self.weight
        return F.linear(x, w + (w.detach() * self.kept - w.detach()), self.bias)


class Pruning:
    """Leaves out more and more weights of a network that learns, until `share` of the cost is saved after `until` of the steps.

    A little later they are settled.
    """

    EVERY = 40

    def __init__(self, net, seen, share, until=0.6, settled=0.8):
        self.net, self.seen, self.share, self.until, self.settled, self.begun = net, seen, share, until, settled, False
        for layer in layers_of(net).values():
            layer.kept, layer.__class__ = torch.ones_like(layer.weight), Pruned

    def __call__(self, step, done):
        """At a step, with this share of them done."""
        # The first time always: a run may go on where another was cut off.
        if step % self.EVERY == 0 and done < self.settled or not self.begun:
            self.begun = True
            masks, _, _ = kept(self.net, self.seen, self.share * (1 - (1 - min(1, done / self.until)) ** 3))
            for name, layer in layers_of(self.net).items():
                layer.kept = masks[name]

    def finish(self):
        """Makes what was left out 0."""
        if not self.begun:
            # A run that had been cut off behind its last step.
            self(0, 1.0)
        release(self.net)


def zeros(net):
    """The share of the weights of its products that are 0."""
    weights = [layer.weight for layer in layers_of(net).values()]
    return sum((w == 0).sum().item() for w in weights) / sum(w.numel() for w in weights)


class Held(nn.Linear):
    def forward(self, x):
        return F.linear(x, self.weight * self.kept, self.bias)


def hold(net):
    """From now on what is 0 in its products stays 0, until `release`."""
    for layer in layers_of(net).values():
        layer.kept, layer.__class__ = (layer.weight.detach() != 0).float(), Held


def release(net):
    """Makes what was left out 0 for good and the products plain ones again: behind `hold` or `Pruning`."""
    for layer in layers_of(net).values():
        layer.weight.data *= layer.kept
        layer.__class__ = nn.Linear


class Beside:
    """Tells how far the numbers of a network's layers are from those of another one that has them in the same order."""

    def __init__(self, net, other):
        self.net, self.other, self.own, self.others = net, other.eval(), {}, {}
        for network, into in ((net, self.own), (other, self.others)):
            for n, layer in enumerate(network.layers):
                layer.register_forward_hook(lambda _, __, out, n=n, into=into: into.__setitem__(n, out))

    def distance(self, ids, mask):
        """The square of it as a share of the square of the other's numbers, in the mean over the layers; `net` has just run on `ids`.

        Of the layers that read what was said before and do not change it, the tokens of the utterance alone count.
        """
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=BFLOAT16):
            self.other(ids, mask)
        judged, every, total = last_segment(ids, mask).float()[:, :, None], mask.float()[:, :, None], 0.0
        for n, own in self.own.items():
            counts = every if n < self.net.context_layers else judged
            own, other = own.float(), self.others[n].float()
            total = total + (counts * (own - other) ** 2).sum() / (counts * other ** 2).sum()
        return total / len(self.own)
