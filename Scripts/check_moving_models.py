#!/usr/bin/env python3
"""Runs the Python of docs/moving-models.md and holds what it computes against lstm-detect.

    python3 -m venv .venv && .venv/bin/pip install torch safetensors numpy keras
    KERAS_BACKEND=torch .venv/bin/python Scripts/check_moving_models.py --detect .build/release/lstm-detect

A model is fitted to the bundled data and exported; PyTorch and Keras, with the page's own lines,
forecast the next row as `lstm-detect predict` does. Then `apply` answers for weights that they saved.
The exit status is 1 where a relative error is above --tolerance.
"""

import argparse
import csv
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import keras
import numpy
import torch
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
from safetensors.torch import load_file as load_torch

PACKAGE = pathlib.Path(__file__).resolve().parents[1]
DATA = PACKAGE / "Examples/bike-sharing-daily.csv"


def last_window(model):
    """The last window of the data, scaled, and what turns an output into a forecast."""
    with safe_open(model, "np") as file:
        document = json.loads(file.metadata()["swift_lstm"])
    with open(DATA) as file:
        rows = list(csv.DictReader(file))[-document["steps"]:]
    scales = {c["name"]: c for c in document["scaler"]["columns"]}
    window = [[(float(row[f]) - scales[f]["offset"]) / scales[f]["scale"]
               for f in document["columns"]["features"]] for row in rows]
    coding = document["coding"]["scales"][0]
    decode = lambda y: y * coding["scale"] + coding["offset"] + float(rows[-1]["cnt"])
    return numpy.array([window], "float32"), decode


def check_stack(run, last_window, check):
    """Layers of two widths: an nn.ModuleList, and two layers of Keras."""
    run("fit", DATA, "--plain", "--target", "cnt", "--model", "s.safetensors", "--epochs", "2", "--units",
        "9,5", "--device", "cpu")
    printed = run("predict", DATA, "--model", "s.safetensors", "--device", "reference")
    forecast = float(printed.strip().split("\n")[-1].split(",")[3])
    for name in ("pytorch", "keras"):
        run("export", "--model", "s.safetensors", "--format", name, "--output",
            f"s-{name}.safetensors")
    window, decode = last_window("s.safetensors")
    module = torch.nn.ModuleDict({
        "lstm": torch.nn.ModuleList([torch.nn.LSTM(window.shape[2], 9, batch_first=True),
                                     torch.nn.LSTM(9, 5, batch_first=True)]),
        "head": torch.nn.Linear(5, 1)})
    module.load_state_dict(load_torch("s-pytorch.safetensors"), strict=True)
    with torch.no_grad():
        y = torch.from_numpy(window)
        for layer in module["lstm"]:
            y = layer(y)[0]
        check("forecast of PyTorch, two widths", decode(module["head"](y[:, -1]).item()), forecast)
    keras.utils.clear_session()
    model = keras.Sequential([
        keras.Input(window.shape[1:]), keras.layers.LSTM(9, return_sequences=True),
        keras.layers.LSTM(5), keras.layers.Dense(1)])
    tensors = load_file("s-keras.safetensors")
    for w in model.weights:
        w.assign(next(t for name, t in tensors.items() if f"/{w.path}".endswith(f"/{name}")))
    y = keras.ops.convert_to_numpy(model(window))[0, 0]
    check("forecast of Keras, two widths", decode(float(y)), forecast)


