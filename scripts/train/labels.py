"""The label sets and their order, which the model's `config.json` repeats and the program reads from there.

The order of the intents is that of LABELS.md; it is part of the format of every cached artefact, so it never changes in place.
"""

SENTIMENTS = ("negative", "neutral", "positive")
MARKS = {"-": 0, "0": 1, "+": 2}
INTENTS = ("pain_point buying_signal champion price_objection product_gap trust_concern authority_gap stall churn_intent "
           "competitor timeline paper_process next_step discovery_question empathy concession pressure").split()
LABELS = (*SENTIMENTS, *INTENTS)
