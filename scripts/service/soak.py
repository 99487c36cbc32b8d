#!/usr/bin/env python3
"""Soak: hours of mixed requests against a running `dealtone serve`, and what its memory does meanwhile.

Random lengths from 1 to 400 words, 1 % of the largest request that is taken, 2 % malformed, conversations that are kept
and erased again. Prints a line a minute and, at the end, the slope of resident memory behind the first half hour (or the
first half of a shorter run), in MB an hour, with its ceiling. Exits with 1 where the slope is above 1 MB/h + its own
uncertainty, or the ceiling above 600 MB.

    scripts/service/soak.py --pid PID --url 127.0.0.1:8017 --minutes 60 [--rate 15]
"""
import argparse, http.client, json, math, random, socket, threading, time

WORDS = "we like the price but the contract is too long and our legal team wants to see security terms before friday".split()

parser = argparse.ArgumentParser()
parser.add_argument("--pid", type=int, required=True)
parser.add_argument("--url", default="127.0.0.1:8017")
parser.add_argument("--minutes", type=float, default=60)
parser.add_argument("--rate", type=float, default=15, help="requests a second")
parser.add_argument("--clients", type=int, default=4)
args = parser.parse_args()
end = time.monotonic() + args.minutes * 60
counts, lock = {}, threading.Lock()


def text(rng, words):
    return " ".join(rng.choice(WORDS) for _ in range(words))


def requests(rng, client):
    """The endless mix of one client."""
    kept = 0
    while True:
        dice = rng.random()
        if dice < 0.01:
            yield "POST", "/v1/score", json.dumps({"texts": [text(rng, 400) for _ in range(64)]})
        elif dice < 0.03:
            yield "POST", "/v1/score", rng.choice(["{", "[" * 5000, '{"texts": 7}', "\0\1", '{"turns":[{"text":1}]}'])
        elif dice < 0.13:
            kept += 1
            name = f"soak-{client}-{kept % 20}"
            turns = [{"speaker": "Ann", "side": "buyer", "text": text(rng, rng.randint(1, 60))} for _ in range(5)]
            yield "POST", "/v1/conversations", json.dumps({"id": name, "deal": f"soak-{client}", "channel": "call", "turns": turns})
            if kept % 20 == 0:
                yield "GET", f"/v1/deals/soak-{client}", None
                yield "DELETE", f"/v1/deals/soak-{client}", None
        elif dice < 0.15:
            yield "GET", "/metrics", None
        else:
            yield "POST", "/v1/score", json.dumps({"texts": [text(rng, int(math.exp(rng.uniform(0, math.log(400)))))]})


def client(number):
    rng = random.Random(number)
    connection = http.client.HTTPConnection(args.url, timeout=60)
    for method, path, body in requests(rng, number):
        time.sleep(rng.expovariate(args.rate / args.clients))
        if time.monotonic() > end:
            return
        try:
            connection.request(method, path, body, {"content-type": "application/json"} if body else {})
            answer = connection.getresponse()
            answer.read()
            status = answer.status
        except (OSError, http.client.HTTPException) as error:
            # An idle connection is closed after a while; a new one is made.
            status = type(error).__name__
            connection.close()
        with lock:
            counts[status] = counts.get(status, 0) + 1


def resident():
    with open(f"/proc/{args.pid}/status") as status:
        fields = dict(line.split(":", 1) for line in status)
    return int(fields["VmRSS"].split()[0]) / 1024, int(fields["Threads"])


threads = [threading.Thread(target=client, args=(n,), daemon=True) for n in range(args.clients)]
for thread in threads:
    thread.start()
start, samples, said = time.monotonic(), [], 0
while time.monotonic() < end:
    time.sleep(1)
    now = (time.monotonic() - start) / 3600
    memory, thread_count = resident()
    samples.append((now, memory))
    if int(now * 60) > said:
        said = int(now * 60)
        print(f"{said:4} min  {memory:7.1f} MB  {thread_count} threads  {dict(sorted(counts.items(), key=str))}", flush=True)
settled = 0.5 if args.minutes > 40 else samples[-1][0] / 2
rest = [(t, m) for t, m in samples if t >= settled]
mean_t, mean_m = sum(t for t, _ in rest) / len(rest), sum(m for _, m in rest) / len(rest)
spread = sum((t - mean_t) ** 2 for t, _ in rest)
slope = sum((t - mean_t) * (m - mean_m) for t, m in rest) / spread
noise = math.sqrt(sum((m - mean_m - slope * (t - mean_t)) ** 2 for t, m in rest) / (len(rest) - 2) / spread)
ceiling = max(m for _, m in samples)
print(f"slope {slope:+.2f} MB/h (standard error {noise:.2f}) over the last {(samples[-1][0] - settled) * 60:.0f} min, ceiling {ceiling:.0f} MB, answers {counts}")
raise SystemExit(0 if slope < 1 + 2 * noise and ceiling <= 600 else 1)
