"""Measures a model folder: the two measuring sets, float against int8, the context policies, and that scores are repeatable.

Nothing here feeds back into the model.
"""
import dataclasses
import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np  # noqa: E402
import onnxruntime as ort  # noqa: E402

import data  # noqa: E402
import metrics  # noqa: E402
from folder import INPUT  # noqa: E402
from labels import INTENTS, LABELS  # noqa: E402
from train import batches, pad  # noqa: E402


def session(model, threads=2):
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(model if isinstance(model, bytes) else str(model), options, providers=["CPUExecutionProvider"])


def run(s, rows):
    ids, mask = pad(rows)
    return s.run(None, {"input_ids": ids.numpy(), "attention_mask": mask.numpy()})[0]


def predict(s, examples, input_=INPUT, budget=1024):
    ids = data.encode(data.tokenizer(), [data.segments(e.text, e.context, e.side, input_) for e in examples], input_["max_tokens"])
    out = np.zeros((len(ids), len(LABELS)), np.float32)
    for batch in batches(ids, budget):
        out[batch] = run(s, [ids[i] for i in batch])
    return out, sum(map(len, ids))


def repeatable(model, examples, count=300):
    """The number of texts whose logits differ in any bit: alone, in mixed batches, with more padding, on 1, 2 and 4 threads."""
    ids = data.encode(data.tokenizer(), [data.segments(e.text, e.context, e.side) for e in examples[:count]])
    one = session(model, 1)
    alone = np.concatenate([run(one, [row]) for row in ids])
    differ = set()
    for threads in (1, 2, 4):
        s = session(model, threads)
        for size, extra in ((1, 0), (2, 0), (7, 0), (32, 0), (5, 60)):
            for at in range(0, len(ids), size):
                rows = ids[at:at + size]
                got = run(s, [*rows, [101] * (max(map(len, rows)) + extra)])[:-1] if extra else run(s, rows)
                differ |= {at + i for i, (a, b) in enumerate(zip(got, alone[at:at + size])) if a.tobytes() != b.tobytes()}
    return len(differ)


# The context policies held against each other; config.json says which one ships.
POLICIES = {
    "context always": {"context": "previous"},
    "context for ≤ 20 words": {"context": "short", "context_if_words_at_most": 20},
    "context for ≤ 12 words": {"context": "short", "context_if_words_at_most": 12},
    "context for ≤ 6 words": {"context": "short", "context_if_words_at_most": 6},
    "no context": {"context": "none"},
}


def measuring_sets(shared):
    deals, real = data.measuring(shared)
    return {"gold/dev": [e for e in deals if e.kind == "deal"], "real-dev": real,
            "real-dev, side unknown": [dataclasses.replace(e, side="unknown") for e in real]}


def compare(sets, models, policies, thresholds, temperature, log=print):
    """{set: {"model, policy": scores}} for every model ({name: bytes}) under every context policy ({name: settings})."""
    t, out = [thresholds[k] for k in INTENTS], {}
    for title, examples in sets.items():
        for name, model in models.items():
            s = session(model)
            for policy, change in policies.items():
                logits, tokens = predict(s, examples, INPUT | change)
                r = metrics.scores(logits, examples, t, temperature)
                if name == "int8" and policy == "as shipped":
                    r["intervals"] = metrics.intervals(logits, examples, t, temperature)
                out.setdefault(title, {})[f"{name}, {policy}"] = r | {"tokens": tokens}
                log(f"{title:22} {name + ', ' + policy:30} {metrics.headline(r)}  {tokens / len(examples):.1f} tokens")
    return out
