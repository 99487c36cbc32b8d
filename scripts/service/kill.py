#!/usr/bin/env python3
"""Kills `dealtone serve` with SIGKILL again and again under load, and holds its store against what it acknowledged.

Clients post conversations, some again with other content, some erase theirs; an operation counts as acknowledged when its
2xx was read. After each kill the service is started on the same store and asked for everything that was acknowledged.
Exits with 1 where anything acknowledged is lost, changed or back from the dead.

    scripts/service/kill.py target/release/dealtone --kills 200
"""
import argparse, http.client, json, os, random, re, signal, subprocess, tempfile, threading, time

parser = argparse.ArgumentParser()
parser.add_argument("program")
parser.add_argument("--kills", type=int, default=200)
parser.add_argument("--clients", type=int, default=8)
parser.add_argument("--seed", type=int, default=11)
args = parser.parse_args()
rng = random.Random(args.seed)
folder = tempfile.mkdtemp(prefix="dealtone-kill-")
store = os.path.join(folder, "store.db")
# What must be true of an id: (words,) where kept, None where erased; and what may be true as well, because an operation
# was under way when the process died.
truth, maybe = {}, {}


def start():
    process = subprocess.Popen(
        [args.program, "serve", "--bind", "127.0.0.1:0", "--store", store, "--queue-wait", "10000"], stderr=subprocess.PIPE, text=True
    )
    address = None
    for line in process.stderr:
        entry = json.loads(line)
        address = entry.get("address", address)
        if entry.get("message") == "ready":
            break
    else:
        raise SystemExit("the service did not start: the store is not usable after a kill")
    threading.Thread(target=lambda: [None for _ in process.stderr], daemon=True).start()
    return process, address


def ask(connection, method, path, body=None):
    connection.request(method, path, body and json.dumps(body), {"content-type": "application/json"} if body else {})
    answer = connection.getresponse()
    return answer.status, answer.read()


def client(number, address, stop):
    connection = http.client.HTTPConnection(address, timeout=30)
    mine = [f"c{number}-{n}" for n in range(40)]
    own = random.Random(f"{args.seed}/{number}/{time.time_ns()}")
    while not stop.is_set():
        name = own.choice(mine)
        words = f"{name} said {own.getrandbits(48):x}"
        if own.random() < 0.1:
            wanted, call = None, ("DELETE", f"/v1/conversations/{name}", None)
        else:
            turns = [{"speaker": "Ann", "side": "buyer", "text": words}]
            wanted, call = words, ("POST", "/v1/conversations", {"id": name, "deal": f"d{number % 3}", "channel": "call", "turns": turns})
        maybe[name] = wanted
        try:
            status, body = ask(connection, *call)
        except (OSError, http.client.HTTPException):
            return
        if status < 300 or (status == 404 and wanted is None):
            truth[name] = wanted
            del maybe[name]
        elif status in (429, 503):
            del maybe[name]
        else:
            raise SystemExit(f"{status} {body!r}")


def verify(address):
    connection = http.client.HTTPConnection(address, timeout=30)
    for name in list(truth):
        status, body = ask(connection, "GET", f"/v1/conversations/{name}")
        found = json.loads(body)["conversation"]["turns"][0]["text"] if status == 200 else None
        allowed = [truth[name]] + ([maybe[name]] if name in maybe else [])
        if found not in allowed:
            raise SystemExit(f"LOST: {name}: acknowledged {truth[name]!r}, found {found!r} ({status}), under way {maybe.get(name)!r}")
        truth[name] = found
    maybe.clear()
    return len(truth)


acknowledged = begun = 0
for kill in range(1, args.kills + 1):
    process, address = start()
    known = verify(address)
    stop = threading.Event()
    before = dict(truth)
    threads = [threading.Thread(target=client, args=(n, address, stop)) for n in range(args.clients)]
    for thread in threads:
        thread.start()
    time.sleep(rng.uniform(0.05, 0.8))
    process.send_signal(signal.SIGKILL)
    stop.set()
    process.wait()
    for thread in threads:
        thread.join()
    acknowledged += sum(1 for name in truth if truth[name] != before.get(name, ""))
    begun += len(maybe)
    if kill % 20 == 0:
        print(f"{kill} kills, {known} ids known, {acknowledged} ids with news acknowledged, {begun} under way when killed, nothing lost", flush=True)
process, address = start()
known = verify(address)
process.send_signal(signal.SIGKILL)
process.wait()
check = subprocess.run([args.program, "store", "check", "--store", store], capture_output=True, text=True)
print(check.stdout.strip() or check.stderr.strip())
print(f"{args.kills} kills: of {known} ids nothing that was acknowledged is lost")
raise SystemExit(check.returncode)
