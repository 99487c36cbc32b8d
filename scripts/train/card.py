"""Fills card.md with the numbers of one run: the model card that ships."""
import collections
import hashlib
import pathlib

import metrics
from labels import INTENTS, SENTIMENTS

HERE = pathlib.Path(__file__).resolve().parent
# What every source is, and under which licence; the rows are counted when the card is written.
SOURCES = {
    "deals": ("written deals of the project's gold set (`gold/train`)", "made for the project"),
    "corpus": ("our own written deals (`scripts/train/corpus`, with a datasheet)", "MIT OR Apache-2.0, made for the project"),
    "corpus, later": ("deals of eleven later hands, for the stage `later` (`scripts/train/corpus`)", "MIT OR Apache-2.0, made for the project"),
    "corpus, latest": ("deals of eight more hands, for the stage `latest` (`scripts/train/corpus`)", "MIT OR Apache-2.0, made for the project"),
    "varieties": ("pairs of lines that say the same in two varieties of English, or of two people or companies (`scripts/train/varieties.txt`)", "MIT OR Apache-2.0, made for the project"),
    "varieties, later": ("such pairs by a later hand, for the stage `sparse-near-rounded` (`scripts/train/varieties-later.txt`)", "MIT OR Apache-2.0, made for the project"),
    "hard": ("single lines for negation, sarcasm, hedging and near-misses (`scripts/train/hard-lines.txt`, each counted three times)", "MIT OR Apache-2.0, made for the project"),
    "hard, later": ("more such lines (`scripts/train/hard-lines-later.txt`, each counted three times)", "MIT OR Apache-2.0, made for the project"),
    "contrast": ("single lines that look alike and carry different labels, for the stage `hidden` (`scripts/train/contrast-lines.txt`)", "MIT OR Apache-2.0, made for the project"),
    "conversations": ("calls, mails and chats of 30 hands, each line read by its author and one or two more, for the stages `taught` to `taught-rounded` (`scripts/train/conversations`, with a datasheet)", "MIT OR Apache-2.0, made for the project"),
    "real": ("labelled real lines (`gold/real-train.jsonl`)", "words: see the sets below"),
    "our real": ("real lines labelled by us (`scripts/train/real-labels.tsv`, labels only)", "words: see the sets below"),
    "our real, chosen": ("real lines labelled by us, chosen where an earlier model was unsure (`scripts/train/real-labels-chosen.tsv`, labels only)", "words: see the sets below"),
    "our real, later": ("real lines labelled by us, where two blind readers agreed on lines that may carry an intent (`scripts/train/real-labels-later.tsv`, labels only)", "words: see the sets below"),
    "our real, latest": ("further real lines labelled by us in the same way (`scripts/train/real-labels-latest.tsv`, labels only)", "words: see the sets below"),
    "our real, settled": ("real lines labelled by three blind readers, by majority (`scripts/train/real-labels-settled.tsv`, labels only)", "words: see the sets below"),
    "talk": ("unlabelled lines of the sets below, on which it learned what the default model answers", "words: see the sets below"),
    "goemotions": ("GoEmotions, Reddit comments, for the sentiment pre-pass", "Apache-2.0"),
    "senti4sd_stackoverflow": ("Senti4SD, Stack Overflow posts, for the sentiment pre-pass", "MIT"),
    "qmsum_meetings": ("of the real lines: QMSum meetings", "MIT"),
    "multidogo": ("of the real lines: MultiDoGO", "CDLA-Permissive-1.0"),
    "persuasion4good_full": ("of the real lines: Persuasion for Good", "Apache-2.0"),
    "casino_full": ("of the real lines: CaSiNo", "CC-BY-4.0"),
    "taskmaster3": ("of the real lines: Taskmaster-3", "CC-BY-4.0"),
    "taskmaster4": ("of the real lines: Taskmaster-4", "CC-BY-4.0"),
    "email_intent_parakweet": ("of the real lines: sentences of business e-mails (Parakweet's intent set)", "Apache-2.0"),
    "summedits_sales_synthetic": ("of the real lines: SummEdits sales calls (synthetic)", "Apache-2.0"),
}
SETS = ("gold/dev", "real-dev", "real-dev, side unknown")


def table(head, rows):
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head)] + ["| " + " | ".join(map(str, r)) + " |" for r in rows])


def count_sources(parts, public):
    """{source: examples} in the order of SOURCES."""
    n = collections.Counter({k: len(v) for k, v in parts.items()})
    n.update(e.group for e in public)
    n.update(e.group.split("/")[0] for k, part in parts.items() if k == "real" or k.startswith("our real") for e in part)
    return {k: n[k] for k in SOURCES if n[k]}


def headline(result):
    names = (("sentiment macro-F1", "sentiment_macro_f1"), ("sentiment accuracy", "sentiment_accuracy"), ("intents micro-F1", "intents_micro_f1"),
             ("intents macro-F1", "intents_macro_f1"), ("sentiment calibration error", "sentiment_ece"))
    return table(("", *(f"{s}: {m}" for s in SETS for m in ("float", "int8"))),
                 [(title, *(f"{result[s][m + ', as shipped'][k]:.3f}" for s in SETS for m in ("float", "int8"))) for title, k in names])


