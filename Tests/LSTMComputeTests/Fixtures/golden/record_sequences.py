"""Records what a general LSTM computes from whole sequences, with all gradients, in double precision.

README.md beside this script says how to run it and what the file holds.
"""

import json
import pathlib

import numpy as np
import torch
from bounds import BOUNDS, choose_bounds
from cases import sequence_cases
from cell import PLAIN
from safetensors.numpy import save_file
from sequence import EVERYTHING, describe, distance, draw, evaluate, is_well_conditioned
from verify import require_verified

FILE = pathlib.Path(__file__).parent.parent / "golden-sequences.safetensors"
# The options that can be left out without another set of parameters, and the least that each is to
# move some tensor, relative to its greatest value.
OPTIONS = (
    "couplesGates", *BOUNDS, "dropout", "recurrentDropout", "zoneoutHidden", "zoneoutCell")  # fmt: skip
VISIBLE = 1e-4


def layers_of(case, chance):
    """The layers, one of them of the case's width and the others of widths of their own."""
    widths = [case["hidden"]]
    # Of few units that are normalized hardly anything is left.
    others = [5, 6, 9, 12] if case["gates"] == "normalized" else [2, 3, 4, 5, 6, 9]
    others = [w for w in others if w != case["hidden"]]
    widths += [int(w) for w in chance.choice(others, case["layers"] - 1, replace=False)]
    widths = [widths[i] for i in chance.permutation(len(widths))]
    layers = []
    for number, width in enumerate(widths):
        layer = PLAIN | {
            "hiddenSize": width, "direction": case["direction"], "bias": case["bias"],
            "hasPeepholes": case["peepholes"], "couplesGates": case["gates"] == "coupled",
            "normalizesGates": case["gates"] == "normalized",
        }  # fmt: skip
        layer |= {n: case[n] for n in ("recurrentDropout", "zoneoutHidden", "zoneoutCell")}
        if number < len(widths) - 1:
            layer["dropout"] = case["dropout"]
        if case["projection"]:
            least = 3 if case["gates"] == "normalized" else 1
            layer["projectionSize"] = int(chance.integers(least, min(width, 12)))
        layers.append(layer)
    return layers


def lengths_of(case, chance):
    steps, batch = case["steps"], case["batch"]
    if case["lengths"] == "none":
        return None
    lengths = chance.integers(1, steps + 1, batch)
    # At least one row ends early, and where there is another, it is full.
    order = chance.permutation(batch)
    lengths[order[-1]] = steps
    lengths[order[0]] = 0 if "0" in case["lengths"] else chance.integers(1, steps)
    return lengths.tolist()


def idle_options(description, file, expected):
    """The options of a case without which it would be the same; in inference, dropouts should be."""
    silent = ["dropout", "recurrentDropout"] if description["mode"] == "inference" else []
    for name in OPTIONS:
        layers = [layer | {name: PLAIN[name]} for layer in description["layers"]]
        if layers != description["layers"]:
            moved = distance(expected, evaluate(description | {"layers": layers}, file))
            if (moved < VISIBLE) != (name in silent):
                yield name
    for name in "lengths", "mask":
        if description[name]:
            moved = distance(expected, evaluate(description | {name: None}, file))
            if moved < VISIBLE:
                yield name


def record(number, case):
    gradients = EVERYTHING if case["gradients"] == "all" else [case["gradients"]]
    for attempt in range(200):
        chance = np.random.default_rng([1, number, attempt])
        description = describe(
            case["inputs"], layers_of(case, chance), case["steps"], case["batch"],
            mode=case["mode"], seed=int(chance.integers(2**52)),
            batchNumber=int(chance.integers(2**32)), lengths=lengths_of(case, chance),
            mask=case["mask"], initialStates=case["initialStates"], gradients=gradients,
        )  # fmt: skip
        file = draw(description, chance)
        if not choose_bounds(case, description, file, chance):
            reason = "no clear bounds"
            continue
        expected = evaluate(description, file)
        reason = list(idle_options(description, file, expected))
        if not reason:
            if is_well_conditioned(expected, evaluate(description, file, torch.float32)):
                return description, file | expected
            reason = "float32 errs too far"
    raise ValueError(f"case {number} {case}: {reason}")


def main():
    descriptions, file = [], {}
    for number, case in enumerate(sequence_cases()):
        description, tensors = record(number, case)
        descriptions.append(description)
        prefix = f"{number:03}/"
        file |= {prefix + name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
    # One key only: safetensors writes several in an order of its own that differs from run to run.
    save_file(file, FILE, {"cases": json.dumps(descriptions)})
    print(f"{FILE.name}: {len(descriptions)} cases, {FILE.stat().st_size} bytes")


if __name__ == "__main__":
    torch.set_num_threads(1)
    require_verified()
    main()
