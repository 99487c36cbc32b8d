#!/usr/bin/env python3
"""dealtone against what people use instead, in one run. See scripts/compare.

Every variant scores the same lines; the variants take turns, round by round, so that a machine that gets slower gets
slower for all. Told is the ratio to dealtone in the same round: median, lowest, highest. The peers are measured inside
their process, after loading and a warm-up; dealtone is measured from outside, from its start to its last file.

There are two jobs. Lines alone, which is what a sentiment pipeline is usually given: held against `dealtone score`. And
lines with what was said just before, which is what `dealtone analyze` gives its model: there the peers are given the same
pairs, so that both run the same tokens.

The transformers pipeline runs a BERT of the same shape (6 layers, 384 wide, 20 labels) with untrained weights: its speed
is what is compared. The ONNX Runtime variants run dealtone's own model file, and their scores are compared with dealtone's.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = ROOT / "models/default"
DEALTONE = ROOT / "target/release/dealtone"


# A text is (what was said before or "", the line).
ALONE, WITH_CONTEXT = "lines alone", "lines with what was said before"


def stamp(second):
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.000"


def export(lines, folder, per_call=300):
    """The lines as calls in WebVTT, a deal each, of two people who take turns."""
    for start in range(0, len(lines), per_call):
        deal = folder / f"deal-{start // per_call:04}"
        deal.mkdir(parents=True)
        cues = ["WEBVTT", ""]
        for i, line in enumerate(lines[start:start + per_call]):
            cues += [str(i + 1), f"{stamp(4 * i)} --> {stamp(4 * i + 3)}", f"{'Ann Ames' if i % 2 else 'Bob Burr'}: {line}", ""]
        (deal / "2026-01-05_1000 call.vtt").write_text("\n".join(cues), encoding="utf-8")


def dealtone(folder):
    def run(_):
        with tempfile.TemporaryDirectory() as out:
            start = time.perf_counter()
            subprocess.run([DEALTONE, "analyze", folder, "--out", out, "--quiet"], check=True)
            return time.perf_counter() - start
    return run


def with_context(lines, per_call=300, words=24):
    """Each line with the last words of the one before it in its call, as many as the default model is given."""
    before = ["" if i % per_call == 0 else " ".join(lines[i - 1].split()[-words:]) for i in range(len(lines))]
    return list(zip(before, lines))


def as_input(texts):
    """What `dealtone score` reads: a line of words, or of JSON where something was said before."""
    return "\n".join(json.dumps({"text": line, "context": before}) if before else line for before, line in texts)


def dealtone_score(runtime):
    def run(texts):
        lines = as_input(texts)
        start = time.perf_counter()
        subprocess.run([DEALTONE, "score", "--runtime", runtime], input=lines, capture_output=True, text=True, check=True)
        return time.perf_counter() - start
    return run


def pair(text):
    """As `tokenizers` takes it: one segment, or two."""
    before, line = text
    return (before, line) if before else line


class Onnx:
    """ONNX Runtime with tokenizers in Python, on the model file given."""

    def __init__(self, threads):
        import onnxruntime as ort
        from tokenizers import Tokenizer
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.session = ort.InferenceSession(str(MODEL / "model.onnx"), options, providers=["CPUExecutionProvider"])
        self.tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(128)

    def infer(self, encoded):
        longest = max(len(e.ids) for e in encoded)
        ids = np.zeros((len(encoded), longest), np.int64)
        mask = np.zeros_like(ids)
        for row, e in enumerate(encoded):
            ids[row, :len(e.ids)] = e.ids
            mask[row, :len(e.ids)] = 1
        return self.session.run(["logits"], {"input_ids": ids, "attention_mask": mask})[0]

    def encode(self, text):
        before, line = text
        return self.tokenizer.encode(before, line) if before else self.tokenizer.encode(line)

    def naive(self, texts):
        start = time.perf_counter()
        for text in texts:
            self.infer([self.encode(text)])
        return time.perf_counter() - start

    def sorted_batches(self, texts, budget=None, rows=32):
        """Sorted by length; batches of `rows`, or of a budget of tokens."""
        start = time.perf_counter()
        encoded = sorted(self.tokenizer.encode_batch([pair(text) for text in texts]), key=lambda e: len(e.ids))
        batch = []
        for e in encoded:
            full = (len(batch) + 1) * len(e.ids) > budget if budget else len(batch) == rows
            if batch and full:
                self.infer(batch)
                batch = []
            batch.append(e)
        self.infer(batch)
        return time.perf_counter() - start


def transformers_pipeline(batch_size):
    import torch
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast, pipeline
    torch.manual_seed(0)
    config = BertConfig(vocab_size=30522, hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536, num_labels=20)
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(MODEL / "tokenizer.json"), pad_token="[PAD]", unk_token="[UNK]",
                                        cls_token="[CLS]", sep_token="[SEP]", model_max_length=128)
    classify = pipeline("text-classification", model=BertForSequenceClassification(config).eval(), tokenizer=tokenizer, device="cpu")

    def run(texts):
        # The pipeline takes a pair as a dictionary; without a second text it is the plain line.
        given = [{"text": before, "text_pair": line} if before else {"text": line} for before, line in texts]
        start = time.perf_counter()
        if batch_size is None:
            for one in given:
                classify(one, truncation=True)
        else:
            classify(given, batch_size=batch_size, truncation=True)
        return time.perf_counter() - start
    return run


def vader():
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
    analyzer = SentimentIntensityAnalyzer()

    def run(texts):
        start = time.perf_counter()
        for _, line in texts:
            analyzer.polarity_scores(line)
        return time.perf_counter() - start
    return run


def agree(onnx, texts, runtime):
    """The mean and the largest difference in a tone's probability between dealtone and ONNX Runtime in Python on the same file."""
    config = json.loads((MODEL / "config.json").read_text())
    temperature = config["dealtone"].get("sentiment_temperature", 1.0)
    out = subprocess.run([DEALTONE, "score", "--runtime", runtime], input=as_input(texts), capture_output=True, text=True, check=True).stdout
    apart = []
    for (before, line), said in zip(texts, map(json.loads, out.splitlines())):
        logits = onnx.infer([onnx.encode((before, " ".join(line.split())))])[0][:3].astype(np.float64) / temperature
        p = np.exp(logits - logits.max())
        p /= p.sum()
        mine = [said["sentiment"][name] for name in ("negative", "neutral", "positive")]
        apart.append(np.abs(p - mine).max())
    return float(np.mean(apart)), float(np.max(apart))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--lines", type=int, default=6000, help="lines for the fast variants; the slow ones take a part")
    parser.add_argument("--texts", type=pathlib.Path, default=ROOT / "src/bench/lines.txt")
    parser.add_argument("--json", type=pathlib.Path)
    args = parser.parse_args()
    pool = [line for line in args.texts.read_text(encoding="utf-8").splitlines() if line.strip()]
    # Numbered, so that no two lines are equal: dealtone scores equal lines once, which would flatter it here.
    lines = [f"{pool[i % len(pool)]} {i}" for i in range(args.lines)]
    jobs = {ALONE: [("", line) for line in lines], WITH_CONTEXT: with_context(lines)}
    few, some = max(200, args.lines // 20), max(400, args.lines // 5)
    import os
    onnx = Onnx(len(os.sched_getaffinity(0)))
    # By ONNX Runtime both compute the same; own arithmetic rounds in other places, and with more tokens in more of them.
    for job, rounding in ((ALONE, 0.002), (WITH_CONTEXT, 0.003)):
        texts = jobs[job]
        for runtime, most in (("onnxruntime", 1e-5), ("auto", rounding)):
            mean, worst = agree(onnx, texts[:300], runtime)
            print(f"difference in a tone's probability, Python against dealtone with --runtime {runtime}, {job}: mean {mean:.1e}, largest {worst:.1e}")
            if mean > most:
                sys.exit(f"the scores do not agree: at most {most} is expected in the mean")
    one, default, batches = transformers_pipeline(None), transformers_pipeline(1), transformers_pipeline(32)
    by_tokens = lambda texts: onnx.sorted_batches(texts, budget=512)  # noqa: E731
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        export(lines, folder)
        # (job, name, how many of its texts, how they are scored); the first of a job is what the others are held against.
        variants = [
            (ALONE, "dealtone score", None, dealtone_score("auto")),
            (ALONE, "the same by ONNX Runtime (`--runtime onnxruntime`)", None, dealtone_score("onnxruntime")),
            (ALONE, "transformers pipeline, one call each", few, one),
            (ALONE, "transformers pipeline, list at its default", few, default),
            (ALONE, "transformers pipeline, batches of 32", few, batches),
            (ALONE, "ONNX Runtime in Python, one at a time", some, onnx.naive),
            (ALONE, "ONNX Runtime in Python, sorted, 32 rows", some, onnx.sorted_batches),
            (ALONE, "ONNX Runtime in Python, sorted, 512 tokens", some, by_tokens),
            (ALONE, "VADER (a word list, no model)", some, vader()),
            (WITH_CONTEXT, "dealtone analyze, files to report", None, dealtone(folder)),
            (WITH_CONTEXT, "dealtone score", None, dealtone_score("auto")),
            (WITH_CONTEXT, "transformers pipeline, list at its default", few, default),
            (WITH_CONTEXT, "transformers pipeline, batches of 32", few, batches),
            (WITH_CONTEXT, "ONNX Runtime in Python, sorted, 32 rows", some, onnx.sorted_batches),
            (WITH_CONTEXT, "ONNX Runtime in Python, sorted, 512 tokens", some, by_tokens),
        ]
        for job, _, _, run in variants:
            run(jobs[job][:50])
        rates = {job: {name: [] for j, name, _, _ in variants if j == job} for job in jobs}
        for round_ in range(args.rounds):
            for job, name, most, run in variants:
                texts = jobs[job][:most]
                rates[job][name].append(len(texts) / run(texts))
                print(f"round {round_ + 1}: {job}: {name}: {rates[job][name][-1]:.0f} texts a second", file=sys.stderr)
    for job, of_job in rates.items():
        first, ours = next(iter(of_job.items()))
        print(f"\n{job[0].upper()}{job[1:]}: ratios are to `{first}`.\n")
        print("| what | texts a second, median [lowest, highest] | that is faster by, median [lowest, highest] |\n|---|---|---|")
        for name, r in of_job.items():
            x = [a / b for a, b in zip(ours, r)]
            print(f"| {name} | {statistics.median(r):,.0f} [{min(r):,.0f}, {max(r):,.0f}] | {statistics.median(x):.2f} [{min(x):.2f}, {max(x):.2f}] |")
    analyze = rates[WITH_CONTEXT]["dealtone analyze, files to report"]
    print("\n`analyze`, which reads what was said before, against peers that are given each line alone:\n")
    for name in ("transformers pipeline, list at its default", "transformers pipeline, batches of 32", "ONNX Runtime in Python, sorted, 512 tokens"):
        x = [a / b for a, b in zip(analyze, rates[ALONE][name])]
        print(f"- {name}: {statistics.median(x):.2f} [{min(x):.2f}, {max(x):.2f}]")
    if args.json:
        args.json.write_text(json.dumps(rates, indent=1))


if __name__ == "__main__":
    main()
