"""Records what a general LSTM computes from whole sequences, with all gradients, in double precision.

README.md beside this script says how to run it and what the file holds.
"""

import json
import math
import pathlib

import numpy as np
import torch
from cases import sequence_cases
from cell import PLAIN, directions, output_width, parameter_shapes, real, run_stack, state_width
from philox import Masks
from safetensors.numpy import save_file

FILE = pathlib.Path(__file__).parent.parent / "golden-sequences.safetensors"
# The share of values beyond a bound, and how far from it, relative to it, every value stays: further
# than float32 errs, so that all precisions agree on which side it is.
CLIPPED = 0.04, 0.6
CLEARANCE = 1e-5
BOUNDS = "gateClip", "cellClip", "projectionClip"
# The options that can be left out without another set of parameters, and the least that each is to
# move some tensor, relative to its greatest value.
OPTIONS = (
    "couplesGates", *BOUNDS, "dropout", "recurrentDropout", "zoneoutHidden", "zoneoutCell")  # fmt: skip
VISIBLE = 1e-4
# How far float32 may be off, measured alike. Layer normalization of almost equal numbers is further
# off, and such a case would say nothing about a float32 engine.
FLOAT32_ERROR = 1e-4


def layers_of(case, chance):
    """The layers, one of them of the case's width and the others of widths of their own."""
    widths = [case["hidden"]]
    others = [w for w in [2, 3, 4, 5, 6, 9] if w != case["hidden"]]
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
            layer["projectionSize"] = int(chance.integers(1, min(width, 12)))
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


def mask_of(case, lengths, chance):
    """Random holes, among them the first and the last step of a row and, of several rows, all of one."""
    steps, batch = case["steps"], case["batch"]
    mask = (chance.random((steps, batch)) < 0.7).astype(np.float32)
    mask[0, chance.integers(batch)] = 0
    mask[-1, chance.integers(batch)] = 0
    if batch > 2:
        mask[:, chance.integers(batch)] = 0
    return mask


def parameters_of(layers, input_size, chance):
    """Weights large enough that gates leave their linear part."""
    parameters = {}
    for name, shape in parameter_shapes("lstm", layers, input_size).items():
        kind = name.split(".")[1]
        scale = 1.5 / math.sqrt(shape[-1]) if kind.startswith("weight") else 0.4
        center = 1.0 if kind.startswith(("norm_ih", "norm_hh", "norm_cell_weight")) else 0.0
        parameters[name] = (center + scale * chance.standard_normal(shape)).astype(np.float32)
    return parameters


def draw(case, description, chance):
    """Every number that goes into a case, all of them float32."""
    layers, steps, batch = description["layers"], case["steps"], case["batch"]
    normal = lambda *shape: chance.standard_normal(shape).astype(np.float32)
    file = {"input": normal(steps, batch, case["inputs"])}
    if case["mask"]:
        file["mask"] = mask_of(case, description["lengths"], chance)
    states = [layer for layer in layers for _ in directions(layer)]
    for k, layer in enumerate(states):
        if case["initialStates"]:
            file[f"h_0.{k}"] = normal(batch, state_width(layer)) / 2
            file[f"c_0.{k}"] = normal(batch, layer["hiddenSize"])
        if "h_n" in description["gradients"]:
            file[f"grad_h_n.{k}"] = normal(batch, state_width(layer))
        if "c_n" in description["gradients"]:
            file[f"grad_c_n.{k}"] = normal(batch, layer["hiddenSize"])
    if "output" in description["gradients"]:
        file["grad_output"] = normal(steps, batch, output_width(layers[-1]))
    parameters = parameters_of(layers, case["inputs"], chance)
    return file | {"parameter." + name: value for name, value in parameters.items()}


