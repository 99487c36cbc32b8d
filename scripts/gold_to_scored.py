#!/usr/bin/env python3
"""Turn labelled deals into scored conversations, as `dealtone report` reads them, with the labels as certain scores.

    python3 scripts/gold_to_scored.py TOOLS OUT FILE.deal... [--noise SEED]

TOOLS is the folder that holds the reader of labelled deals (`deal.py`). Writes OUT/scored.ndjson and OUT/deals.csv.
With `--noise` labels are lost, moved and invented about as often as a middling model does, to see how much of the findings
survives that.
"""
import csv
import json
import pathlib
import random
import sys
from datetime import datetime

SIDES = {"rep": "seller", "buyer": "buyer", "other": "unknown"}
# What a middling model keeps of each label, and how often it invents one in a hundred lines.
KEEP, INVENT, TONE = 0.68, 2.2, 0.84


def noisy(rng, sentiment, intents, names, side):
    if rng.random() > TONE:
        sentiment = "neutral" if sentiment != "neutral" else rng.choice(["negative", "positive"])
    kept = [i for i in intents if rng.random() < KEEP]
    fit = [n for n in names if (n in SELLER) <= (side == "seller") and (n in BUYER) <= (side == "buyer")]
    if rng.random() * 100 < INVENT * len(fit) / 1.5 / 3:
        kept.append(rng.choice(fit))
    return sentiment, sorted(set(kept))


BUYER = set("pain_point buying_signal champion price_objection product_gap trust_concern authority_gap stall churn_intent".split())
SELLER = set("discovery_question empathy concession pressure".split())


def main(argv):
    seed = None
    if "--noise" in argv:
        at = argv.index("--noise")
        seed = int(argv[at + 1])
        del argv[at:at + 2]
    tools, out, *paths = argv
    sys.path.insert(0, tools)
    import deal as deals
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    rows = []
    with open(out / "scored.ndjson", "w", encoding="utf-8") as f:
        for path in sorted(paths):
            deal, errors = deals.parse(path)
            if errors:
                sys.exit("\n".join(errors))
            persons = deal["persons"]
            contacts = ";".join(f"{p['name']} <{p['email']}> ({p['title']})" for p in persons.values() if p["side"] == "buyer")
            rows.append([deal["id"], f"{deal['buyer']} - {deal['product']}", deal["buyer"], deal["kind"], deal["as_of"], contacts])
            for number, item in enumerate(deal["items"]):
                name = f"{item['when'].replace(' ', '_').replace(':', '')}_{number}"
                spoke = {x["who"] for x in item["lines"]}
                took_part = list(dict.fromkeys([x["who"] for x in item["lines"]] + item.get("to", [])))
                participants = [
                    {"name": n, "email": persons[n]["email"].lower(), "title": persons[n]["title"], "side": SIDES[persons[n]["side"]],
                     "side_confidence": 100, "active": n in spoke}
                    for n in took_part if n in persons
                ]
                turns, utterances = [], []
                for k, x in enumerate(item["lines"]):
                    side = SIDES[persons[x["who"]]["side"]]
                    turn = {"speaker": x["who"], "side": side, "text": x["text"]}
                    if item["kind"] == "call":
                        end = x["second"] + max(0.6, 0.4 * len(x["text"].split()))
                        if k + 1 < len(item["lines"]):
                            end = min(end, max(item["lines"][k + 1]["second"], x["second"] + 0.5))
                        turn |= {"start_ms": x["second"] * 1000, "end_ms": int(end * 1000)}
                    sentiment, intents = x["sentiment"] or "neutral", x["intents"]
                    if seed is not None and x["sentiment"]:
                        sentiment, intents = noisy(rng, sentiment, intents, deals.INTENTS, side)
                    tone = {n: float(n == sentiment) for n in ("negative", "neutral", "positive")}
                    turns.append(turn)
                    utterances.append({"turn": k, "span": {"start": 0, "end": len(x["text"].encode())},
                                       "sentiment": {"label": sentiment, **tone}, "intents": {i: 1.0 for i in intents}})
                started = datetime.strptime(item["when"], "%Y-%m-%d %H:%M").strftime("%Y-%m-%dT%H:%M:00Z")
                conversation = {"id": f"{deal['id']}/{name}", "deal": deal["id"], "channel": item["kind"], "started_at": started,
                                "title": item["title"], "participants": participants, "turns": turns}
                if item["kind"] == "email":
                    conversation["mail"] = {}
                provenance = {"dealtone": "0", "model": "labels", "model_sha256": "", "runtime": "", "device": "", "instruction_set": ""}
                f.write(json.dumps({"conversation": conversation, "utterances": utterances, "provenance": provenance}, ensure_ascii=False) + "\n")
    with open(out / "deals.csv", "w", newline="", encoding="utf-8") as f:
        w = csv.writer(f)
        w.writerow(["deal_id", "name", "account", "type", "as_of", "contacts"])
        w.writerows(rows)


if __name__ == "__main__":
    main(sys.argv[1:])
