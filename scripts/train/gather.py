"""Which examples each stage learns from."""
import random

import torch

import data
import variants

# The stages before `full` were trained before the later hands wrote.
FIRST_HANDS = ("wa_", "wb_")
# What the stage `later` brings: hands that wrote after the stages before it had been trained on all others.
LATER_HANDS = tuple(f"w{hand}_" for hand in "ijklmnopqrs")
# And what the stage `latest` brings.
LATEST_HANDS = ("wt_", "wu_", "wv_", "ww_", "wx_", "wy_", "wz_", "xa_")
# The conversations that the stage `taught` learns from, and those that `taught-longer` does; what later hands wrote is not learnt yet.
FIRST_TALK = tuple(f"x{hand}/" for hand in "bcdefghi")
LONGER_TALK = FIRST_TALK + tuple(f"x{hand}/" for hand in "jklmnopqrstuvwxyz") + tuple(f"y{hand}/" for hand in "abcde")
ALL_TALK = ("x", "y")
# Parts that only the stages from `later` on learn from.
NEWEST = ("our real, latest", "corpus, later", "varieties", "corpus, latest", "our real, settled")
# How much of a part an epoch of a stage draws; the others count in full.
SHARES = {
    "later": {"corpus": 0.4, "varieties": 0.5, "corpus, latest": 0, "our real, settled": 0},
    "latest": {"corpus": 0.3, "corpus, later": 0.5, "varieties": 0.4, "our real": 0.6, "our real, chosen": 0.8, "hard": 0.6},
    "quick": {"corpus": 0.35, "corpus, later": 0.6, "varieties": 0.4, "our real": 0.6, "our real, chosen": 0.8, "hard": 0.6},
    "rounded": {"corpus": 0.8, "varieties": 0.7, "our real": 0.8, "hard": 0.7},
    "hidden": {},
    "taught": {"varieties": 0.4},
    "talk": {"deals": 0.6, "corpus, later": 0.25, "corpus": 0.1, "hard": 0, "hard, later": 0, "varieties": 0, "corpus, latest": 0, "our real, settled": 0},
}


def labelled(a, log):
    """The labelled examples of the training side, by part: {part: [Example]}."""
    parts = {"deals": data.deals((a.shared / "gold/train").glob("*.deal"), a.shared)[0]}
    written = sorted(a.corpus.glob("*.deal"))
    parts["corpus"], refused = data.deals([p for p in written if not p.name.startswith(LATER_HANDS + LATEST_HANDS)], a.shared)
    parts["real"] = data.real(data.lines(a.shared / "gold/real-train.jsonl"))
    parts["hard"] = data.hard_lines(a.corpus.parent / "hard-lines.txt")
    parts["hard, later"] = data.hard_lines(a.corpus.parent / "hard-lines-later.txt")
    parts["our real"] = data.our_real(a.real_labels / "real-labels.tsv", a.shared)
    parts["our real, chosen"] = data.our_real(a.real_labels / "real-labels-chosen.tsv", a.shared)
    parts["our real, later"] = data.our_real(a.real_labels / "real-labels-later.tsv", a.shared)
    parts["our real, latest"] = data.our_real(a.real_labels / "real-labels-latest.tsv", a.shared)
    parts["corpus, later"], more = data.deals([p for p in written if p.name.startswith(LATER_HANDS)], a.shared)
    parts["varieties"] = data.hard_lines(a.corpus.parent / "varieties.txt", times=1)
    parts["our real, settled"] = data.our_real(a.real_labels / "real-labels-settled.tsv", a.shared)
    parts["corpus, latest"], last = data.deals([p for p in written if p.name.startswith(LATEST_HANDS)], a.shared)
    refused += more + last
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


