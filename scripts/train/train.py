"""One optimisation loop for every stage: what changes between stages is the data, the epochs and the starting point."""
import random
import time

import numpy as np
import torch
from torch.nn import functional as F

import data
from folder import INPUT
from labels import INTENTS, SENTIMENTS
from model import last_segment

S = len(SENTIMENTS)
# Where the processor has no instructions for it, bfloat16 takes fourteen times as long as 32 bits.
BFLOAT16 = torch.cpu._is_avx512_bf16_supported()


def batches(ids, budget, rng=None):
    """Positions grouped by length so that a batch holds at most `budget` tokens with little padding."""
    order = list(range(len(ids)))
    if rng:
        rng.shuffle(order)
        # Sorting within chunks keeps batches mixed in content from one epoch to the next.
        order = [i for c in range(0, len(order), 4000) for i in sorted(order[c:c + 4000], key=lambda i: len(ids[i]))]
    else:
        order.sort(key=lambda i: len(ids[i]))
    out, batch, longest = [], [], 0
    for i in order:
        longest = max(longest, len(ids[i]))
        if batch and longest * (len(batch) + 1) > budget:
            out.append(batch)
            batch, longest = [], len(ids[i])
        batch.append(i)
    out.append(batch)
    if rng:
        rng.shuffle(out)
    return out


def pad(rows, filler=0):
    n = max(map(len, rows))
    return (torch.tensor([r + [filler] * (n - len(r)) for r in rows]), torch.tensor([[1] * len(r) + [0] * (n - len(r)) for r in rows]))


def loss_of(logits, sentiment, intents, known, trust, weights):
    """Cross-entropy for the sentiment, and a sum of 17 binary ones for the intents of the examples that carry intents."""
    each = F.cross_entropy(logits[:, :S], sentiment, weight=weights["sentiment"], label_smoothing=0.05, ignore_index=-1, reduction="none")
    loss = (each * torch.where(sentiment == SENTIMENTS.index("neutral"), trust, 1.0)).mean()
    if known.any():
        each = F.binary_cross_entropy_with_logits(logits[known, S:], intents[known], pos_weight=weights["intents"], reduction="none")
        loss = loss + each.sum(1).mean()
    return loss


def targets(examples):
    """What `loss_of` holds the logits against: sentiment (-1: none), intents, which rows have intents, trust in a neutral label."""
    intents = torch.zeros(len(examples), len(INTENTS))
    for row, e in zip(intents, examples):
        row[list(e.intents or ())] = 1
    return (torch.tensor([e.sentiment for e in examples]), intents, torch.tensor([e.intents is not None for e in examples]),
            torch.tensor([e.trust for e in examples]))


def class_weights(sentiment):
    """What a line of each class counts in `loss_of`, so that rare ones are not drowned; 1 in the mean."""
    share = torch.bincount(sentiment[sentiment >= 0], minlength=S).float()
    share = share / share.sum()
    return {"sentiment": (share ** -0.4) / (share * share ** -0.4).sum(), "intents": torch.full((len(INTENTS),), 1.7)}


def away_from(logits, answers):
    """How far the logits of each row are from earlier answers, in nats over sentiment and intents (least, not 0, where they are the same)."""
    soft, many = answers[:, :S].log_softmax(1), answers[:, S:].sigmoid()
    sentiment = (soft.exp() * (soft - logits[:, :S].log_softmax(1))).sum(1)
    return sentiment + F.binary_cross_entropy_with_logits(logits[:, S:], many, reduction="none").sum(1)


def fit(net, examples, *, epochs, lr, seed, budget=1600, average=0.0, log=print, done=None, save=None, answers=None, near=0.6, labels=1.0, swaps=None, early=0.0, hide=0.0, prune=None, beside=None):
    """Trains in place. `save(state)` is called after each epoch; `done` is the last such state of a run that was cut off.

    With `average`, the network ends as the mean of its weights over that last share of the steps, which costs nothing later.
    `answers` are logits that rows should come near to beside their labels (a row of NaN: none); how far they are from them weighs `near`,
    the loss by the labels `labels`. `swaps` draws pairs of lines whose tone should be the same (swaps.py). With `early`, heads after the
    lower layers learn along what the network says, with that weight, so that those layers say early what can be said early; the heads
    that ship are fitted anew on the int8 model (exits.py). With `hide`, that share of the word pieces stands behind the mask, so that
    lines are harder to learn by heart. The word table learns where it requires a gradient. `prune` is told each step; how far the network
    is from the one `beside` it counts twice (sparse.py).
    """
    sentiment, intents, known, trust = targets(examples)
    weights = class_weights(sentiment)
    heads, after = lower_heads(net) if early else ({}, {})
    head = [p for n, p in net.named_parameters() if n.startswith("head")] + [p for h in heads.values() for p in h.parameters()]
    flat = [p for n, p in net.named_parameters() if not n.startswith("head") and p.requires_grad and p.ndim < 2]
    table = [net.words.weight] if net.words.weight.requires_grad else []
    body = [p for n, p in net.named_parameters() if not n.startswith(("head", "words")) and p.requires_grad and p.ndim >= 2]
    groups = [{"params": table, "lr": lr, "weight_decay": 0.0}, {"params": body, "lr": lr, "weight_decay": 0.01}, {"params": flat, "lr": lr, "weight_decay": 0.0}, {"params": head, "lr": 5 * lr, "weight_decay": 0.01}]
    optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.98), fused=True)
    tok, rng = data.tokenizer(), random.Random(seed)

    def logits_of(x, mask):
        with torch.autocast("cpu", torch.bfloat16, enabled=BFLOAT16):
            return net(x, mask).float()

    def loss_at(x, mask, at):
        logits = logits_of(x, mask)
        # First of all: other lines that the network runs on leave other numbers.
        apart = 2.0 * beside.distance(x, mask) if beside else 0.0
        loss = apart + labels * loss_of(logits, sentiment[at], intents[at], known[at], trust[at], weights)
        if answers is not None and (held := ~answers[at, 0].isnan()).any():
            loss = loss + near * away_from(logits[held], answers[at][held]).sum() / len(at)
        if heads:
            loss = loss + early * early_loss(heads, after, last_segment(x, mask).float(), logits.detach())
        return loss if swaps is None else loss + swaps.distance(logits_of, tok, rng)
    descend(net, examples, optimiser, loss_at, epochs=epochs, seed=seed, budget=budget, average=average, log=log, done=done, save=save, hide=hide, prune=prune)


