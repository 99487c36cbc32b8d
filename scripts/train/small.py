"""`models/small`: half of the layers and two thirds of the words of the default model, taught by it.

Layers 1, 3 and 6 of the teacher, and those tokens that business talk uses; every other word is spelt in pieces. The pupil learns
what the teacher says of labelled and of unlabelled talk (its probabilities, and the mean they come from), and the labels beside it.
"""
import collections
import random

import torch
from torch.nn import functional as F

import data
import model
import train
from train import S, batches, pad

LAYERS, POSITIONS, CONTEXT_LAYERS = (0, 2, 5), 256, 1
SPECIAL = 104   # [PAD], [UNK], [CLS], [SEP], [MASK] and the places between them keep their numbers


def talk(shared, limit, seed):
    """Unlabelled real talk as examples, without the lines that are measured on."""
    measured = {data.clean(r["text"]) for r in data.lines(shared / "gold/real-dev.jsonl")}
    out = []
    for path in sorted((shared / "data/unlabelled").glob("*.jsonl")):
        for r in data.lines(path):
            text, context = data.clean(r["text"]), data.clean(r.get("context") or "")
            if len(text.split()) >= 4 and not {text, context} & measured:
                out.append(data.Example(text, context, data.SPEAKERS.get(r.get("speaker"), "unknown"), -1, None, "talk", "talk"))
    random.Random(seed).shuffle(out)
    return out[:limit]


def vocabulary(texts, size):
    """The tokens to keep: all single characters, and the most frequent ones of these texts."""
    tok = data.tokenizer()
    count = collections.Counter(i for e in tok.encode_batch(texts, add_special_tokens=False) for i in e.ids)
    words = {i: w for w, i in tok.get_vocab().items()}
    letters = {i for i, w in words.items() if i >= SPECIAL and len(w.removeprefix("##")) == 1}
    frequent = [i for i, _ in count.most_common() if i not in letters and i >= SPECIAL]
    return [*range(SPECIAL), *sorted(letters | set(frequent[: size - SPECIAL - len(letters)]))]


def pupil_of(teacher, kept):
    net = model.Reader(layers=len(LAYERS), vocabulary=len(kept), positions=POSITIONS, context_layers=CONTEXT_LAYERS)
    own = {k: v for k, v in teacher.state_dict().items() if not k.startswith("layers.")}
    own["words.weight"], own["positions.weight"] = own["words.weight"][kept], own["positions.weight"][:POSITIONS]
    for to, of in enumerate(LAYERS):
        own |= {k.replace(f"layers.{of}.", f"layers.{to}."): v for k, v in teacher.state_dict().items() if k.startswith(f"layers.{of}.")}
    net.load_state_dict(own)
    return net


@torch.no_grad()
def lesson(teacher, examples, budget=4096):
    """What the teacher says of each example: its 20 logits and the 384 numbers they come from."""
    teacher.eval()
    ids = data.encode(data.tokenizer(), [data.segments(e.text, e.context, e.side) for e in examples])
    logits, means = torch.zeros(len(ids), 20), torch.zeros(len(ids), model.WIDTH, dtype=torch.bfloat16)
    for batch in batches(ids, budget):
        with torch.autocast("cpu", torch.bfloat16, enabled=train.BFLOAT16):
            z, _, mean = teacher.all(*pad([ids[i] for i in batch]))
        logits[batch], means[batch] = z.float(), mean.bfloat16()
    return logits, means


def fit(net, examples, logits, means, *, epochs, lr, seed, budget=1600, average=0.3, log=print, prune=None):
    """Trains the pupil in place; `use_vocabulary` must have been called, for it reads other numbers than the teacher.

    Heads after its first layers learn along, so that those layers say early what can be said early; the heads themselves are
    fitted anew on the int8 model (exits.py). `prune` is told each step (sparse.py).
    """
    net.words.weight.requires_grad_(True)
    heads, after = train.lower_heads(net)
    labelled = torch.tensor([e.sentiment for e in examples])
    soft, many = logits[:, :S].softmax(1), logits[:, S:].sigmoid()
    params = [p for p in net.parameters() if p.requires_grad]
    groups = [{"params": params, "lr": lr}, {"params": [p for head in heads.values() for p in head.parameters()], "lr": 1e-3}]
    optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=0.01, fused=True)

    def loss_at(x, mask, at):
        with torch.autocast("cpu", torch.bfloat16, enabled=train.BFLOAT16):
            z, _, pooled = net.all(x, mask)
        z = z.float()
        loss = F.cross_entropy(z[:, :S], soft[at]) + F.binary_cross_entropy_with_logits(z[:, S:], many[at], reduction="none").sum(1).mean()
        if (labelled[at] >= 0).any():
            loss = loss + 0.2 * F.cross_entropy(z[:, :S], labelled[at], ignore_index=-1)
        loss = loss + 0.3 * train.early_loss(heads, after, model.last_segment(x, mask).float(), logits[at])
        return loss + 2.0 * (1 - F.cosine_similarity(pooled, means[at].float())).mean()
    train.descend(net, examples, optimiser, loss_at, epochs=epochs, seed=seed, budget=budget, average=average, log=log, prune=prune)