def check_decoder(run, last_window, check, saved, block):
    """An encoder-decoder in Keras, with the page's own lines."""
    run("fit", DATA, "--plain", "--target", "cnt", "--model", "d.safetensors", "--epochs", "2", "--units",
        "9,5", "--decoder", "--horizon", "3", "--learn", "value", "--device", "cpu")
    printed = run("predict", DATA, "--model", "d.safetensors", "--device", "reference")
    forecast = [float(line.split(",")[3]) for line in printed.strip().split("\n")[-3:]]
    run("export", "--model", "d.safetensors", "--format", "keras", "--output",
        "keras-decoder.safetensors")
    window, _ = last_window("d.safetensors")
    with safe_open("d.safetensors", "np") as file:
        coding = json.loads(file.metadata()["swift_lstm"])["coding"]["scales"][0]
    exec(block, saved)
    y = keras.ops.convert_to_numpy(saved["model"](window))[0, :, 0]
    check("forecast of Keras, encoder-decoder", y * coding["scale"] + coding["offset"], forecast)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--detect", required=True, help="the built lstm-detect")
    parser.add_argument("--tolerance", type=float, default=1e-5)
    parser.add_argument("--skip-apply", action="store_true", help="only what export is for")
    arguments = parser.parse_args()
    detect = pathlib.Path(arguments.detect).resolve()
    blocks = re.findall(r"```python\n(.*?)```", (PACKAGE / "docs/moving-models.md").read_text(), re.S)
    assert len(blocks) == 5, "to PyTorch, from PyTorch, to Keras, a decoder, from Keras"
    worst = 0.0

    def check(name, actual, expected):
        nonlocal worst
        actual, expected = numpy.asarray(actual, "float64"), numpy.asarray(expected, "float64")
        assert actual.shape == expected.shape, (name, actual.shape, expected.shape)
        error = float(numpy.linalg.norm(actual - expected) / numpy.linalg.norm(expected))
        worst = error if not error <= worst else worst
        print(f"{name:40} relative error {error:.1e}")

    def run(*options):
        done = subprocess.run([detect, *options], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(map(str, options))}: {done.stderr}")
        return done.stdout

    def apply(weights, values):
        save_file({"input": values}, "input.safetensors")
        run("apply", "--weights", weights, "--input", "input.safetensors", "--output",
            "y.safetensors", "--device", "cpu")
        return load_file("y.safetensors")["output"]

    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        run("fit", DATA, "--plain", "--target", "cnt", "--model", "m.safetensors", "--epochs", "3", "--device",
            "cpu")
        printed = run("predict", DATA, "--model", "m.safetensors", "--device", "reference")
        forecast = float(printed.strip().split("\n")[-1].split(",")[3])
        for name in ("pytorch", "keras"):
            run("export", "--model", "m.safetensors", "--format", name, "--output",
                f"{name}.safetensors")
        window, decode = last_window("m.safetensors")
        pytorch, saved = {}, {}
        exec(blocks[0], pytorch)
        exec(blocks[1], pytorch)
        with torch.no_grad():
            y = pytorch["module"](torch.from_numpy(window)).item()
        check("forecast of PyTorch", decode(y), forecast)
        keras.utils.clear_session()
        exec(blocks[2], saved)
        exec(blocks[4], saved)
        y = keras.ops.convert_to_numpy(saved["model"](window))[0, 0]
        check("forecast of Keras", decode(float(y)), forecast)
        check_stack(run, last_window, check)
        check_decoder(run, last_window, check, saved, blocks[3])
        if not arguments.skip_apply:
            with torch.no_grad():
                check("apply, weights of PyTorch", apply("pytorch-weights.safetensors", window),
                      pytorch["module"].lstm(torch.from_numpy(window))[0].numpy())
            keras.utils.clear_session()
            layers = keras.layers
            model = keras.Sequential([
                keras.Input((7, 3)),
                layers.Bidirectional(layers.LSTM(5, return_sequences=True)),
                layers.LSTM(4, use_bias=False, return_sequences=True),
                layers.LSTM(6, return_sequences=True),
            ])
            save_file({w.path: w.numpy() for w in model.weights}, "options.safetensors")
            values = numpy.random.default_rng(1).normal(size=(4, 7, 3)).astype("float32")
            check("apply, weights of Keras", apply("options.safetensors", values),
                  keras.ops.convert_to_numpy(model(values)))
        os.chdir("/")
    print(f"worst relative error {worst:.1e}")
    sys.exit(0 if worst <= arguments.tolerance else 1)


if __name__ == "__main__":
    main()