def lower_heads(net):
    """{number of layers: head} after the layers where lines may leave, and {number of layers: what that layer gave last}."""
    import exits  # which reads this file too

    heads, after = {n: exits.Exit().train() for n in exits.AFTER[len(net.layers)]}, {}
    for n in heads:
        net.layers[n - 1].register_forward_hook(lambda _, __, out, n=n: after.__setitem__(n, out))
    return heads, after


def early_loss(heads, after, read, answers):
    """How far the heads are from these answers, summed over them, a mean over the rows; `read` is 1 for the tokens of the utterance."""
    import exits

    return sum(away_from(head(exits.views(after[n].float(), read)), answers).mean() for n, head in heads.items())


def descend(net, examples, optimiser, loss_at, *, epochs, seed, budget, average, log, done=None, save=None, hide=0.0, prune=None):
    """The steps themselves, for whatever loss `loss_at(ids, mask, positions)` gives a batch; the pace rises, then falls to 0."""
    tok = data.tokenizer()
    peaks = [g["lr"] for g in optimiser.param_groups]
    steps = None
    if done:
        net.load_state_dict(done["net"])
        optimiser.load_state_dict(done["optimiser"])
    mean, snapshots = (done["mean"], done["snapshots"]) if done else (None, 0)
    for epoch in range(epochs):
        rng = random.Random(seed * 1000 + epoch)
        torch.manual_seed(seed * 1000 + epoch)
        ids = data.encode(tok, [data.segments(*data.noisy(e, rng), data.ALWAYS) for e in examples])
        if hide:
            ids = [data.hidden(row, hide, rng) for row in ids]
        plan = batches(ids, budget, rng)
        steps = steps or len(plan)
        if done and epoch < done["epoch"]:
            continue
        net.train()
        seen, total, began = 0, 0.0, time.time()
        for n, batch in enumerate(plan):
            share_done = (epoch + n / len(plan)) / epochs
            pace = min(1.0, (epoch * steps + n + 1) / (0.06 * steps * epochs)) * (1 - share_done) ** 0.9
            for g, peak in zip(optimiser.param_groups, peaks):
                g["lr"] = peak * pace
            if prune:
                prune(epoch * steps + n, share_done)
            loss = loss_at(*pad([ids[i] for i in batch]), torch.tensor(batch))
            # A batch of short texts holds more examples; its gradient counts for as many.
            (loss * (len(batch) / (len(examples) / len(plan))) ** 0.5).backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            if average and share_done >= 1 - average and n % 20 == 19:
                snapshots += 1
                now = net.state_dict()
                mean = {k: v.clone() if mean is None else mean[k] + (v - mean[k]) / snapshots for k, v in now.items()}
            seen, total = seen + 1, total + loss.item()
            if n % 100 == 99:
                log(f"epoch {epoch + 1}/{epochs} batch {n + 1}/{len(plan)} loss {total / seen:.4f} {(time.time() - began) / seen:.2f} s/batch")
                seen, total, began = 0, 0.0, time.time()
        if save:
            save({"epoch": epoch + 1, "net": net.state_dict(), "optimiser": optimiser.state_dict(), "mean": mean, "snapshots": snapshots})
    if mean:
        net.load_state_dict(mean)


@torch.no_grad()
def predict(net, examples, input_=INPUT, budget=4096):
    net.eval()
    ids = data.encode(data.tokenizer(), [data.segments(e.text, e.context, e.side, input_) for e in examples])
    out = np.zeros((len(ids), S + len(INTENTS)), np.float32)
    for batch in batches(ids, budget):
        out[batch] = net(*pad([ids[i] for i in batch])).numpy()
    return out
