"""Early exits: after a few layers a small head answers the lines that are easy, and only the others go on to the layers above.

A head reads the mean and the maximum over the utterance's tokens and learns the logits of the finished network, which stays as it
is: whatever does not leave early has the same score as without exits. A line leaves where the head is sure of the sentiment and none
of its intents is in doubt. That is decided for each line by itself, so a score still depends on the words alone.
"""
from typing import NamedTuple

import onnx
import torch
from torch import nn
from torch.nn import functional as F

import data
import evaluate
from labels import LABELS
from model import WIDTH, last_segment
from train import S, away_from, batches, pad

VIEWS = 2 * WIDTH
HIDDEN = 256
# Standardised views beyond this are cut off; it is the fixed range of their int8 form.
CLIP = 6.0
# After which layers of the network a line may leave, by the number of its layers.
AFTER = {6: (1, 2, 3, 4), 3: (1, 2)}


class Bars(NamedTuple):
    """What it takes to leave."""

    # The least probability of the sentiment.
    sure: float
    # No intent may have a probability between these two.
    doubt: tuple[float, float]


# By the number of layers. The small model has few layers to save and loses less by leaving them out.
BARS = {6: Bars(0.88, (0.07, 0.93)), 3: Bars(0.75, (0.16, 0.84))}


class Exit(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("centre", torch.zeros(VIEWS))
        self.register_buffer("spread", torch.ones(VIEWS))
        self.up, self.out = nn.Linear(VIEWS, HIDDEN), nn.Linear(HIDDEN, len(LABELS))
        self.drop = nn.Dropout(0.3)

    def forward(self, views):
        z = ((views - self.centre) / self.spread).clamp(-CLIP, CLIP)
        return self.out(self.drop(F.gelu(self.up(z), approximate="tanh")))


def views(x, weight):
    """Of each row, what a head reads: mean and maximum over the tokens of the utterance.

    Not the first token: after two layers it hardly differs between texts, and what differs is lost in int8.
    """
    mean = (weight[:, :, None] * x).sum(1) / weight.sum(1, keepdim=True)
    return torch.cat([mean, x.masked_fill(weight[:, :, None] == 0, -1e4).amax(1)], 1)


def seen(whole, examples, after):
    """The views of every example after each of the layers `after`, and its logits, by the int8 model without exits.

    Of that model and not of the float one: rounding has a part in what the heads will read.
    """
    graph = onnx.load_from_string(whole)
    made = {name for node in graph.graph.node for name in node.output}
    names = [next(name for name in (f"layers.{n - 1}.out", f"layers.{n - 1}.norm2.out") if name in made) for n in after]
    graph.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in names)
    session = evaluate.session(graph.SerializeToString(), torch.get_num_threads())
    ids = data.encode(data.tokenizer(), [data.segments(e.text, e.context, e.side) for e in examples])
    out, logits = {n: torch.zeros(len(ids), VIEWS) for n in after}, torch.zeros(len(ids), len(LABELS))
    for batch in batches(ids, 2048):
        rows, mask = pad([ids[i] for i in batch])
        z, *layers = session.run(None, {"input_ids": rows.numpy(), "attention_mask": mask.numpy()})
        logits[batch] = torch.from_numpy(z)
        for n, x in zip(after, layers):
            out[n][batch] = views(torch.from_numpy(x), last_segment(rows, mask).float())
    return out, logits


def fit(x, logits, seed=1, epochs=14, lr=1e-3, rows=256):
    """A head for one layer, from the views after it and the logits of the whole network."""
    torch.manual_seed(seed)
    head = Exit()
    head.centre.copy_(x.mean(0))
    head.spread.copy_(x.std(0).clamp(min=0.02))
    optimiser = torch.optim.AdamW(head.parameters(), lr, weight_decay=0.05)
    steps, n = epochs * -(-len(x) // rows), 0
    for _ in range(epochs):
        head.train()
        for at in torch.randperm(len(x)).split(rows):
            optimiser.param_groups[0]["lr"] = lr * (1 - n / steps)
            loss = away_from(head(x[at]), logits[at]).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            n += 1
    return head.eval()


def leaves(logits, bars):
    """Which rows of a head's logits are final."""
    p = logits[:, S:].sigmoid()
    return (logits[:, :S].softmax(1).amax(1) >= bars.sure) & ((p <= bars.doubt[0]) | (p >= bars.doubt[1])).all(1)


@torch.no_grad()
def shares(whole, heads, bars, examples):
    """{number of layers: share of the lines that have left by then}."""
    x, _ = seen(whole, examples, tuple(heads))
    gone, out = torch.zeros(len(examples), dtype=torch.bool), {}
    for n, head in sorted(heads.items()):
        gone |= leaves(head(x[n]), bars)
        out[n] = round(gone.float().mean().item(), 3)
    return out
