#!/usr/bin/env python3
"""How fast lstm-serve answers, what series take of memory, and what kill -9 loses.

    Benchmarks/service.py --command .build/release/lstm-detect --service .build/release/lstm-serve

Fits a model of 64 units to bundled data, and prints one line of JSON for each measurement. Requests go out
at times that are fixed before, and are timed from these, so that a slow answer does not hide those that
would have waited behind it.
"""
import argparse
import http.client
import json
import os
import random
import re
import signal
import subprocess
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "..", "Examples", "bike-sharing-daily.csv")


class Service:
    """A running lstm-serve."""

    def __init__(self, arguments, *options):
        self.arguments = [arguments.service, arguments.models, "--listen", "127.0.0.1:0", "--rate", "0"]
        self.arguments += ["--max-series", "1000000", *options]
        start = time.monotonic()
        self.process = subprocess.Popen(self.arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        line = self.process.stdout.readline().decode()
        found = re.search(r":(\d+), on", line)
        if not found:
            raise SystemExit(self.process.stderr.read().decode())
        self.port = int(found.group(1))
        self.started = time.monotonic() - start
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def connect(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.connect()
        return connection

    def resident(self):
        """Bytes in memory."""
        with open(f"/proc/{self.process.pid}/status") as file:
            return int(re.search(r"VmRSS:\s+(\d+) kB", file.read()).group(1)) * 1024

    def seconds(self):
        """Seconds of all processors so far."""
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def prefer(self, isPreferred):
        """Has the service and this process run before all else, on a machine that others use too."""
        policy, priority = (os.SCHED_RR, 1) if isPreferred else (os.SCHED_OTHER, 0)
        for process in (self.process.pid, os.getpid()):
            for thread in os.listdir(f"/proc/{process}/task"):
                os.sched_setscheduler(int(thread), policy, os.sched_param(priority))

    def end(self, number=signal.SIGTERM):
        start = time.monotonic()
        self.process.send_signal(number)
        status = self.process.wait(timeout=600)
        return status, time.monotonic() - start


def rows():
    """The header, and the rows that come after those that are fitted to."""
    with open(DATA) as file:
        lines = file.read().splitlines()
    return lines[0], lines[1:]


def post(connection, series, lines, header, query=""):
    body = header + "\n" + "\n".join(lines) + "\n"
    connection.request(
        "POST", f"/v1/models/bikes/rows?series={series}{query}", body, {"Content-Type": "text/csv"})
    response = connection.getresponse()
    text = response.read().decode()
    if response.status != 200:
        raise SystemExit(f"{response.status}: {text}")
    return text


def quantile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))]


