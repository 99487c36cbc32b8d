"""From a trained network to the folder that ships: int8 ranges, early exits, thresholds and temperature, export, measuring."""
import json
import random

import torch

import behaviour
import calibrate
import card
import data
import evaluate
import exits
import export
import folder
import quantise
import small
import sparse
import train


def early_exits(a, net, whole, kept):
    """{number of layers: head}, learnt from labelled lines, from talk that the network has not learnt from, and from pairs; cached."""
    path = a.work / f"{a.name}.exits.pt"
    after = exits.AFTER[len(net.layers)]
    heads = {n: exits.Exit() for n in after}
    if path.exists():
        for n, weights in torch.load(path).items():
            heads[n].load_state_dict(weights)
        return {n: h.eval() for n, h in heads.items()}
    pairs = data.hard_lines(a.corpus.parent / "varieties.txt", times=1)
    examples = random.Random(a.seed).sample(kept, min(len(kept), 70000)) + small.talk(a.shared, 30000, a.seed) + pairs
    views, logits = exits.seen(whole, examples, after)
    # Both lines of a pair learn the mean of what the network says of them, twice, so that a variety of English is no reason to leave.
    of_pairs = logits[-len(pairs):].view(-1, 2, logits.shape[1])
    of_pairs.copy_(of_pairs.mean(1, keepdim=True).expand_as(of_pairs))
    logits = torch.cat([logits, logits[-len(pairs):]])
    heads = {n: exits.fit(torch.cat([views[n], views[n][-len(pairs):]]), logits, a.seed) for n in after}
    torch.save({n: h.state_dict() for n, h in heads.items()}, path)
    return heads


def int8_ranges(a, net, kept, anew=False):
    """{tensor: (low, high)} of the activations that become bytes; cached, save for `anew`."""
    path = a.work / f"{a.name}.ranges.json"
    if anew or not path.exists():
        sample = random.Random(a.seed).sample([e for e in kept if e.kind != "greeting"], 1500)
        path.write_text(json.dumps(quantise.ranges(net, sample)))
    return json.loads(path.read_text())


def ship(a, net, kept, held, sources, log):
    ranges = int8_ranges(a, net, kept)
    float_ = export.build(net).SerializeToString()
    gap = abs(evaluate.predict(evaluate.session(float_), held[:200])[0] - train.predict(net, held[:200])).max()
    log(f"float graph against torch: greatest difference {gap:.1e}")
    # The sentiment is first shifted so that no class is claimed more often than it holds: training weighs the rare ones up.
    logits, _ = evaluate.predict(evaluate.session(export.build(net, ranges).SerializeToString()), held)
    shift = calibrate.class_shift(logits, held, calibrate.temperature(logits, held)) * a.shift
    log("shift of the sentiment logits", shift.round(3))
    net.head.bias.data[:3] += torch.tensor(shift, dtype=torch.float32)
    float_ = export.build(net).SerializeToString()
    whole = export.build(net, ranges).SerializeToString()
    leave = early_exits(a, net, whole, kept)
    int8 = export.build(net, ranges, leave=leave).SerializeToString()
    shares = exits.shares(whole, leave, exits.BARS[len(net.layers)], held)
    log("of the held-out lines have left after so many layers:", shares)
    logits, _ = evaluate.predict(evaluate.session(int8), held)
    temperature = calibrate.temperature(logits, held)
    thresholds = calibrate.thresholds(logits, held)
    unclear = calibrate.unclear_below(logits, held, temperature)
    log(f"temperature {temperature:.3f}, unclear below {unclear:.2f}, thresholds", {k: round(v, 3) for k, v in thresholds.items()})
    folder.write(a.out, int8, net, thresholds, temperature, unclear)
    (a.work / f"{a.name}.float.onnx").write_bytes(float_)
    log(f"wrote {a.out}, model.onnx {len(int8) / 1e6:.1f} MB")
    repeatable = evaluate.repeatable(int8, held)
    log(f"texts whose score depends on its company: {repeatable} of 300")
    # The context policy is chosen on the held-out part; the measuring sets show what came of it.
    parts = {f"held out, {kind}": [e for e in held if e.kind == kind] for kind in ("deal", "real")}
    result = evaluate.compare(parts, {"int8": int8}, evaluate.POLICIES, thresholds, temperature, log)
    sets = evaluate.measuring_sets(a.shared)
    result |= evaluate.compare(sets, {"float": float_, "int8": int8, "int8, every layer": whole}, {"as shipped": {}}, thresholds, temperature, log)
    if a.policies:
        for title, table in evaluate.compare(sets, {"int8": int8}, evaluate.POLICIES, thresholds, temperature, log).items():
            result[title] |= table
    dialogues, known = {e.group for e in sets["real-dev"]}, {e.group for e in kept}
    real_note = f"{len(dialogues & known)} of its {len(dialogues)} dialogues also have other lines in the training set"
    passed, failed = behaviour.behaviour(int8, thresholds)
    log("behaviour", passed, *failed, sep="\n  ")
    fairness = behaviour.fairness(int8, temperature)
    log("fairness", json.dumps(fairness, indent=1, ensure_ascii=False))
    (a.work / f"{a.name}.scores.json").write_text(json.dumps(result, indent=1))
    card.write(a.out / "README.md", {
        "int8": int8, "repeatable": repeatable, "result": result, "behaviour": passed, "fairness": fairness, "thresholds": thresholds,
        "temperature": temperature, "unclear": unclear, "held_n": len(held), "sources": sources, "duration": a.duration, "title": a.title, "what": a.what, "command": a.command, "real_note": real_note, "shares": shares,
        "zeros": sparse.zeros(net)})
    log("\n" + card.labels(result))
