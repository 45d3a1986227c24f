#!/usr/bin/env python3
"""Holds ONNX files that `lstm-detect export --format onnx` writes against `lstm-detect predict`.

Fits small models with all kinds of options, exports each, has onnx.checker look at the file, runs it by
ONNX Runtime on the rows of the data, and compares with what predict says of the same file: forecasts and
quantiles of all rows, and of each lead of the rows to come. Then the networks alone are held against `lstm-detect apply`. Needs onnx,
onnxruntime, numpy and safetensors.

    Scripts/check_onnx.py --command .build/release/lstm-detect
"""

import argparse
import csv
import datetime
import math
import os
import re
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from safetensors.numpy import load_file, save_file

# Of the spread of a target.
TOLERANCE = 1e-5
BIKES = os.path.join(os.path.dirname(__file__), "..", "Examples", "bike-sharing-daily.csv")


def run(command, *arguments):
    done = subprocess.run([command, *arguments], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(arguments)}: {done.stderr}")
    return done.stdout


def made_up(path, rows=420, missing=0.0, spikes=0, step=3600):
    """A file of hours: two targets with a daily season, a price that is known ahead, a temperature."""
    chance = np.random.default_rng(11)
    start = datetime.datetime(2019, 12, 20)
    with open(path, "w") as file:
        file.write("time,load,sales,price,temperature\n")
        for row in range(rows):
            time = start + datetime.timedelta(seconds=step * row)
            season = math.sin(2 * math.pi * row / 24)
            price = 10 + (row // 24) % 3 + 0.1 * chance.normal()
            load = 1000 + 200 * season - 20 * price + 15 * chance.normal()
            sales = max(0, 50 + 30 * season + 5 * chance.normal())
            temperature = 15 + 5 * math.sin(2 * math.pi * row / 24 - 1) + chance.normal()
            cells = [load, sales, price, temperature]
            if spikes and row % spikes == spikes - 1:
                cells[row // spikes % 2] *= 3
            text = [f"{c:.4f}" for c in cells]
            if missing and row > 60:
                text = ["" if chance.random() < missing else t for t in text]
            if row >= rows - 3:
                text[0] = text[1] = ""
            file.write(f"{time:%Y-%m-%d %H:%M:%S},{','.join(text)}\n")


def several(path):
    """A file of days: four series of two stores and two items, which differ in their levels."""
    chance = np.random.default_rng(12)
    with open(path, "w") as file:
        file.write("time,store,item,sales,price\n")
        for store, level in (("A", 50), ("B", 400)):
            for item in "xy":
                for row in range(200):
                    day = datetime.date(2020, 1, 1) + datetime.timedelta(days=row)
                    price = 10 + row // 30 % 2
                    sales = level * (1.2 + math.sin(2 * math.pi * row / 7)) - price + 3 * chance.normal()
                    file.write(f"{day},{store},{item},{sales:.3f},{price}\n")


def months(path):
    """Fifteen years of months, with growth and a spike now and then."""
    chance = np.random.default_rng(13)
    with open(path, "w") as file:
        file.write("time,demand\n")
        for row in range(180):
            season = 1 + 0.3 * math.sin(2 * math.pi * row / 12)
            demand = 100 * math.exp(0.01 * row) * season * (1 + 0.03 * chance.normal())
            file.write(f"{2000 + row // 12}-{row % 12 + 1:02}-01,{demand * (3 if row % 50 == 49 else 1):.4f}\n")


def read(path, time, columns, key=None):
    """The columns of a file as ONNX sees them, and the times in milliseconds since 1970."""
    with open(path) as file:
        rows = [r for r in csv.DictReader(file) if key is None or is_of(r, key)]
    numbers = np.array([[float(r[c] or "nan") for c in columns] for r in rows])
    return numbers, np.array([moment(r[time]) for r in rows])


def is_of(row, key):
    return [row["store"], row["item"]] == key


def check(command, folder, name, data, time, options, key=None):
    model, graph, said = (os.path.join(folder, f"{name}.{e}") for e in ("safetensors", "onnx", "predictions.csv"))
    cpu = ["--device", "cpu"]
    run(command, "fit", data, "--model", model, "-q", *cpu, *options)
    keys = [word for value in key or [] for word in ("--key", value)]
    run(command, "export", "--model", model, "--format", "onnx", "--output", graph, *keys)
    run(command, "predict", data, "--model", model, "--output", said, "-q", *cpu)
    onnx.checker.check_model(graph, full_check=True)
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    meta = session.get_modelmeta().custom_metadata_map
    columns, targets = (meta[f"swift_lstm_{k}"].split("\n") for k in ("columns", "targets"))
    horizon, window = int(meta["swift_lstm_horizon"]), int(meta["swift_lstm_window"])
    numbers, times = read(data, time, columns, key)
    # The rows at the end without any target are those to come.
    places = [columns.index(t) for t in targets]
    count = 1 + np.flatnonzero(np.isfinite(numbers[:, places]).any(1))[-1]
    with open(said) as file:
        lines = [r for r in csv.DictReader(file) if key is None or is_of(r, key)]
    feed = {"rows": numbers[None, :count]}
    names = {i.name for i in session.get_inputs()}
    if "time" in names:
        to_come = [moment(r["time"]) for r in lines[-horizon * len(targets) :: len(targets)]]
        feed["time"] = np.concatenate([times[:count], to_come])[None]
    if "known" in names:
        known = [columns.index(c) for c in meta["swift_lstm_known"].split("\n")]
        future = np.full((1, horizon, len(known)), np.nan)
        rest = numbers[count : count + horizon, known]
        future[0, : len(rest)] = rest
        feed["known"] = future
    outputs = [o.name for o in session.get_outputs()]
    found = dict(zip(outputs, session.run(None, feed)))

    first = next(i for i, t in enumerate(times) if moment(lines[0]["time"]) == t)
    assert first == window, (first, window)
    worst, compared = 0, 0
    for kind in [o for o in outputs if not o.endswith("_by_row")]:
        column = "expected" if kind == "forecast" else kind
        for index, line in enumerate(lines):
            row, target = divmod(index, len(targets))
            lead = max(0, window + row - count)
            values = found[f"{kind}_by_row"][0, row - lead, lead]
            if lead + window + row - lead >= count:
                assert np.array_equal(found[kind][0, lead], values, equal_nan=True)
            expected = float(line[column] or "nan")
            spread = np.nanstd(numbers[:count, places[target]])
            error = abs(values[target] - expected) / spread
            if math.isnan(expected) and math.isnan(values[target]):
                continue
            if not error <= worst:
                worst = error if not math.isnan(error) else math.inf
            compared += 1
    # A batch is a batch: the same rows twice, and a part of them, which is a file of its own.
    twice = session.run(["forecast"], {k: np.concatenate([v, v]) for k, v in feed.items()})[0]
    assert np.allclose(twice, found["forecast"], rtol=1e-6, atol=1e-9, equal_nan=True)
    print(f"{'FAILS' if not worst <= TOLERANCE else 'ok':6}{name:14}{compared:6} forecasts, worst {worst:.1e}")
    return worst <= TOLERANCE and compared > 0


def check_bare(command, folder, name):
    """The network of a case alone, on made-up numbers."""
    model, graph, x, y = (
        os.path.join(folder, f"{name}.{e}") for e in ("safetensors", "bare.onnx", "in", "out"))
    run(command, "export", "--model", model, "--format", "onnx", "--bare", "--output", graph)
    onnx.checker.check_model(graph, full_check=True)
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    width = session.get_inputs()[0].shape[2]
    values = np.random.default_rng(5).normal(size=(3, 9, width)).astype(np.float32)
    save_file({"input": values}, x)
    run(command, "apply", "--weights", model, "--input", x, "--output", y, "--device", "reference")
    ours = load_file(y)
    found = dict(zip([o.name for o in session.get_outputs()], session.run(None, {"input": values})))
    for kind in ("h_n", "c_n"):
        parts = [ours[k] for k in sorted(ours) if k.startswith(f"{kind}.")] or list(ours[kind])
        states = [v for n, v in found.items() if n.startswith(kind) for v in found[n]]
        found |= {f"{kind}.{n}": v for n, v in enumerate(states)}
        ours |= {f"{kind}.{n}": v for n, v in enumerate(parts)}
    worst = max(np.abs(found[n] - ours[n]).max() for n in found if n in ours)
    assert {"output", "predictions", "h_n.0", "c_n.0"} <= set(found) & set(ours)
    print(f"{'FAILS' if not worst <= TOLERANCE else 'ok':6}{name:14}  alone, worst {worst:.1e}")
    return worst <= TOLERANCE


def check_page(command, folder):
    """The Python of docs/onnx.md, on the model that the page fits."""
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
    with open(os.path.join(root, "docs/onnx.md")) as file:
        (block,) = re.findall(r"```python\n(.*?)```", file.read(), re.S)
    model = os.path.join(folder, "page.safetensors")
    # The calendar is told of the time, which is then an input.
    for options in ([], ["--calendar", "weekday,yearday"]):
        cpu = ["--device", "cpu"]
        run(command, "fit", BIKES, "--target", "cnt", "--model", model, "-q", "--epochs", "2", *cpu, *options)
        graph = os.path.join(folder, "m.onnx")
        run(command, "export", "--model", model, "--format", "onnx", "--output", graph, "-q")
        names = {}
        block = block.replace('"m.onnx"', repr(graph)).replace('"Examples/bike-sharing-daily.csv"', repr(BIKES))
        exec(block, names)
        last = run(command, "predict", BIKES, "--model", model, *cpu).strip().split("\n")[-1]
        error = abs(names["forecast"][0, 0, 0] - float(last.split(",")[3])) / 1900
        print(f"{'FAILS' if not error <= TOLERANCE else 'ok':6}{'docs/onnx.md':14}{1:6} forecasts, worst {error:.1e}")
        if not error <= TOLERANCE:
            return False
    return True


def moment(text):
    """Milliseconds since 1970 of a time as files have it."""
    time = datetime.datetime.fromisoformat(text.replace("Z", ""))
    return 1000 * time.replace(tzinfo=datetime.timezone.utc).timestamp()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--command", default=".build/release/lstm-detect")
    parser.add_argument("--only", help="the names of the cases, separated by commas")
    parser.add_argument("--keep", help="a folder for the files")
    arguments = parser.parse_args()
    folder = arguments.keep or tempfile.mkdtemp()
    os.makedirs(folder, exist_ok=True)
    hours, gaps = os.path.join(folder, "hours.csv"), os.path.join(folder, "gaps.csv")
    made_up(hours, spikes=37)
    made_up(gaps, missing=0.03, spikes=41)
    quick = ["--epochs", "2", "--units", "6"]
    bikes = [BIKES, "dteday", ["--target", "cnt", *quick]]
    both = [BIKES, "dteday", ["--target", "cnt,casual", *quick]]
    load = [hours, "time", ["--target", "load,sales", *quick]]
    holes = [gaps, "time", ["--target", "load,sales", *quick]]
    stores = os.path.join(folder, "stores.csv")
    several(stores)
    panel = [stores, "time", ["--target", "sales", "--series", "store,item", *quick]]
    monthly = os.path.join(folder, "months.csv")
    months(monthly)
    demand = [monthly, "time", ["--target", "demand", *quick]]
    dates = os.path.join(folder, "holidays.txt")
    with open(dates, "w") as file:
        file.write("2011-07-04\n2012-07-04\n2012-12-25\n2013-01-01\n")
    cases = {
        "bikes": (bikes, []),
        "plain": (bikes, ["--plain"]),
        "values": (bikes, ["--plain", "--learn", "value", "--horizon", "3", "--scaler", "minmax"]),
        "changes": (bikes, ["--plain", "--learn", "change", "--horizon", "3"]),
        "season": (bikes, ["--learn", "season", "--judge", "network", "--horizon", "9"]),
        "linear": (bikes, ["--learn", "linear", "--transform", "none", "--horizon", "3"]),
        "simple": (both, ["--judge", "simple", "--horizon", "2"]),
        "quantiles": (both, ["--loss", "quantile:0.1,0.5,0.9", "--horizon", "3"]),
        "gaussian": (both, ["--loss", "gaussian", "--horizon", "2"]),
        "members": (both, ["--members", "3", "--horizon", "2", "--loss", "quantile:0.2,0.5"]),
        "deviations": (bikes, ["--members", "2", "--loss", "gaussian"]),
        "limits": (both, ["--floor", "cnt=3000,casual=300", "--ceiling", "5000", "--horizon", "2"]),
        "calendar": (bikes, ["--calendar", "weekday,month,yearday", "--holidays", dates, "--horizon", "3"]),
        "hours": (load, ["--known", "price", "--calendar", "hour,weekday", "--horizon", "5"]),
        "known": (load, ["--known", "price", "--learn", "linear", "--inputs", "both", "--horizon", "3"]),
        "gaps": (holes, ["--horizon", "3", "--judge", "auto"]),
        "gaps-known": (holes, ["--known", "price", "--horizon", "3"]),
        "gaps-simple": (holes, ["--judge", "simple", "--horizon", "2"]),
        "decoder": (both, ["--decoder", "--horizon", "4", "--units", "6,5"]),
        "two-ways": (both, ["--bidirectional", "concat", "--units", "6,5"]),
        "sum": (both, ["--bidirectional", "sum", "--units", "6,6"]),
        "peepholes": (bikes, ["--peepholes", "--couple-gates", "--gate-clip", "0.5", "--bias", "one"]),
        "no-bias": (bikes, ["--bias", "none", "--head", "every", "--units", "7,5", "--dropout", "0.2"]),
        "months": (demand, ["--horizon", "14", "--window", "12"]),
        "months-calendar": (demand, ["--calendar", "month,yearday", "--horizon", "2", "--learn", "linear"]),
        "series": (panel, ["--horizon", "2"], ["B", "y"]),
        "series-plain": (panel, ["--plain"], ["A", "x"]),
    }
    wanted = arguments.only.split(",") if arguments.only else cases
    results = []
    for name in wanted:
        (data, time, common), more, *key = cases[name]
        # The later one of two options counts.
        own = {o for o in more if o.startswith("--")}
        kept = [c for i in range(0, len(common), 2) for c in common[i : i + 2] if common[i] not in own]
        results.append(check(arguments.command, folder, name, data, time, kept + more, *key))
        if "--members" not in more:
            results.append(check_bare(arguments.command, folder, name))
    if not arguments.only:
        results.append(check_page(arguments.command, folder))
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
