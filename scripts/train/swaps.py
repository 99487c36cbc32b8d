"""Pairs of lines that say the same and differ in who is named, in whose company, or in the variety of English; the tone must not move."""
import re

import torch

import data
from names import COMPANIES, NAMES, with_company, with_name
from train import S, pad

# Longer lines say little more and cost as much as several short ones.
WORDS = 40


class Swaps:
    """Draws such pairs: of `examples` in which a person or company is named, and of the pairs of varieties.

    Only every other step draws some, which then count twice: half the time for the same pull.
    """

    def __init__(self, examples, varieties, of_varieties=0.3):
        """`of_varieties` is the share of pairs that differ in the variety of English; the others are half names, half companies."""
        self.steps, self.of_varieties = 0, of_varieties
        short = [e for e in examples if len(e.text.split()) <= WORDS]
        self.named = [e for e in short if any(re.search(rf"\b{re.escape(n)}\b", e.text) for n in e.names)]
        self.of_company = [e for e in short if with_company(e.text, e.companies, "") != e.text]
        self.varieties = [(a, b) for a, b in zip(varieties[::2], varieties[1::2]) if (a.side, a.sentiment, a.context) == (b.side, b.sentiment, b.context)]

    def pair(self, rng):
        """Two (text, context, side)."""
        r, of_people = rng.random(), 1 - self.of_varieties
        if r < of_people / 2:
            e = rng.choice(self.named)
            other = [rng.choice(group) for group in rng.sample(NAMES, 2)]
            pair = [(with_name(e.text, e.names, n), e.context, e.side) for n in other]
        elif r < of_people:
            # Few lines name a company; where a person can stand, a company mostly can too.
            e = rng.choice(self.of_company if rng.random() < 0.3 else self.named)
            other = [rng.choice(group) for group in rng.sample(COMPANIES, 2)]
            pair = [tuple(with_company(with_name(t, e.names, n), e.companies, n) for t in (e.text, e.context)) + (e.side,) for n in other]
        else:
            pair = [(e.text, e.context, e.side) for e in rng.choice(self.varieties)]
        return [(text, "", side) for text, _, side in pair] if rng.random() < 0.75 else pair

    def distance(self, logits_of, tok, rng, pairs=6):
        """Twice the mean difference of p(positive) - p(negative) within some pairs, or 0 in every other step; `logits_of` runs the network."""
        self.steps += 1
        if self.steps % 2 == 0:
            return torch.zeros(())
        lines = [line for _ in range(pairs) for line in self.pair(rng)]
        p = logits_of(*pad(data.encode(tok, [data.segments(*line, data.ALWAYS) for line in lines])))[:, :S].softmax(1)
        tone = (p[:, 2] - p[:, 0]).view(-1, 2)
        return 2 * (tone[:, 0] - tone[:, 1]).abs().mean()