def drawn(parts, shares, rng):
    """A share of each part, gold real lines twice, hard lines once and fewer greetings: [(part, example)].

    A line that three readers settled counts with their label alone, where an earlier reading of it is drawn too.
    """
    def line(e):
        return e.text, e.context, e.side

    chosen, settled = [], {line(e) for e in parts["our real, settled"]} if shares.get("our real, settled", 1) else set()
    for name, part in parts.items():
        if name.startswith(("hard", "varieties")):
            part = {(e.text, e.context, e.side): e for e in part}.values()
        for e in part:
            if name != "our real, settled" and line(e) in settled:
                continue
            if not (data.held_out(e) or (e.kind == "greeting" and rng.random() < 0.6) or rng.random() >= shares.get(name, 1)):
                chosen += [(name, e)] * (2 if name == "real" else 1)
    return chosen


def later(parts, answers, stage, seed=12, most=None):
    """What is new in a stage, and what holds the rest.

    `answers` gives the logits of the network so far for some examples. Neutral lines that it finds easy are left out
    (two of three): they cost as much as those that teach. Gives the examples, and for each real line that is not new the
    answer it should stay near to (else NaN), because later deals would otherwise be paid for with real talk. At most `most`
    examples, drawn, so that a pass has a known length.
    """
    rng = random.Random(seed)
    chosen = drawn(parts, SHARES[stage], rng)
    logits = answers([e for _, e in chosen])
    easy = (logits[:, :3].softmax(1)[:, 1] > 0.9) & (logits[:, 3:].sigmoid().amax(1) < 0.1)
    kept = [i for i, (_, e) in enumerate(chosen) if not (easy[i] and e.sentiment == 1 and not e.intents and rng.random() >= 0.35)]
    if most and len(kept) > most:
        kept = rng.sample(kept, most)
    near = torch.full_like(logits, float("nan"))
    for i, (name, e) in enumerate(chosen):
        if e.kind == "real" and name not in NEWEST:
            near[i] = logits[i]
    return [chosen[i][1] for i in kept], near[kept]


def made(parts, near, count, seed=101):
    """So many variants (variants.py) of what was labelled; `near` as of variants.near_words."""
    of = [e for name, part in parts.items() for e in part
          if e.kind in ("deal", "conversation", "real") and not data.held_out(e) and (name != "conversations" or e.group.startswith(LONGER_TALK))]
    return variants.variants(of, near, count, random.Random(seed))


def lesson(parts, answers, teacher, *, hands, most, without_labels, seed=41):
    """What a stage `taught` learns from: the conversations of these hands, so many of the lines learnt before, and lines without labels.

    `answers` gives the logits of the network so far, `teacher` those of the larger one (NaN where it was not asked: such a line counts by
    its labels alone, or not at all). Gives the examples and the logits to come near to: about half of each, for real lines three tenths
    of the teacher's, who reads those less well.
    """
    before, _ = later({k: v for k, v in parts.items() if k != "conversations"}, answers, "taught", seed, most)
    examples = [e for e in parts["conversations"] if e.group.startswith(hands) and not data.held_out(e)] + before + without_labels
    said = teacher(examples)
    use = [i for i, e in enumerate(examples) if e.sentiment >= 0 or e.intents is not None or not said[i, 0].isnan()]
    examples, said = [examples[i] for i in use], said[use]
    mix = torch.tensor([0.3 if e.kind in ("real", "talk") else 0.55 for e in examples])[:, None]
    return examples, (1 - mix) * answers(examples) + mix * said


def talk_again(parts, seed=17):
    """Real lines, and not quite as many of deals: a short pass after `later`, which leaves the intents of real talk too shy."""
    rng = random.Random(seed)
    examples = [e for _, e in drawn(parts, SHARES["talk"], rng) if e.kind != "greeting"]
    return [e for e in examples if e.sentiment != 1 or e.intents != () or rng.random() >= 0.4]


def twice(examples, parts):
    """Without what is held out; the gold real lines count twice: they are few beside the deals, and real talk is what the model meets."""
    return [e for e in examples + parts["real"] if not data.held_out(e)]


def held(parts):
    """What thresholds are fitted on: neither greetings nor the labels that are trusted less, nor lines that readers disagreed about."""
    return [e for part in parts.values() for e in part if data.held_out(e) and e.kind != "greeting" and e.trust == 1 and e.sentiment >= 0 and e.intents is not None]
