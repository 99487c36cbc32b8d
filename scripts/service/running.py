"""What the measuring scripts share: a running service, the load that comes from the same machine, and their processor time."""
import contextlib, json, os, pathlib, resource, subprocess, time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


def load_program():
    """The release build of `tests/service_overload.rs`, whose ignored tests send the load; built where it is not there."""
    command = ["cargo", "test", "--quiet", "--release", "--locked", "--test", "service_overload", "--no-run", "--message-format=json"]
    built = subprocess.run(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, check=True)
    messages = [json.loads(line) for line in built.stdout.splitlines()]
    return next(m["executable"] for m in messages if m.get("executable") and m["target"]["name"] == "service_overload")


def load(program, test, **environment):
    """Runs one of its tests; what it prints as JSON, with the processor seconds that it took."""
    before = children_cpu()
    # Outside of cargo nobody else keeps the official runtime from phoning home.
    environment = {**os.environ, "ORT_DISABLE_TELEMETRY": "1", **environment}
    done = subprocess.run([program, "--ignored", "--exact", "--nocapture", test], env=environment, cwd=REPOSITORY, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"the load failed:\n{done.stdout}{done.stderr}")
    found = next(line[line.index("{") :] for line in done.stdout.splitlines() if "{" in line)
    return {**json.loads(found), "cpu_s": children_cpu() - before}


def timed(command, **options):
    """Wall and processor seconds of a command."""
    started, before = time.monotonic(), children_cpu()
    subprocess.run(command, check=True, **options)
    return time.monotonic() - started, children_cpu() - before


def children_cpu():
    """Processor seconds of all children that have ended: not of a service that still runs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Service:
    """A service that is ready."""

    def __init__(self, process, address):
        self.process, self.address = process, address

    def cpu(self):
        """Its processor seconds so far."""
        after_name = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def service(program, log, *arguments):
    """Starts `dealtone serve`, its log into the file `log`, and ends it."""
    with open(log, "wb") as sink:
        process = subprocess.Popen([program, "serve", "--bind", "127.0.0.1:0", "--drain-delay", "0", *arguments], stderr=sink)
    try:
        address = None
        while True:
            # A line that is still being written does not end in a newline.
            lines = [json.loads(line) for line in pathlib.Path(log).read_text().splitlines(True) if line.endswith("}\n")]
            address = next((line["address"] for line in lines if "address" in line), None)
            if any(line.get("message") == "ready" for line in lines):
                break
            if process.poll() is not None:
                raise SystemExit(f"the service did not start: {pathlib.Path(log).read_text()}")
            time.sleep(0.02)
        yield Service(process, address)
    finally:
        process.terminate()
        process.wait()
