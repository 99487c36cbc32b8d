"""Thresholds of the intents, temperature of the sentiment and the band called unclear, from logits the model was not trained on.

They are fitted on the held-out part of the training side, on the int8 model that ships, and never on gold/dev or real-dev.
"""
import numpy as np

from labels import INTENTS, SENTIMENTS
from metrics import sigmoid, softmax, targets

S = len(SENTIMENTS)
GRID = np.linspace(-3, 2.5, 111)   # in logits


def thresholds(logits, examples, smooth=1.0, prior=200.0):
    """The threshold of each intent with the best smoothed F1.

    A rare intent has a few dozen examples here, and the exact best threshold of so few is luck. So the F1 curve is averaged over
    neighbouring thresholds, and mixed with the curve of all intents together, which weighs as much as `prior` examples. Fitted on
    one half and scored on the other, the more an intent leans on all others the better (ABLATIONS.md).
    """
    _, y = targets(examples)
    z = logits[:, S:]
    got = z[:, :, None] >= GRID
    tp = (got & y[:, :, None]).sum(0).astype(float)
    size = got.sum(0) + y.sum(0)[:, None]
    share = np.linspace(-1, 1, 2 * int(smooth / (GRID[1] - GRID[0])) + 1)
    kernel = (1 - abs(share)) / (1 - abs(share)).sum()
    pool = 2 * tp.sum(0) / np.maximum(size.sum(0), 1)
    out = {}
    for i, name in enumerate(INTENTS):
        own, n = 2 * tp[i] / np.maximum(size[i], 1), y[:, i].sum()
        curve = (n * own + prior * pool) / (n + prior)
        curve = np.convolve(np.pad(curve, len(kernel) // 2, mode="edge"), kernel, mode="valid")
        out[name] = float(sigmoid(GRID[curve.argmax()]))
    return out


def temperature(logits, examples):
    s, _ = targets(examples)

    def nll(t):
        return -np.log(softmax(logits[:, :S] / t)[np.arange(len(s)), s] + 1e-9).mean()
    grid = np.exp(np.linspace(np.log(0.3), np.log(4), 200))
    return float(grid[np.argmin([nll(t) for t in grid])])


def class_shift(logits, examples, t):
    """What to add to the three sentiment logits so that each class is claimed as often as it holds (folded into the head)."""
    s, _ = targets(examples)
    shift = np.zeros(S)
    for _ in range(300):
        p = softmax((logits[:, :S] + shift) / t)
        shift += 0.5 * t * (np.bincount(s, minlength=S) / len(s) - p.mean(0)) / np.maximum(p.mean(0), 1e-3)
        shift -= shift.mean()
    return shift


def unclear_below(logits, examples, t):
    """The greatest probability below which the label is right no more often than about half the time, for at most 8 % of the texts.

    A band that swallowed more would hide too much of a deal from its readings.
    """
    s, _ = targets(examples)
    p = softmax(logits[:, :S] / t)
    sure, right = p.max(1), p.argmax(1) == s
    for bar in np.arange(0.62, 0.40, -0.01):
        low = sure < bar
        if low.sum() >= 20 and low.mean() <= 0.08 and right[low].mean() <= 0.55:
            return float(bar)
    return 0.42
