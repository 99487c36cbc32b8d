#!/usr/bin/env python3
"""How much of the processor's int8 matrix rate the model's inference reaches, and where the rest of the time goes.

    .cache/compare/bin/python scripts/compare.d/roof.py [--model models/default] [--rows 12] [--tokens 42] [--rounds 60]

The rate is that of one large int8 product (1024 x 1024 x 1024, MatMulInteger) in the same ONNX Runtime on one thread, measured in
turns with the model; a run's work is what its matrix products multiply, attention aside. Least of all rounds, for another
program on the core only ever adds time. The profile is of the same run, node by node.
"""
import argparse
import collections
import json
import os
import pathlib
import tempfile
import time

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np  # noqa: E402
import onnx  # noqa: E402
import onnxruntime as ort  # noqa: E402
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]


def session(model, profile=None):
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_mem_pattern = False
    if profile:
        options.enable_profiling, options.profile_file_prefix = True, profile
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def product(n):
    rng = np.random.default_rng(0)
    weights = rng.integers(-127, 127, (n, n)).astype(np.int8)
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["a", "b", "az", "bz"], ["y"])], "product",
        [helper.make_tensor_value_info("a", TensorProto.UINT8, [n, n])], [helper.make_tensor_value_info("y", TensorProto.INT32, [n, n])],
        [numpy_helper.from_array(weights, "b"), numpy_helper.from_array(np.uint8(128), "az"), numpy_helper.from_array(np.int8(0), "bz")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    return session(model.SerializeToString()), {"a": rng.integers(0, 255, (n, n)).astype(np.uint8)}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", type=pathlib.Path, default=ROOT / "models/default")
    p.add_argument("--rows", type=int, default=12)
    p.add_argument("--tokens", type=int, default=42)
    p.add_argument("--rounds", type=int, default=60)
    a = p.parse_args()
    path = str(a.model / "model.onnx")
    config = json.loads((a.model / "config.json").read_text())
    width, inner = config["hidden_size"], config["intermediate_size"]
    per_token = config["num_hidden_layers"] * (4 * width * width + 2 * width * inner)
    rng = np.random.default_rng(1)
    ids = rng.integers(1000, config["vocab_size"], (a.rows, a.tokens))
    ids[:, 0], ids[:, -1] = 101, 102
    feed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    big, big_feed = product(1024)
    model, best, best_big = session(path), np.inf, np.inf
    for _ in range(a.rounds):
        for s, f, which in ((model, feed, 0), (big, big_feed, 1)):
            began = time.perf_counter()
            s.run(None, f)
            took = time.perf_counter() - began
            best, best_big = (min(best, took), best_big) if which == 0 else (best, min(best_big, took))
    rate, roof = per_token * a.rows * a.tokens / best / 1e9, 1024**3 / best_big / 1e9
    print(f"ONNX Runtime {ort.__version__}, one thread, {a.rows} rows of {a.tokens} tokens: {best * 1e3:.1f} ms")
    print(f"int8 products: {rate:.0f} of {roof:.0f} billion multiplications a second = {rate / roof:.0%} of the rate of a large product")
    with tempfile.TemporaryDirectory() as temp:
        profiled = session(path, f"{temp}/profile")
        for _ in range(a.rounds):
            profiled.run(None, feed)
        events = json.loads(pathlib.Path(profiled.end_profiling()).read_text())
    took = collections.defaultdict(list)
    for e in events:
        if e.get("cat") == "Node" and e["name"].endswith("_kernel_time"):
            took[e["args"]["op_name"], e["name"]].append(e["dur"])
    by = collections.Counter()
    for (op, _), durations in took.items():
        by[op] += float(np.median(durations))
    for op, micros in by.most_common(8):
        print(f"  {op:24} {micros / 1e3:7.2f} ms  {micros / sum(by.values()):.1%}")


if __name__ == "__main__":
    main()
