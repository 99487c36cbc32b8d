"""Lines that nobody wrote, made of labelled ones: parts of turns, turns put together, words changed for near ones.

No label holds for them. Two networks say what they make of them (`teach`, answers.py); since neither has learnt these lines by heart,
the mean of both says more than what they say of the lines that they have learnt from.
"""
import re

import torch

from data import Example
from model import Reader

# Shares of the lines that lose sentences, and that gain some of another turn of the same person's side; the others change words.
PART, JOINED = 0.4, 0.35
# Of the lines that are cut or joined, how many change words too; and how many words of a line change.
WORDS_TOO, WORDS = 0.35, 0.15
# How many stand after something else than they did.
OTHER_CONTEXT = 0.15
MOST_WORDS = 90
# A word is near another from this cosine of their rows in the encoder's word table.
NEAR = 0.35


def sentences(text):
    return [s for s in re.split(r"(?<=[.!?…])\s+", text) if s]


@torch.no_grad()
def near_words(tok, most=6):
    """{word: the words nearest to it} of the whole words that the tokenizer knows."""
    table = Reader.pretrained().words.weight.detach()
    words = sorted((i, w) for w, i in tok.get_vocab().items() if re.fullmatch("[a-z]{3,}", w))
    rows = table[[i for i, _ in words]]
    rows = rows / rows.norm(dim=1, keepdim=True)
    near = {}
    for start in range(0, len(words), 2000):
        cosine, at = (rows[start:start + 2000] @ rows.T).topk(most + 3, dim=1)
        for n, (cosines, others) in enumerate(zip(cosine.tolist(), at.tolist()), start):
            near[words[n][1]] = [words[k][1] for c, k in zip(cosines, others) if c > NEAR and k != n][:most]
    return near


def with_near_words(text, near, rng):
    out = []
    for word in text.split(" "):
        found = re.fullmatch(r"(\W*)([A-Za-z]{3,})(\W*)", word)
        if found and rng.random() < WORDS and (others := near.get(found[2].lower())):
            other = rng.choice(others)
            word = found[1] + (other.capitalize() if found[2][0].isupper() else other) + found[3]
        out.append(word)
    return " ".join(out)


def variants(examples, near, count, rng):
    """So many different lines. Those with a tone or an intent are drawn two or three times as often as the others."""
    turns, seen, out = {}, set(), []
    for e in examples:
        turns.setdefault((e.group, e.side), []).append(e)
    weights = [1.0 if e.sentiment != 1 or e.intents else {"deal": 0.35}.get(e.kind, 0.5) for e in examples]
    # Some come out as they went in, or twice.
    for e in rng.choices(examples, weights, k=count * 6 // 5):
        own, text, context, r = sentences(e.text), e.text, e.context, rng.random()
        # Real lines are not neighbours, though they may come from one dialogue.
        mates = [] if e.kind == "real" else [m for m in turns[e.group, e.side] if m is not e]
        if len(own) > 1 and r < PART:
            size = rng.randint(1, len(own) - 1)
            first = rng.randint(0, len(own) - size)
            text = " ".join(own[first:first + size])
        elif mates and r < PART + JOINED:
            both = [rng.choice(own) if rng.random() < 0.5 else e.text, rng.choice(sentences(rng.choice(mates).text))]
            rng.shuffle(both)
            text = " ".join(both)
        if text == e.text or rng.random() < WORDS_TOO:
            text = with_near_words(text, near, rng)
        others = turns.get((e.group, "seller" if e.side == "buyer" else "buyer"))
        if e.kind != "real" and others and rng.random() < OTHER_CONTEXT:
            context = rng.choice(others).text
        line = text, context, e.side
        if text != e.text and line not in seen and len(text.split()) <= MOST_WORDS:
            seen.add(line)
            out.append(Example(text, context, e.side, -1, None, "talk" if e.kind == "real" else "variant", e.group))
    return out[:count]
