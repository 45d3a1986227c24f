"""A sequence case: what it says of itself, the numbers that go in, and what comes out.

A description is what the file says of a case in JSON, the tensors are named as README.md says.
"""

import math

import numpy as np
import torch
from cell import PLAIN, directions, output_width, parameter_shapes, run_stack, state_width
from philox import Masks

EVERYTHING = ["output", "h_n", "c_n"]


def describe(input_size, layers, steps, batch, **others):
    """A description in which everything that is not given is plain."""
    return {
        "inputSize": input_size, "layers": [PLAIN | layer for layer in layers],
        "steps": steps, "batch": batch, "mode": "training", "seed": 0, "batchNumber": 0,
        "lengths": None, "mask": False, "initialStates": False, "gradients": EVERYTHING,
    } | others  # fmt: skip


def parameters_of(layers, input_size, chance):
    """Weights large enough that gates leave their linear part."""
    parameters = {}
    for name, shape in parameter_shapes("lstm", layers, input_size).items():
        kind = name.split(".")[1]
        scale = 1.5 / math.sqrt(shape[-1]) if kind.startswith("weight") else 0.4
        center = 1.0 if kind.startswith(("norm_ih", "norm_hh", "norm_cell_weight")) else 0.0
        parameters[name] = (center + scale * chance.standard_normal(shape)).astype(np.float32)
    return parameters


def draw(description, chance):
    """Every number that goes into a case, all of them float32."""
    layers, steps, batch = (description[n] for n in ("layers", "steps", "batch"))
    normal = lambda *shape: chance.standard_normal(shape).astype(np.float32)
    file = {"input": normal(steps, batch, description["inputSize"])}
    if description["mask"]:
        file["mask"] = mask_of(steps, batch, chance)
    states = [layer for layer in layers for _ in directions(layer)]
    for k, layer in enumerate(states):
        if description["initialStates"]:
            file[f"h_0.{k}"] = normal(batch, state_width(layer)) / 2
            file[f"c_0.{k}"] = normal(batch, layer["hiddenSize"])
        if "h_n" in description["gradients"]:
            file[f"grad_h_n.{k}"] = normal(batch, state_width(layer))
        if "c_n" in description["gradients"]:
            file[f"grad_c_n.{k}"] = normal(batch, layer["hiddenSize"])
    if "output" in description["gradients"]:
        file["grad_output"] = normal(steps, batch, output_width(layers[-1]))
    parameters = parameters_of(layers, description["inputSize"], chance)
    return file | {"parameter." + name: value for name, value in parameters.items()}


def mask_of(steps, batch, chance):
    """Random holes, among them the first and the last step of a row and, of several rows, all of one."""
    mask = (chance.random((steps, batch)) < 0.7).astype(np.float32)
    mask[0, chance.integers(batch)] = 0
    mask[-1, chance.integers(batch)] = 0
    if batch > 2:
        mask[:, chance.integers(batch)] = 0
    return mask


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


def distance(a, b):
    """The greatest difference of two sets of tensors, of each relative to its greatest value."""
    return max(
        np.abs(a[n] - b[n]).max() / max(np.abs(a[n]).max(), 1e-3) if a[n].size else 0 for n in a.keys()
    )


def norm(tensor):
    return float(np.sqrt((np.asarray(tensor, np.float64) ** 2).sum()))


def is_well_conditioned(expected, single):
    """Whether float32 errs as little as it usually does, so that a case tells right from wrong.

    Measured as the tests measure: the relative L2 error of each tensor; for gradients relative to at
    least a thousandth of the largest one of the case.
    """
    gradients = [name for name in expected if name.startswith("grad")]
    floor = max((norm(expected[name]) for name in gradients), default=0) / 1000
    for name, tensor in expected.items():
        least, most = (floor, 4e-6) if name in gradients else (0, 1e-6)
        if name == "losses" or name.startswith("after"):
            most = 6e-6
        scale = max(norm(tensor), least)
        if not norm(tensor - single[name]) <= most * (scale or 1):
            return False
    return True
