"""Which examples each stage learns from."""
import random

import data

# The stages before `full` were trained before the later hands wrote.
FIRST_HANDS = ("wa_", "wb_")
# What the stage `third` brings: hands that wrote after the model that ships had been trained on all others.
LATER_HANDS = ("wi_", "wj_", "wk_", "wl_")


def labelled(a, log, later=False):
    """The labelled examples of the training side, by part: {part: [Example]}; with `later`, those of the stage `third` too."""
    parts = {"deals": data.deals((a.shared / "gold/train").glob("*.deal"), a.shared)[0]}
    written = sorted(a.corpus.glob("*.deal"))
    parts["corpus"], refused = data.deals([p for p in written if not p.name.startswith(LATER_HANDS)], a.shared)
    parts["real"] = data.real(data.lines(a.shared / "gold/real-train.jsonl"))
    parts["hard"] = data.hard_lines(a.corpus.parent / "hard-lines.txt")
    parts["hard, later"] = data.hard_lines(a.corpus.parent / "hard-lines-later.txt")
    parts["our real"] = data.our_real(a.real_labels / "real-labels.tsv", a.shared)
    parts["our real, chosen"] = data.our_real(a.real_labels / "real-labels-chosen.tsv", a.shared)
    parts["our real, later"] = data.our_real(a.real_labels / "real-labels-later.tsv", a.shared)
    if later:
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
    return twice([e for name, part in parts.items() if name not in ("corpus, later", "varieties") for e in part], parts)


def third(parts, seed=12):
    """What is new, all that the gold sets hold, each hard line once, and two thirds of what we wrote and labelled before."""
    rng, out = random.Random(seed), []
    for name, part in parts.items():
        if name.startswith(("hard", "varieties")):
            part = {(e.text, e.context, e.side): e for e in part}.values()
        for e in part:
            if data.held_out(e) or (e.kind == "greeting" and rng.random() < 0.5):
                continue
            if (name == "corpus" or name.startswith("our real")) and rng.random() >= 0.65:
                continue
            out.append(e)
    return out


def twice(examples, parts):
    """Without what is held out; the gold real lines count twice: they are few beside the deals, and real talk is what the model meets."""
    return [e for e in examples + parts["real"] if not data.held_out(e)]


def held(parts):
    """What thresholds are fitted on: neither greetings nor the labels that are trusted less."""
    return [e for part in parts.values() for e in part if data.held_out(e) and e.kind != "greeting" and e.trust == 1]
