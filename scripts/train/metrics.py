"""F1 as `gold/tools/score_run.py` counts it, calibration error, and softmax; values in, values out."""
import numpy as np

from labels import INTENTS, SENTIMENTS


def targets(examples):
    y = np.zeros((len(examples), len(INTENTS)), bool)
    for row, e in zip(y, examples):
        row[list(e.intents)] = True
    return np.array([e.sentiment for e in examples]), y


def f1(gold, got):
    hit, total = (gold & got).sum(0), gold.sum(0) + got.sum(0)
    return np.where(total > 0, 2 * hit / np.maximum(total, 1), np.nan)


def softmax(z):
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def ece(probability, gold, bins=15):
    """Expected calibration error of the chosen class."""
    chosen, sure = probability.argmax(1), probability.max(1)
    place = np.minimum((sure * bins).astype(int), bins - 1)
    return sum(abs((chosen[place == b] == gold[place == b]).mean() - sure[place == b].mean()) * (place == b).mean() for b in range(bins) if (place == b).any())


def scores(logits, examples, thresholds, temperature=1.0):
    s, y = targets(examples)
    n = len(SENTIMENTS)
    p = softmax(logits[:, :n] / temperature)
    classes = np.arange(n)
    sentiment = f1(s[:, None] == classes, p.argmax(1)[:, None] == classes)
    got = sigmoid(logits[:, n:]) >= np.asarray(thresholds)
    each = f1(y, got)
    seen = y.any(0)
    return {"sentiment_macro_f1": float(np.nanmean(sentiment)), "sentiment_accuracy": float((p.argmax(1) == s).mean()),
            "intents_micro_f1": float(f1(y.reshape(-1, 1), got.reshape(-1, 1))[0]), "intents_macro_f1": float(each[seen].mean()) if seen.any() else float("nan"),
            "sentiment_ece": float(ece(p, s)), "examples": len(examples),
            "sentiment": {k: (int(m), round(float(v), 3)) for k, m, v in zip(SENTIMENTS, np.bincount(s, minlength=n), sentiment)},
            "intents": {k: (int(m), round(float(v), 3)) for k, m, v in zip(INTENTS, y.sum(0), each) if m}}


def intervals(logits, examples, thresholds, temperature=1.0, times=500, seed=1):
    """95 % intervals of the headline numbers that goals are set for, by drawing whole deals and dialogues again and again."""
    rng, groups = np.random.default_rng(seed), {}
    for at, e in enumerate(examples):
        groups.setdefault(e.group, []).append(at)
    groups, drawn = [np.array(g) for g in groups.values()], []
    for _ in range(times):
        at = np.concatenate([groups[i] for i in rng.integers(len(groups), size=len(groups))])
        r = scores(logits[at], [examples[i] for i in at], thresholds, temperature)
        drawn.append([r[k] for k in GOALS])
    return {k: (float(low), float(high)) for k, low, high in zip(GOALS, *np.percentile(drawn, (2.5, 97.5), axis=0))}


# What is asked of the default model on each measuring set.
GOALS = {"sentiment_macro_f1": (0.82, 0.75), "intents_micro_f1": (0.66, 0.55)}
HEADLINES = ("sentiment_macro_f1", "sentiment_accuracy", "intents_micro_f1", "intents_macro_f1", "sentiment_ece")


def headline(result):
    return "  ".join(f"{k.replace('sentiment', 'sent').replace('intents', 'int')} {result[k]:.3f}" for k in HEADLINES)
