"""Which examples each stage learns from."""
import random

import torch

import data

# The stages before `full` were trained before the later hands wrote.
FIRST_HANDS = ("wa_", "wb_")
# What the stage `later` brings: hands that wrote after the stages before it had been trained on all others.
LATER_HANDS = tuple(f"w{hand}_" for hand in "ijklmnopqrs")
# Parts that only the stages from `later` on learn from.
NEWEST = ("our real, latest", "corpus, later", "varieties")
# How much of a part an epoch of the stage `later` draws; the others count in full.
SHARES = {"corpus": 0.4, "varieties": 0.5}


def labelled(a, log):
    """The labelled examples of the training side, by part: {part: [Example]}."""
    parts = {"deals": data.deals((a.shared / "gold/train").glob("*.deal"), a.shared)[0]}
    written = sorted(a.corpus.glob("*.deal"))
    parts["corpus"], refused = data.deals([p for p in written if not p.name.startswith(LATER_HANDS)], a.shared)
    parts["real"] = data.real(data.lines(a.shared / "gold/real-train.jsonl"))
    parts["hard"] = data.hard_lines(a.corpus.parent / "hard-lines.txt")
    parts["hard, later"] = data.hard_lines(a.corpus.parent / "hard-lines-later.txt")
    parts["our real"] = data.our_real(a.real_labels / "real-labels.tsv", a.shared)
    parts["our real, chosen"] = data.our_real(a.real_labels / "real-labels-chosen.tsv", a.shared)
    parts["our real, later"] = data.our_real(a.real_labels / "real-labels-later.tsv", a.shared)
    parts["our real, latest"] = data.our_real(a.real_labels / "real-labels-latest.tsv", a.shared)
    parts["corpus, later"], more = data.deals([p for p in written if p.name.startswith(LATER_HANDS)], a.shared)
    parts["varieties"] = data.hard_lines(a.corpus.parent / "varieties.txt", times=1)
    refused += more
    for line in refused:
        log("refused", line)
    for name, part in parts.items():
        log(f"{name}: {len(part)} examples, {sum(map(data.held_out, part))} held out")
    return parts


def base(parts):
    """Real lines and the gold deals."""
    return [e for name in ("deals", "real", "our real") for e in parts[name] if not data.held_out(e)]


def first(parts):
    """And our first deals and the hard lines."""
    ours = [e for e in parts["corpus"] if e.group.startswith(FIRST_HANDS)]
    return twice([e for name in ("deals", "real", "our real", "hard") for e in parts[name]] + ours, parts)


def full(parts):
    return twice([e for name, part in parts.items() if name not in NEWEST for e in part], parts)


def later(parts, answers, seed=12):
    """What is new and what the gold sets hold, each hard line once and a share of what we wrote before.

    `answers` gives the logits of the network so far for some examples. Neutral lines that it finds easy are left out
    (two of three): they cost as much as those that teach. Gives the examples, and for each real line that is not new the
    answer it should stay near to (else NaN), because later deals would otherwise be paid for with real talk.
    """
    rng, chosen = random.Random(seed), []
    for name, part in parts.items():
        if name.startswith(("hard", "varieties")):
            part = {(e.text, e.context, e.side): e for e in part}.values()
        for e in part:
            if not (data.held_out(e) or (e.kind == "greeting" and rng.random() < 0.6) or rng.random() >= SHARES.get(name, 1)):
                chosen += [(name, e)] * (2 if name == "real" else 1)
    logits = answers([e for _, e in chosen])
    easy = (logits[:, :3].softmax(1)[:, 1] > 0.9) & (logits[:, 3:].sigmoid().amax(1) < 0.1)
    kept = [i for i, (_, e) in enumerate(chosen) if not (easy[i] and e.sentiment == 1 and not e.intents and rng.random() >= 0.35)]
    near = torch.full_like(logits, float("nan"))
    for i, (name, e) in enumerate(chosen):
        if e.kind == "real" and name != "our real, latest":
            near[i] = logits[i]
    return [chosen[i][1] for i in kept], near[kept]


def talk_again(parts, seed=17):
    """All real lines, and not quite as many of deals: a short pass after `later`, which leaves the intents of real talk too shy."""
    rng, out = random.Random(seed), []
    for name, share in (("real", 2), ("our real", 1), ("our real, chosen", 1), ("our real, later", 1), ("our real, latest", 1),
                        ("deals", 0.6), ("corpus, later", 0.25), ("corpus", 0.1)):
        kept = [e for e in parts[name] if not data.held_out(e) and e.kind != "greeting"]
        out += kept * share if share >= 1 else rng.sample(kept, int(share * len(kept)))
    return [e for e in out if e.sentiment != 1 or e.intents != () or rng.random() >= 0.4]


def twice(examples, parts):
    """Without what is held out; the gold real lines count twice: they are few beside the deals, and real talk is what the model meets."""
    return [e for e in examples + parts["real"] if not data.held_out(e)]


def held(parts):
    """What thresholds are fitted on: neither greetings nor the labels that are trusted less."""
    return [e for part in parts.values() for e in part if data.held_out(e) and e.kind != "greeting" and e.trust == 1]