def leaving(shares, result):
    """Who leaves early, and what it costs: the same weights with every layer for every line."""
    def pair(name):
        return "; ".join("{} {:.3f} / {:.3f}".format(s, *(result[s][name][k] for k in ("sentiment_macro_f1", "intents_micro_f1"))) for s in SETS[:2])
    layers = ", ".join(f"{100 * share:.0f} % after {n}" for n, share in shares.items())
    return f"{layers} layers. Sentiment / intents as shipped: {pair('int8, as shipped')}; with every layer for every line: {pair('int8, every layer, as shipped')}"


def labels(result):
    a, b = (result[s]["int8, as shipped"] for s in ("gold/dev", "real-dev"))
    rows = [(k, a["sentiment"][k][0], f"{a['sentiment'][k][1]:.3f}", b["sentiment"][k][0], f"{b['sentiment'][k][1]:.3f}") for k in SENTIMENTS]
    for k in INTENTS:
        (n, x), (m, y) = a["intents"].get(k, (0, 0)), b["intents"].get(k, (0, 0))
        rows.append((k, n, f"{x:.3f}" if n else "-", m, f"{y:.3f}" if m else "-"))
    return table(("label", "gold/dev examples", "F1", "real-dev examples", "F1"), rows)


def weak(result):
    """The intents that are read badly where there are examples enough to say so."""
    def of(name):
        bad = [f"`{k}`" for k, (n, f1) in result[name]["int8, as shipped"]["intents"].items() if n >= 10 and f1 < 0.45]
        return f"{', '.join(bad) or 'none'} on {name}"
    return " and ".join(map(of, SETS[:2]))


def goals(result, fairness):
    """What is asked of the model, and whether it is reached: said here, so that nobody has to look for it in the tables."""
    rows = []
    for at, name in enumerate(SETS[:2]):
        r = result[name]["int8, as shipped"]
        for key, asked in metrics.GOALS.items():
            low, high = r["intervals"][key]
            rows.append((f"{name}: {key.replace('_', ' ').replace('f1', 'F1')}", f"at least {asked[at]:.2f}", f"{r[key]:.3f} ({low:.2f} to {high:.2f})",
                         "reached" if r[key] >= asked[at] else "**missed**"))
    for what, groups in fairness.items():
        group, shift = max(groups.items(), key=lambda x: abs(x[1]))
        rows.append((f"swapping {what}: greatest shift of the mean tone", "at most 0.02", f"{abs(shift):.3f} ({group})", "reached" if abs(shift) <= 0.02 else "**missed**"))
    gap = max(abs(result[name][f"int8, as shipped"][k] - result[name]["float, as shipped"][k]) for name in SETS[:2] for k in metrics.GOALS)
    rows.append(("int8 beside float: greatest difference of these four numbers", "at most 0.005", f"{gap:.3f}", "reached" if gap <= 0.005 else "**missed**"))
    return table(("asked of the default model", "", "measured (95 % interval, by deal and dialogue)", ""), rows)


def write(path, facts):
    text = (HERE / "card.md").read_text(encoding="utf-8")
    result = facts["result"]
    fill = {k: facts[k] for k in ("title", "what", "command")} | {
        "size": f"{len(facts['int8']) / 1e6:.1f}", "sha": hashlib.sha256(facts["int8"]).hexdigest(), "repeatable": facts["repeatable"],
        "dev_n": result["gold/dev"]["int8, as shipped"]["examples"], "real_note": facts["real_note"], "weak": weak(result),
        "held_n": facts["held_n"], "zeros": f"{facts['zeros']:.0%}".replace("%", " %"), "abstain": f"{facts['unclear']:.2f}", "duration": facts["duration"], "headline": headline(result), "leaving": leaving(facts["shares"], result), "labels": labels(result),
        "behaviour": table(("group", "passed"), [(k, f"{a} of {n}") for k, (a, n) in facts["behaviour"].items()]),
        "goals": goals(result, facts["fairness"]),
        "fairness": table(("swapped", "greatest shift", "by group"),
                          [(k, f"{max(map(abs, v.values())):.3f}", ", ".join(f"{g} {x:+.3f}" for g, x in v.items())) for k, v in facts["fairness"].items()]),
        "thresholds": table(("intent", "threshold"), [(k, f"{v:.3f}") for k, v in facts["thresholds"].items()]) + f"\n\nTemperature {facts['temperature']:.3f}.",
        "data": table(("source", "examples", "licence"), [(SOURCES[k][0], n, SOURCES[k][1]) for k, n in facts["sources"].items()]),
    }
    for k, v in fill.items():
        text = text.replace("{{" + k + "}}", str(v))
    assert "{{" not in text, "a field of card.md is not filled"
    path.write_text(text, encoding="utf-8")
