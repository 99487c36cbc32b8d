"""Which examples each stage learns from."""
import data

# The stages before `full` were trained before the later hands wrote.
FIRST_HANDS = ("wa_", "wb_")


def labelled(a, log):
    """The labelled examples of the training side, by part: {part: [Example]}."""
    parts = {"deals": data.deals((a.shared / "gold/train").glob("*.deal"), a.shared)[0]}
    parts["corpus"], refused = data.deals(a.corpus.glob("*.deal"), a.shared)
    for line in refused:
        log("refused", line)
    parts["real"] = data.real(data.lines(a.shared / "gold/real-train.jsonl"))
    parts["hard"] = data.hard_lines(a.corpus.parent / "hard-lines.txt")
    parts["hard, later"] = data.hard_lines(a.corpus.parent / "hard-lines-later.txt")
    parts["our real"] = data.our_real(a.real_labels / "real-labels.tsv", a.shared)
    parts["our real, chosen"] = data.our_real(a.real_labels / "real-labels-chosen.tsv", a.shared)
    parts["our real, later"] = data.our_real(a.real_labels / "real-labels-later.tsv", a.shared)
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
    return twice([e for part in parts.values() for e in part], parts)


def twice(examples, parts):
    """Without what is held out; the gold real lines count twice: they are few beside the deals, and real talk is what the model meets."""
    return [e for e in examples + parts["real"] if not data.held_out(e)]


def held(parts):
    """What thresholds are fitted on: neither greetings nor the labels that are trusted less."""
    return [e for part in parts.values() for e in part if data.held_out(e) and e.kind != "greeting" and e.trust == 1]
