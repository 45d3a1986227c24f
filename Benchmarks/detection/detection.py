#!/usr/bin/env python3
"""How good anomalies are, over labeled sets, with one fixed choice of options for each set.

    Benchmarks/detection/detection.py DATA [--command lstm-detect] [--only SET] [--keep FOLDER]

Each series is fitted to its first part and the rest is judged, row by row, by `lstm-detect run`; the
last value and the plain value go through the same chain beside it. Needs numpy.
"""
import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time

import numpy as np

import measures
import naive
import sets

# What is the same for all series of a set.
OPTIONS = {
    "nab": [],
    "smap": ["--scores", "sustained,level,novel", "--gap", "100"],
    "servers": [],
    "shop": [],
    "shop, known": [],
}


class Result:
    """What the command wrote about one series: for each target the score of each judged row, NaN where it
    was not judged, and its events; and the joint scores."""

    def __init__(self, folder, item, seconds):
        self.item, self.seconds = item, seconds
        with open(os.path.join(folder, "predictions.csv")) as lines:
            rows = list(csv.DictReader(lines))
        width = len(item.targets)
        self.first = len(item.rows) - len(rows) // width
        numbers = [float(row["score"]) if row["score"] else np.nan for row in rows]
        self.scores = np.array(numbers).reshape(-1, width)
        marks = [row["anomaly"] == "1" for row in rows]
        self.anomalies = np.array(marks).reshape(-1, width)
        self.alarms = np.array([row["alarm"] == "1" for row in rows]).reshape(-1, width)
        with open(os.path.join(folder, "joint.csv")) as lines:
            joint = list(csv.DictReader(lines))
        self.joint = np.array([float(row["score"] or 0) for row in joint])
        self.blamed = [row["target"] for row in joint]


def run(item, command, options, keep):
    with tempfile.TemporaryDirectory() as folder:
        folder = os.path.join(keep, item.name.replace(" ", "-")) if keep else folder
        os.makedirs(folder, exist_ok=True)
        data = os.path.join(folder, "data.csv")
        item.write(data)
        share = (item.start + 0.5) / len(item.rows)
        arguments = [command, "run", data, "--target", ",".join(item.targets), "--train-until",
                     repr(share), "--output", folder, "--quiet", *item.options, *options]
        start = time.monotonic()
        done = subprocess.run(arguments, capture_output=True, text=True, check=False)
        seconds = time.monotonic() - start
        if done.returncode:
            print(f"{item.name}: {done.stderr.strip()}", file=sys.stderr)
            return None
        return Result(folder, item, seconds)


