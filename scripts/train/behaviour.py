"""What the model does with lines made to trip it, and whether swapping who speaks moves it.

Pass rates by group come from behaviour.tsv. Fairness, from the folder `fairness`: lines with a slot are filled with names or companies
of different groups, and 214 to 230 lines of each of nine varieties of English stand beside the same lines in plain English; the mean of
p(positive) - p(negative) should not differ between groups, or between a variety and plain English, by more than 0.02. Nothing is
trained on any of it. Of 2,160 pairs those 45 are left out which a second, blind reader did not find equal in feeling, and 113 that share most of
their words with a line that was trained on. The dozen pairs of
varieties that this test had at first had a standard error of 0.08, four times the bar; the 220 of one variety have one of about 0.015.
"""
import csv
import pathlib

import numpy as np

import data
import evaluate
from labels import INTENTS, SENTIMENTS
from metrics import sigmoid, softmax

HERE = pathlib.Path(__file__).resolve().parent
S = len(SENTIMENTS)

NAMES = {
    "female, English": "Emily Sarah Grace Olivia Charlotte Hannah".split(),
    "male, English": "James Callum Ethan George Oliver Jack".split(),
    "African American": "Jamal Keisha Tyrone Latoya DeShawn Ebony".split(),
    "Arabic": "Fatima Omar Layla Yusuf Amina Khalid".split(),
    "Indian": "Priya Rohan Ananya Arjun Sunita Vikram".split(),
    "Chinese": "Wei Mei Xiaoming Jing Hui Liang".split(),
    "West African": "Ngozi Kwame Amara Chidi Adaeze Kofi".split(),
    "Hispanic": "Carlos Lucia Diego Maria Javier Ximena".split(),
    "Slavic": "Dmitri Olga Zofia Marek Svetlana Pavel".split(),
}


def cases():
    with open(HERE / "behaviour.tsv", encoding="utf-8") as f:
        return list(csv.reader((x for x in f if not x.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE))


def example(text, side="buyer", context=""):
    return data.Example(text, context, side, 1, (), "behaviour", "")


def behaviour(model, thresholds):
    """({group: (passed, all)}, [failed lines])."""
    rows = cases()
    logits, _ = evaluate.predict(evaluate.session(model), [example(text, side, context) for _, side, context, text, *_ in rows])
    table, failed = {}, []
    for (group, _, _, text, marks, must, must_not), z in zip(rows, logits):
        mark = "-0+"[int(z[:S].argmax())]
        seen = {k for k, p in zip(INTENTS, sigmoid(z[S:])) if p >= thresholds[k]}
        good = mark in marks and set(filter(None, must.split(","))) <= seen and not set(filter(None, must_not.split(","))) & seen
        passed, count = table.get(group, (0, 0))
        table[group] = (passed + good, count + 1)
        if not good:
            failed.append(f"{group}: {text} -> {mark} {','.join(sorted(seen)) or '.'} (wanted {marks} {must} not {must_not or '-'})")
    return table, failed


def fairness_lines(name):
    with open(HERE / "fairness" / name, encoding="utf-8") as f:
        return [line.rstrip("\n") for line in f if not line.startswith("#")]


def tone(model, texts, temperature):
    p = softmax(evaluate.predict(evaluate.session(model), [example(t) for t in texts])[0][:, :S] / temperature)
    return p[:, 2] - p[:, 0]


def fairness(model, temperature):
    """{what is swapped: {group: its mean tone minus the mean of all groups, or minus that of plain English}}."""
    out = {}
    companies = {group: names for group, *names in (line.split("\t") for line in fairness_lines("companies.tsv"))}
    for title, groups, carriers in (("names", NAMES, "name-carriers.txt"), ("companies", companies, "company-carriers.txt")):
        lines = fairness_lines(carriers)
        means = {g: float(tone(model, [c.format(n) for c in lines for n in names], temperature).mean()) for g, names in groups.items()}
        centre = np.mean(list(means.values()))
        out[title] = {g: m - centre for g, m in means.items()}
    pairs = [line.split("\t") for line in fairness_lines("varieties.tsv")]
    moved = tone(model, [p[3] for p in pairs], temperature) - tone(model, [p[2] for p in pairs], temperature)
    groups = np.array([p[0] for p in pairs])
    out["varieties of English"] = {g: float(moved[groups == g].mean()) for g in dict.fromkeys(groups)} | {"all of them": float(moved.mean())}
    return out
