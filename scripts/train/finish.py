"""From a trained network to the folder that ships: int8 ranges, thresholds and temperature, export, measuring."""
import json
import random

import torch

import calibrate
import data
import evaluate
import export
import folder
import metrics
import quantise
from labels import INTENTS


def ship(a, net, kept, held, log):
    path = a.work / f"{a.name}.ranges.json"
    if not path.exists():
        sample = random.Random(a.seed).sample([e for e in kept if e.kind != "greeting"], 1500)
        path.write_text(json.dumps(quantise.ranges(net, sample)))
    ranges = json.loads(path.read_text())
    float_ = export.build(net).SerializeToString()
    with torch.no_grad():
        import train
        gap = abs(evaluate.predict(evaluate.session(float_), held[:200])[0] - train.predict(net, held[:200])).max()
    log(f"float graph against torch: greatest difference {gap:.1e}")
    # The sentiment is first shifted so that no class is claimed more often than it holds: training weighs the rare ones up.
    logits, _ = evaluate.predict(evaluate.session(export.build(net, ranges).SerializeToString()), held)
    shift = calibrate.class_shift(logits, held, calibrate.temperature(logits, held)) * a.shift
    log("shift of the sentiment logits", shift.round(3))
    net.head.bias.data[:3] += torch.tensor(shift, dtype=torch.float32)
    float_ = export.build(net).SerializeToString()
    int8 = export.build(net, ranges).SerializeToString()
    logits, _ = evaluate.predict(evaluate.session(int8), held)
    temperature = calibrate.temperature(logits, held)
    thresholds = calibrate.thresholds(logits, held)
    unclear = calibrate.unclear_below(logits, held, temperature)
    log(f"temperature {temperature:.3f}, unclear below {unclear:.2f}, thresholds", {k: round(v, 3) for k, v in thresholds.items()})
    t = [thresholds[k] for k in INTENTS]
    for kind in ("deal", "real"):
        part = [i for i, e in enumerate(held) if e.kind == kind]
        log(f"held out, {kind}: {metrics.headline(metrics.scores(logits[part], [held[i] for i in part], t, temperature))}")
    folder.write(a.out, int8, len(net.layers), thresholds, temperature, unclear)
    (a.work / f"{a.name}.float.onnx").write_bytes(float_)
    log(f"wrote {a.out}, model.onnx {len(int8) / 1e6:.1f} MB")
    log(f"texts whose score depends on its company: {evaluate.repeatable(int8, held)} of 300")
    result = evaluate.measure({"float": float_, "int8": int8}, a.shared, thresholds, temperature, log)
    (a.work / f"{a.name}.scores.json").write_text(json.dumps(result, indent=1))
    for title in ("gold/dev", "real-dev"):
        log(f"\n{evaluate.by_label(title, result[title]['int8'])}")