def evaluate(description, file, dtype=torch.float64, backward=True, observe=None):
    """The expected tensors of a case by name."""
    layers, steps, batch = (description[n] for n in ("layers", "steps", "batch"))
    leaf = lambda values: torch.tensor(values, dtype=dtype, requires_grad=backward)
    x = leaf(file["input"])
    states = [layer for layer in layers for _ in directions(layer)]
    zeros = lambda width: np.zeros((batch, width), np.float32)
    h_0 = [leaf(file.get(f"h_0.{k}", zeros(state_width(s)))) for k, s in enumerate(states)]
    c_0 = [leaf(file.get(f"c_0.{k}", zeros(s["hiddenSize"]))) for k, s in enumerate(states)]
    names = parameter_shapes("lstm", layers, description["inputSize"])
    parameters = {name: leaf(file["parameter." + name]) for name in names}

    lengths = description["lengths"] or [steps] * batch
    beyond = torch.arange(steps).unsqueeze(1) >= torch.tensor(lengths)
    present = ~beyond & (torch.from_numpy(file["mask"]) > 0 if description["mask"] else True)
    masks = None
    if description["mode"] == "training":
        masks = Masks(description["seed"], description["batchNumber"])
    output, cells, h_n, c_n = run_stack(
        "lstm", layers, parameters, x, present, beyond, h_0, c_0, masks, observe=observe)

    found = {"output": output}
    for k in range(len(states)):
        found |= {f"cell_sequence.{k}": cells[k], f"h_n.{k}": h_n[k], f"c_n.{k}": c_n[k]}
    if backward:
        pairs = [(name, t) for name, t in found.items() if "grad_" + name in file]
        gradients = [torch.from_numpy(file["grad_" + name]).to(dtype) for name, _ in pairs]
        leaves = {"grad_input": x}
        for k in range(len(states)):
            leaves |= {f"grad_h_0.{k}": h_0[k], f"grad_c_0.{k}": c_0[k]}
        leaves |= {"grad." + name: tensor for name, tensor in parameters.items()}
        grads = torch.autograd.grad(
            [t for _, t in pairs], list(leaves.values()), gradients, materialize_grads=True)
        found |= dict(zip(leaves, grads))
    return {name: tensor.detach().numpy() for name, tensor in found.items()}


def choose_bounds(case, description, file, chance):
    """Sets the bounds to numbers that a good share of the values lie beyond and none lies close to."""
    wanted = [n for n in BOUNDS if case[n]]
    for _ in range(40):
        for layer in description["layers"]:
            layer |= {name: 1e30 for name in wanted}
        # One after the other, since each bound changes the values that the next one sees.
        for name in wanted:
            seen = observed(description, file)
            bound = float(np.quantile(np.abs(seen[name]), chance.uniform(0.6, 0.88)))
            for layer in description["layers"]:
                layer[name] = float(f"{bound:.3g}")
        seen = observed(description, file)
        if all(is_clear(np.abs(seen[n]), real(description["layers"][0][n])) for n in wanted):
            return True
    return False


def observed(description, file):
    seen = {name: [] for name in BOUNDS}
    evaluate(
        description, file, backward=False,
        observe=lambda name, values: seen[name].append(values.numpy().flatten()),
    )  # fmt: skip
    return {name: np.concatenate(values) for name, values in seen.items() if values}


def is_clear(values, bound):
    share = (values > bound).mean()
    return (
        bound > 0 and CLIPPED[0] < share < CLIPPED[1]
        and np.abs(values - bound).min() > CLEARANCE * max(1, bound))  # fmt: skip


def distance(a, b):
    """The greatest difference of two sets of tensors, of each relative to its greatest value."""
    return max(
        np.abs(a[n] - b[n]).max() / max(np.abs(a[n]).max(), 1e-3) if a[n].size else 0 for n in a.keys()
    )


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
    gradients = ["output", "h_n", "c_n"] if case["gradients"] == "all" else [case["gradients"]]
    for attempt in range(60):
        chance = np.random.default_rng([1, number, attempt])
        description = {
            "inputSize": case["inputs"], "layers": layers_of(case, chance),
            "steps": case["steps"], "batch": case["batch"], "mode": case["mode"],
            "seed": int(chance.integers(2**52)), "batchNumber": int(chance.integers(2**32)),
            "lengths": lengths_of(case, chance), "mask": case["mask"],
            "initialStates": case["initialStates"], "gradients": gradients,
        }  # fmt: skip
        file = draw(case, description, chance)
        if not choose_bounds(case, description, file, chance):
            reason = "no clear bounds"
            continue
        expected = evaluate(description, file)
        reason = list(idle_options(description, file, expected))
        if not reason:
            error = distance(expected, evaluate(description, file, torch.float32))
            if error < FLOAT32_ERROR:
                return description | {"float32": error}, file | expected
            reason = f"float32 errs by {error}"
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
    worst = sorted((d["float32"], n) for n, d in enumerate(descriptions))[-5:]
    print("torch's float32 errs most in", ", ".join(f"{n} ({e:.1e})" for e, n in reversed(worst)))


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
