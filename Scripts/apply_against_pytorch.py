#!/usr/bin/env python3
"""Holds `lstm-detect apply` against PyTorch in double precision, on networks and data made up at random.

    python3 -m venv .venv && .venv/bin/pip install torch safetensors numpy
    .venv/bin/python Scripts/apply_against_pytorch.py --detect .build/release/lstm-detect

Each case is an nn.LSTM with or without several layers, a second direction, a projection and biases,
run with or without lengths (0 among them), initial states and each of the three gradients. Outputs,
states and the gradient of everything are compared; the worst relative L2 error is printed. The exit
status is 1 where it is above --tolerance or a run fails.
"""

import argparse
import pathlib
import random
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import load_file, save_file
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


def run(lstm, x, lengths=None, h_0=None, c_0=None):
    """Outputs and final states of a batch; a sequence of length 0 keeps its state and gives zeros."""
    count = lstm.num_layers * (2 if lstm.bidirectional else 1)
    batch, steps = x.shape[:2]
    if h_0 is None:
        h_0 = x.new_zeros(count, batch, lstm.proj_size or lstm.hidden_size)
    if c_0 is None:
        c_0 = x.new_zeros(count, batch, lstm.hidden_size)
    if lengths is None:
        y, (h, c) = lstm(x, (h_0, c_0))
        return y, h, c
    rows = (lengths > 0).nonzero().flatten()
    width = (lstm.proj_size or lstm.hidden_size) * (2 if lstm.bidirectional else 1)
    y, h, c = x.new_zeros(batch, steps, width), h_0, c_0
    if len(rows) > 0:
        packed = pack_padded_sequence(x[rows], lengths[rows].long(), True, enforce_sorted=False)
        out, (hs, cs) = lstm(packed, (h_0[:, rows].contiguous(), c_0[:, rows].contiguous()))
        y = y.index_copy(0, rows, pad_packed_sequence(out, True, total_length=steps)[0])
        h, c = h_0.index_copy(1, rows, hs), c_0.index_copy(1, rows, cs)
    return y, h, c


def expected(lstm, prefix, request):
    """What `apply` should answer, in double precision."""
    lstm = lstm.double()
    leaves = {n: t.double().requires_grad_() for n, t in request.items()
              if n in ("input", "h_0", "c_0")}
    count = lstm.num_layers * (2 if lstm.bidirectional else 1)
    batch = request["input"].shape[0]
    # Gradients by states that are not given are asked for all the same.
    for name, width in (("h_0", lstm.proj_size or lstm.hidden_size), ("c_0", lstm.hidden_size)):
        leaves.setdefault(name, torch.zeros(count, batch, width).double().requires_grad_())
    y, h, c = run(lstm, leaves["input"], request.get("lengths"), leaves["h_0"], leaves["c_0"])
    answer = {"output": y, "h_n": h, "c_n": c}
    asked = [(t, request[f"grad_{n}"].double()) for n, t in answer.items()
             if f"grad_{n}" in request]
    if asked:
        sum((t * g).sum() for t, g in asked).backward()
        zero_or = lambda t: torch.zeros_like(t) if t.grad is None else t.grad
        answer |= {f"grad_{n}": zero_or(t) for n, t in leaves.items()}
        answer |= {f"grad.{prefix}{n}": zero_or(p) for n, p in lstm.named_parameters()}
    return {n: t.detach().contiguous().clone() for n, t in answer.items()}


def random_case(rng):
    """An nn.LSTM with float32 parameters, the prefix of its names, and a request."""
    hidden = rng.choice([1, 2, 3, 7, 16, 33, 64])
    projection = rng.randrange(1, hidden) if hidden > 1 and rng.random() < 0.4 else 0
    inputs = rng.choice([1, 2, 5, 8])
    lstm = torch.nn.LSTM(
        inputs, hidden, rng.choice([1, 1, 2, 3]), bias=rng.random() < 0.75, batch_first=True,
        bidirectional=rng.random() < 0.5, proj_size=projection)
    with torch.no_grad():
        for parameter in lstm.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.2)
    batch, steps = rng.choice([1, 2, 3, 8, 17]), rng.choice([1, 2, 5, 11, 30])
    directions = 2 if lstm.bidirectional else 1
    width, count = projection or hidden, lstm.num_layers * directions
    request = {"input": torch.randn(batch, steps, inputs)}
    if rng.random() < 0.6:
        kind = rng.choice([torch.int64, torch.int32])
        request["lengths"] = torch.randint(0, steps + 1, (batch,)).to(kind)
    optional = {
        "h_0": (count, batch, width), "c_0": (count, batch, hidden),
        "grad_output": (batch, steps, directions * width), "grad_h_n": (count, batch, width),
        "grad_c_n": (count, batch, hidden),
    }
    for name, shape in optional.items():
        if rng.random() < 0.6:
            request[name] = torch.randn(shape)
    return lstm, rng.choice(["", "lstm.", "model.encoder.rnn."]), request


def relative_error(actual, wanted):
    difference, size = (actual.double() - wanted).norm().item(), wanted.norm().item()
    return difference / size if size > 0 else difference


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--detect", required=True, help="the built lstm-detect")
    parser.add_argument("--cases", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tolerance", type=float, default=2e-5)
    parser.add_argument("options", nargs="*", help="after --, options of apply: -- --device reference")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    rng = random.Random(arguments.seed)
    torch.manual_seed(arguments.seed)
    worst, worst_name, failures = 0.0, "-", 0
    types = [torch.float32, torch.float32, torch.float64, torch.float16, torch.bfloat16]
    with tempfile.TemporaryDirectory() as folder:
        paths = {n: f"{folder}/{n}.safetensors" for n in ("weights", "input", "output")}
        for number in range(arguments.cases):
            lstm, prefix, request = random_case(rng)
            kind = rng.choice(types)
            lstm = lstm.to(kind).float()
            save_file({prefix + n: t.to(kind) for n, t in lstm.state_dict().items()},
                      paths["weights"])
            save_file(request, paths["input"])
            pathlib.Path(paths["output"]).unlink(missing_ok=True)
            name = f"case {number}: {lstm}, prefix '{prefix}', {kind}, " + ", ".join(
                f"{n} {list(t.shape)}" for n, t in request.items())
            done = subprocess.run(
                [arguments.detect, "apply", "--quiet"]
                + [part for n, path in paths.items() for part in (f"--{n}", path)]
                + arguments.options, capture_output=True, text=True)
            if done.returncode != 0:
                print(f"FAIL {name}\n  {done.stderr.strip()}")
                failures += 1
                continue
            answer, wanted = load_file(paths["output"]), expected(lstm, prefix, request)
            if set(answer) != set(wanted):
                print(f"FAIL {name}\n  the output has {sorted(answer)} instead of {sorted(wanted)}")
                failures += 1
                continue
            for tensor in wanted:
                same = answer[tensor].shape == wanted[tensor].shape
                error = relative_error(answer[tensor], wanted[tensor]) if same else float("inf")
                # Written so that a NaN is the worst.
                if not error <= worst:
                    worst, worst_name = error, f"{tensor} of {name}"
                if not error <= arguments.tolerance:
                    print(f"FAIL {name}\n  {tensor}: relative L2 error {error:.2e}")
                    failures += 1
    print(f"{arguments.cases} cases, worst relative L2 error {worst:.2e}, {worst_name}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
