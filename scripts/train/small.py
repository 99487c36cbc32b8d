"""`models/small`: half of the layers and two thirds of the words of the default model, taught by it.

Layers 1, 3 and 6 of the teacher, and those tokens that business talk uses; every other word is spelt in pieces. The pupil learns
what the teacher says of labelled and of unlabelled talk (its probabilities, and the mean they come from), and the labels beside it.
"""
import collections
import random
import time

import torch
from torch.nn import functional as F

import data
import folder
import model
import train
from train import S, batches, pad

LAYERS, POSITIONS = (0, 2, 5), 256
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
    net = model.Reader(layers=len(LAYERS), vocabulary=len(kept), positions=POSITIONS)
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
        with torch.autocast("cpu", torch.bfloat16):
            z, _, mean = teacher.all(*pad([ids[i] for i in batch]))
        logits[batch], means[batch] = z.float(), mean.bfloat16()
    return logits, means


def fit(net, examples, logits, means, *, epochs, lr, seed, budget=1600, average=0.3, log=print):
    """Trains the pupil in place; `use_vocabulary` must have been called, for it reads other numbers than the teacher."""
    tok, labelled = data.tokenizer(), torch.tensor([e.sentiment for e in examples])
    soft, many = logits[:, :S].softmax(1), logits[:, S:].sigmoid()
    params = [p for p in net.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(params, lr=lr, betas=(0.9, 0.98), weight_decay=0.01, fused=True)
    mean, snapshots, steps = None, 0, None
    for epoch in range(epochs):
        rng = random.Random(seed * 1000 + epoch)
        torch.manual_seed(seed * 1000 + epoch)
        ids = data.encode(tok, [data.segments(*data.noisy(e, rng), data.ALWAYS) for e in examples])
        plan = batches(ids, budget, rng)
        steps = steps or len(plan)
        net.train()
        total, seen, began = 0.0, 0, time.time()
        for n, batch in enumerate(plan):
            done = (epoch + n / len(plan)) / epochs
            for g in optimiser.param_groups:
                g["lr"] = lr * min(1.0, (epoch * steps + n + 1) / (0.05 * steps * epochs)) * (1 - done) ** 0.9
            at = torch.tensor(batch)
            with torch.autocast("cpu", torch.bfloat16):
                z, _, pooled = net.all(*pad([ids[i] for i in batch]))
            z = z.float()
            loss = F.cross_entropy(z[:, :S], soft[at]) + F.binary_cross_entropy_with_logits(z[:, S:], many[at], reduction="none").sum(1).mean()
            loss = loss + 0.2 * F.cross_entropy(z[:, :S], labelled[at], ignore_index=-1) if (labelled[at] >= 0).any() else loss
            loss = loss + 2.0 * (1 - F.cosine_similarity(pooled, means[at].float())).mean()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(params, 1.0)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            if done >= 1 - average and n % 20 == 19:
                snapshots += 1
                now = net.state_dict()
                mean = {k: v.clone() if mean is None else mean[k] + (v - mean[k]) / snapshots for k, v in now.items()}
            seen, total = seen + 1, total + loss.item()
            if n % 100 == 99:
                log(f"epoch {epoch + 1}/{epochs} batch {n + 1}/{len(plan)} loss {total / seen:.4f} {(time.time() - began) / seen:.2f} s/batch")
                seen, total, began = 0, 0.0, time.time()
    if mean:
        net.load_state_dict(mean)