def latency(service, names, arguments, seconds, offset):
    """Sends one row a request at a constant rate, to the series in turn.

    The rows of a series go over one connection, since they must come in order.
    """
    connections = max(count for count in range(1, 21) if len(names) % count == 0)
    header, lines = rows()
    rate = arguments.rate
    count = int(rate * seconds)
    times = [0.0] * count
    lates = [0.0] * count
    start = time.monotonic() + 0.5
    failures = []

    def work(number):
        try:
            connection = service.connect()
            for index in range(number, count, connections):
                due = start + index / rate
                wait = due - time.monotonic()
                if wait > 0:
                    time.sleep(wait)
                lates[index] = time.monotonic() - due
                name = names[index % len(names)]
                row = offset + index // len(names)
                post(connection, name, [lines[row]], header)
                times[index] = time.monotonic() - due
        except BaseException as error:
            failures.append(str(error))

    before = service.seconds()
    threads = [threading.Thread(target=work, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    if arguments.realtime:
        service.prefer(True)
    for thread in threads:
        thread.join()
    if arguments.realtime:
        service.prefer(False)
    if failures:
        raise SystemExit(failures[0])
    spent = time.monotonic() - start
    return {
        "rate": rate, "requests": count, "p50_ms": round(1e3 * quantile(times, 0.5), 3),
        "p90_ms": round(1e3 * quantile(times, 0.9), 3), "p99_ms": round(1e3 * quantile(times, 0.99), 3),
        "p99.9_ms": round(1e3 * quantile(times, 0.999), 3), "largest_ms": round(1e3 * max(times), 3),
        "sent_late_p99_ms": round(1e3 * quantile(lates, 0.99), 3),
        "service_cpu_ms": round(1e3 * (service.seconds() - before) / count, 3),
        "processors": round((service.seconds() - before) / spent, 2)}


def warm(service, names, count, connections=4):
    """Has each series take its first rows, so that a window is full."""
    header, lines = rows()

    def work(number):
        connection = service.connect()
        for name in names[number::connections]:
            post(connection, name, lines[:count], header)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def measure_latency(arguments, folder):
    for series in (1, 100):
        names = [f"s{number}" for number in range(series)]
        for attempt in range(arguments.repeat):
            # A row of each is left for every request.
            seconds = min(arguments.seconds, (len(rows()[1]) - 60) * series / arguments.rate)
            service = Service(arguments, "--state", os.path.join(folder, f"latency-{series}-{attempt}"))
            warm(service, names, 50)
            result = latency(service, names, arguments, seconds, 50)
            service.end()
            load = os.getloadavg()[0]
            print(json.dumps({"latency": result, "series": series, "load": load}), flush=True)


def measure_memory(arguments, folder):
    for resident in arguments.resident:
        state = os.path.join(folder, f"memory-{resident}")
        options = ["--state", state] + (["--resident", str(resident)] if resident else [])
        service = Service(arguments, *options)
        base = service.resident()
        names = [f"sensor {number}".replace(" ", "%20") for number in range(arguments.series)]
        start = time.monotonic()
        warm(service, names, arguments.rows)
        spent = time.monotonic() - start
        held = service.resident()
        result = latency(service, random.Random(1).sample(names, len(names)), arguments,
                         min(arguments.seconds, len(names) / arguments.rate), arguments.rows)
        status, ending = service.end()
        restarted = Service(arguments, *options)
        disk = sum(
            os.path.getsize(os.path.join(place, name))
            for place, _, files in os.walk(state) for name in files)
        restarted.end()
        print(json.dumps({
            "memory": {
                "series": len(names), "resident_limit": resident or None, "rows_each": arguments.rows,
                "bytes_per_series": round((held - base) / len(names)), "resident_mb": round(held / 1e6),
                "without_series_mb": round(base / 1e6), "seconds_for_rows": round(spent, 1),
                "rows_a_second": round(arguments.rows * len(names) / spent),
                "disk_bytes_per_series": round(disk / len(names)),
                "seconds_to_end": round(ending, 1), "seconds_to_start_again": round(restarted.started, 2)},
            "latency": result, "status": status, "load": os.getloadavg()[0]}), flush=True)


def measure_kill(arguments, folder):
    """Rows go to many series while the process is killed again and again; what was answered must count."""
    header, lines = rows()
    expected = subprocess.run(
        [arguments.command, "watch", "--model", os.path.join(arguments.models, "bikes.safetensors"),
         "--device", "cpu"], input="\n".join([header] + lines) + "\n", text=True, capture_output=True,
        check=True).stdout.splitlines()
    options = ["--state", os.path.join(folder, "kill"), "--journal-bytes", "100000"]
    names = [f"k{number}" for number in range(8)]
    done = {name: 0 for name in names}
    acknowledged = differences = kills = unanswered = 0
    starts = []
    while kills < arguments.kills:
        service = Service(arguments, *options)
        starts.append(service.started)
        stop = threading.Event()
        wrong = []

        def work(name):
            nonlocal unanswered
            try:
                connection = service.connect()
                while not stop.is_set() and done[name] + 2 <= len(lines):
                    first = done[name]
                    # What was not answered may have counted; then it is passed over.
                    text = post(connection, name, lines[first:first + 2], header, "&known=skip")
                    answers = text.splitlines()
                    if answers != expected[first + 2 - len(answers):first + 2]:
                        wrong.append((name, first))
                    if len(answers) < 2:
                        unanswered += 1
                    done[name] = first + 2
            except (OSError, http.client.HTTPException):
                pass

        threads = [threading.Thread(target=work, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        time.sleep(random.uniform(0.05, 0.6))
        service.end(signal.SIGKILL)
        stop.set()
        for thread in threads:
            thread.join()
        kills += 1
        differences += len(wrong)
        acknowledged = sum(done.values())
        if acknowledged >= len(names) * (len(lines) - 2):
            break
    print(json.dumps({
        "kill": {"kills": kills, "rows_acknowledged": acknowledged, "answers_that_differ": differences,
                 "requests_that_had_counted_unanswered": unanswered,
                 "median_seconds_to_start": round(quantile(starts, 0.5), 2)},
        "load": os.getloadavg()[0]}), flush=True)
    if differences:
        raise SystemExit("rows were lost, or counted twice")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--command", required=True, help="lstm-detect")
    parser.add_argument("--service", required=True, help="lstm-serve, built with --traits Service")
    parser.add_argument("--rate", type=float, default=500, help="requests a second")
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--series", type=int, default=50_000)
    parser.add_argument("--rows", type=int, default=40, help="of each series, more than a window has")
    parser.add_argument(
        "--resident", type=int, nargs="*", default=[0, 1000], help="series in memory; 0 is all")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument(
        "--realtime", action="store_true", help="on a machine that others use too; needs root")
    parser.add_argument("--only", choices=["latency", "memory", "kill"])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        arguments.models = os.path.join(folder, "models")
        os.mkdir(arguments.models)
        subprocess.run(
            [arguments.command, "fit", DATA, "--target", "cnt", "--units", "64", "--train-until", "0.5",
             "--device", "cpu", "-q", "--model", os.path.join(arguments.models, "bikes.safetensors")],
            check=True)
        for name, measure in [
                ("latency", measure_latency), ("memory", measure_memory), ("kill", measure_kill)]:
            if arguments.only in (None, name):
                measure(arguments, folder)


if __name__ == "__main__":
    main()
