"""What the peers' scripts share: the data of a case, the clock, and how results are handed over.

A case's data are a safetensors file made by compare.py: the parameters with PyTorch's names
(lstm.*, head.*), `input` [B, T, I] and `target` [B, 1]; its shape is metadata. So that a wrong
result cannot win, every peer and we hand back the outputs (inference) or the losses of the first
three steps of Adam at rate 0.001 (training), which compare.py holds against each other.
"""

import argparse
import json
import time

from safetensors import safe_open
from safetensors.numpy import save_file

ADAM_STEPS = 3


def options(description, modes):
    arguments = argparse.ArgumentParser(description=description)
    arguments.add_argument("--data", required=True)
    arguments.add_argument("--mode", required=True, choices=modes)
    arguments.add_argument("--results", required=True, help="where outputs or losses are written")
    arguments.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    arguments.add_argument("--precision", default="float32",
                           choices=["float32", "tf32", "bf16", "float16"])
    return arguments.parse_args()


def load(path):
    """The tensors as NumPy arrays, and [B, T, I, H, L]."""
    with safe_open(path, "numpy") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}
        return tensors, json.loads(file.metadata()["shape"])


def stopwatch(body):
    """The median, minimum and maximum in milliseconds; the same procedure as Stopwatch.swift."""

    def milliseconds(times):
        start = time.perf_counter()
        body(times)
        return (time.perf_counter() - start) * 1e3

    milliseconds(2)
    times = max(1, int(5 / max(1e-3, milliseconds(1))))
    samples, total = [], 0
    while len(samples) < 7 or (total < 700 and len(samples) < 200):
        sample = milliseconds(times)
        samples.append(sample / times)
        total += sample
    samples.sort()
    return samples[len(samples) // 2], samples[0], samples[-1]


def report(peer, version, timing, path, results):
    save_file(results, path)
    median, minimum, maximum = timing
    print(json.dumps(dict(peer=peer, peer_version=version, peer_ms=median, peer_min_ms=minimum,
                          peer_max_ms=maximum)))
