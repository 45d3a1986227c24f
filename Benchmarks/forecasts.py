#!/usr/bin/env python3
"""How good forecasts with defaults are, over a folder of data.

    Benchmarks/forecasts.py DATA [--command lstm-detect] [--only TEXT] [options of `lstm-detect run`]

`forecasts.csv` lists the files below DATA, their targets and the options that they need. Each is run
once, and of each target the test rows are compared: what is judged by, the network, the linear
regression and the better of the last value and the value of a season before. The numbers are mean
absolute and root mean square errors over those of that simple forecast, so below 1 is better.
"""
import argparse
import csv
import glob
import json
import math
import os
import shlex
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def rows(folder, only):
    with open(os.path.join(HERE, "forecasts.csv"), newline="") as lines:
        for row in csv.DictReader(lines):
            for path in sorted(glob.glob(os.path.join(folder, row["file"]))):
                if not only or any(text in path for text in only):
                    yield path, row["target"], shlex.split(row["options"])


def ratio(value, simple):
    if simple > 0:
        return value / simple
    return 1.0 if value == 0 else math.inf


def compare(metrics):
    """The errors of each forecast over those of the best simple one."""
    simple = [metrics[name] for name in ("persistence", "seasonal_naive") if metrics[name]]
    best = {key: min(each[key] for each in simple) for key in ("mae", "rmse")}
    result = {}
    for name in ("model", "network", "linear"):
        found = metrics[name]
        result[name] = found and [ratio(found[key], best[key]) for key in ("mae", "rmse")]
    return result


def text(pair):
    return f"{pair[0]:6.3f} {pair[1]:6.3f}" if pair else "     -      -"


def mean(ratios):
    """The geometric mean; exact forecasts count as a thousandth."""
    finite = [max(each, 1e-3) for each in ratios if math.isfinite(each)]
    return math.exp(sum(map(math.log, finite)) / len(finite))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data")
    parser.add_argument("--command", default=".build/release/lstm-detect")
    parser.add_argument("--only", action="append", default=[])
    arguments, options = parser.parse_known_args()
    print(f"{'file':<34} {'target':<14} {'judged by':>13} {'network':>13} {'linear':>13} seconds")
    print(f"{'':<34} {'':<14} " + " ".join(["   mae   rmse"] * 3))
    results = []
    failed = 0
    for path, targets, own in rows(arguments.data, arguments.only):
        with tempfile.TemporaryDirectory() as folder:
            start = time.monotonic()
            run = subprocess.run(
                [arguments.command, "run", path, "--target", targets, "--output",
                 os.path.join(folder, "out"), "--json", "--quiet", *own, *options],
                capture_output=True, text=True, check=False)
            seconds = time.monotonic() - start
        name = os.path.basename(path)[:34]
        if run.returncode != 0:
            failed += 1
            print(f"{name:<34} {run.stderr.strip()}", flush=True)
            continue
        document = json.loads(run.stdout)
        for target, metrics in document["metrics"]["test"].items():
            found = compare(metrics)
            results.append(found)
            print(
                f"{name:<34} {target[:14]:<14} {text(found['model'])} {text(found['network'])} "
                f"{text(found['linear'])} {seconds:7.1f}", flush=True)
    if not results:
        sys.exit("no file was run")
    print()
    for place, key in enumerate(("mae", "rmse")):
        judged = [each["model"][place] for each in results]
        limit = 1.0005 if key == "mae" else 1.01
        linear = [each for each in results if each["linear"]]
        better = sum(each["model"][place] < each["linear"][place] for each in linear)
        network = sum(each["network"][place] < each["linear"][place] for each in linear)
        print(
            f"{key}: geometric mean {mean(judged):.3f}; worse than the best simple forecast on "
            f"{sum(each > limit for each in judged)} of {len(judged)}; better than the linear "
            f"regression on {better} of {len(linear)}, the network alone on {network}")
    if failed:
        sys.exit(f"{failed} files failed")


if __name__ == "__main__":
    main()