def nab(results):
    """The Numenta score at the fixed threshold and at the best one for all files, and alarms per 1,000
    rows, for the command and what costs nothing. An alarm is a row with a score above the threshold and
    above all of so many rows before as make half of the part fitted to, as `--mute` has it."""
    kinds = {"lstm-detect": [], "last value": [], "plain value": []}
    for result in results:
        item = result.item
        values = np.array(item.column("value"))
        first = result.first
        kinds["lstm-detect"].append((item, first, np.nan_to_num(result.scores[:, 0])))
        kinds["last value"].append((item, first, naive.persistence(values, first)))
        kinds["plain value"].append((item, first, naive.raw(values, first)))
    windows = sum(len(result.item.labels) for result in results)
    judged = sum(len(result.scores) for result in results)
    for name, rows in kinds.items():
        maxima = [(item, first, scores, measures.new_maxima(scores, item.start // 2))
                  for item, first, scores in rows]

        def score(cut):
            total, alarms = 0.0, 0
            for item, first, scores, places in maxima:
                found = [first + place for place in places if scores[place] > cut]
                total += measures.numenta(found, item.labels)
                alarms += len(found)
            return 100 * (total + windows) / (2 * windows), 1000 * alarms / judged

        fixed = score(1)
        cuts = np.exp(np.arange(-1, 1.5, .05))
        best = max((score(cut)[0], cut) for cut in cuts)
        print(f"nab      {name:<12} standard {fixed[0]:5.1f} at the fixed threshold with {fixed[1]:.2f} "
              f"alarms per 1,000 rows; {best[0]:5.1f} at {best[1]:.2f} times it")


def smap(results):
    """Labeled stretches found by events, over all channels."""
    kinds = {"lstm-detect": [], "last value": [], "plain value": []}
    for result in results:
        values = np.array(result.item.column(result.item.targets[0]))
        first = result.first
        kinds["lstm-detect"].append((result, result.anomalies[:, 0]))
        kinds["last value"].append((result, naive.persistence(values, first) > 1))
        kinds["plain value"].append((result, naive.raw(values, first) > 1))
    for name, rows in kinds.items():
        total = np.zeros(3, int)
        for result, marks in rows:
            found = [(first + result.first, last + result.first)
                     for first, last in measures.events(marks, gap=100)]
            total += measures.counts(found, result.item.labels)
        hits, false, missed = total
        print(f"smap/msl {name:<12} F1 {measures.f1(*total):.3f}: {hits} of {hits + missed} found, "
              f"{false} false, precision {hits / max(1, hits + false):.2f}")


def servers(results):
    """The volume under the precision-recall surface of the joint score, and whether the target that is
    blamed most in an event is labeled."""
    for result in results:
        item = result.item
        first = result.first - item.start
        labels = np.array(item.labels[first:])
        columns = np.array([item.column(name) for name in item.targets])
        joint = {
            "lstm-detect": result.joint,
            "last value": naive.joint([naive.persistence(each, result.first) for each in columns]),
            "plain value": naive.joint([naive.raw(each, result.first) for each in columns]),
        }
        right = chance = 0
        for start, end, guilty in item.guilty:
            rows = range(max(start - first, 0), min(end - first + 1, len(result.joint)))
            if not rows:
                continue
            peak = max(rows, key=lambda row: result.joint[row])
            right += item.targets.index(result.blamed[peak]) in guilty if result.blamed[peak] else 0
            chance += len(guilty) / len(item.targets)
        text = ", ".join(f"{name} {measures.vus_pr(each, labels):.3f}" for name, each in joint.items())
        print(f"servers  {item.name:<12} VUS-PR {text}; first target labeled in {right} of "
              f"{len(item.guilty)} events (chance {chance:.1f}); {result.seconds:.1f} s")


def shop(results, name):
    """Events found per target and row, over all seeds."""
    total, worst = np.zeros(3, int), 1.0
    for result in results:
        own = np.zeros(3, int)
        for place, target in enumerate(result.item.targets):
            found = [(first + result.first, last + result.first) for first, last in
                     measures.events(result.anomalies[:, place], gap=3)]
            own += measures.counts(found, result.item.labels[target])
        total += own
        worst = min(worst, measures.f1(*own))
    print(f"{name:<8} lstm-detect  event F1 {measures.f1(*total):.3f} ({total[0]} found, {total[1]} false, "
          f"{total[2]} missed), worst seed {worst:.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data")
    parser.add_argument("--command", default=".build/release/lstm-detect")
    parser.add_argument("--only", choices=list(OPTIONS))
    parser.add_argument("--keep", help="a folder for what the command writes")
    arguments, options = parser.parse_known_args()
    makers = {
        "nab": (sets.nab(arguments.data), nab),
        "smap": (sets.smap(arguments.data), smap),
        "servers": (sets.servers(arguments.data), servers),
        "shop": (sets.made(False), lambda found: shop(found, "shop")),
        "shop, known": (sets.made(True), lambda found: shop(found, "known")),
    }
    failed = 0
    for name, (items, report) in makers.items():
        if arguments.only not in (None, name):
            continue
        results = []
        for item in items:
            keep = arguments.keep and os.path.join(arguments.keep, name.replace(", ", "-"))
            result = run(item, arguments.command, OPTIONS[name] + options, keep)
            if result:
                results.append(result)
            else:
                failed += 1
        report(results)
        seconds = [result.seconds for result in results]
        print(f"{name:<8} {len(results)} series, {np.mean(seconds):.1f} s each, at most "
              f"{max(seconds):.1f} s; options {' '.join(OPTIONS[name]) or 'none'}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
