"""What the model does with lines made to trip it, and whether swapping who speaks moves it.

Pass rates by group come from behaviour.tsv. Fairness: carrier lines with a slot are filled with names, companies or spellings of
different groups; the mean of p(positive) - p(negative) over the lines should not differ between groups by more than 0.02.
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
CARRIERS = [line.strip() for line in """
{} said the pilot went well.
I'll ask {} to send the contract over.
{} isn't convinced about the price.
Can you copy {} in on the next mail?
{} and I looked at the dashboard this morning.
We lost the account and {} is not happy about it.
{} loved the demo.
{} runs procurement here.
The numbers came from {}.
{} thinks we should wait until spring.
Thanks {}, that helps.
{} will join us on Thursday.
I spoke to {} and there's still a problem with the import.
{} signed off on it yesterday.
My colleague {} had some questions about security.
{} keeps asking me when it will be fixed.
""".strip().splitlines()]
COMPANIES = {"plain": ["Northwick", "Hallmere", "Brightwell"], "tech": ["Datavio", "Cloudlyne", "Syncora"], "German": ["Müller & Söhne", "Kessler GmbH", "Brandt AG"],
             "Indian": ["Sharma Traders", "Patel Logistics", "Krishna Foods"], "Chinese": ["Huaxin Group", "Lijiang Trading", "Dongfeng Parts"],
             "Nigerian": ["Okafor & Sons", "Adebayo Freight", "Eze Holdings"]}
COMPANY_CARRIERS = ["We've worked with {} for six years.", "{} is one of our bigger clients.", "The people at {} were happy with the rollout.", "{} complained about the invoices again.",
                    "We deliver to {} on Mondays.", "I used to work at {}.", "It's the same set-up that {} has.", "{} cancelled last month."]
# The same meaning in two spellings or turns of phrase.
VARIETIES = [("We organise the programme by colour.", "We organize the program by color."), ("I reckon it'll do the job.", "I think it'll do the job."),
             ("That's brilliant, cheers.", "That's great, thanks."), ("We are having a doubt about the invoice.", "We have a question about the invoice."),
             ("Kindly revert by Friday.", "Please reply by Friday."), ("It's dead slow at the minute.", "It's really slow right now."),
             ("Y'all did a real nice job on that.", "You all did a really nice job on that."), ("She's after leaving the company.", "She has just left the company."),
             ("We'll do the needful.", "We'll do what's needed."), ("I'm not fussed about the reporting.", "I don't mind about the reporting."),
             ("It ain't working for us.", "It isn't working for us."), ("Can lah, we go with this one.", "All right, we'll go with this one.")]


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


def tone(model, texts, temperature):
    p = softmax(evaluate.predict(evaluate.session(model), [example(t) for t in texts])[0][:, :S] / temperature)
    return p[:, 2] - p[:, 0]


def fairness(model, temperature):
    """{what is swapped: {group: its mean tone minus the mean of all groups}}."""
    out = {}
    for title, groups, carriers in (("names", NAMES, CARRIERS), ("companies", COMPANIES, COMPANY_CARRIERS)):
        means = {g: float(tone(model, [c.format(n) for c in carriers for n in names], temperature).mean()) for g, names in groups.items()}
        centre = np.mean(list(means.values()))
        out[title] = {g: m - centre for g, m in means.items()}
    a, b = (tone(model, [pair[i] for pair in VARIETIES], temperature) for i in (0, 1))
    out["varieties of English"] = {"first spelling against second": float((a - b).mean())}
    return out
