"""Networks of the general LSTM against PyTorch's modules: heads, windows, losses and their weights."""

import itertools

import numpy as np
import torch
from cell import PLAIN
from network import outputs_per_element
from record_networks import Run, draw
from sequence import distance

TOLERANCE = 1e-10
LOSSES = ["mse", "mae", "huber", "quantile(0.1,0.5,0.9)", "gaussian"]


def outputs_of(description, parameters, x):
    """The outputs [B,S,O] for windows x [B,T,I], by torch.nn.LSTM for a stack of layers alike."""
    modules = torch.nn.ModuleDict()
    units, count = description["layers"][0]["hiddenSize"], len(description["layers"])
    lstm = lambda inputs: torch.nn.LSTM(inputs, units, count, batch_first=True, dtype=torch.float64)
    modules["lstm"] = lstm(description["inputSize"])
    if description["decoderSteps"]:
        modules["decoder"] = lstm(units)
    modules["head"] = torch.nn.Linear(units, description["outputSize"], dtype=torch.float64)
    call = lambda name, *inputs: torch.func.functional_call(
        modules[name],
        {n.split(".")[1]: t for n, t in parameters.items() if n.startswith(name + ".")}, inputs)
    y, state = call("lstm", x)
    if description["decoderSteps"]:
        y, _ = call("decoder", y[:, -1:].repeat(1, description["decoderSteps"], 1), state)
    elif description["head"] == "lastStep":
        y = y[:, -1:]
    return call("head", y)


def targets_of(description, series, windows):
    """The rows that each output is compared with, written out window by window."""
    horizon, steps = description["horizon"], description["steps"]
    every = []
    for _, row in windows.tolist():
        if description["head"] == "everyStep":
            every.append([series[r : r + horizon] for r in range(row - steps + 1, row + 1)])
        elif description["decoderSteps"]:
            every.append([series[row + n : row + n + 1] for n in range(horizon)])
        else:
            every.append([series[row : row + horizon]])
    return torch.stack([torch.stack(rows) for rows in every])


def loss_of(name, outputs, targets, weights):
    functions = torch.nn.functional
    plain = {"mse": functions.mse_loss, "mae": functions.l1_loss}
    if name in plain:
        return plain[name](outputs[..., 0], targets, weight=weights)
    if name == "huber":
        # Unlike those of the two above, its weighted mean would divide by the number of elements.
        each = functions.huber_loss(outputs[..., 0], targets, reduction="none")
    elif name == "gaussian":
        each = functions.gaussian_nll_loss(
            outputs[..., 0], targets, outputs[..., 1].exp(), reduction="none", eps=0)
    else:
        q = torch.tensor([0.1, 0.5, 0.9], dtype=torch.float32).double()
        e = targets[..., None] - outputs
        each = torch.maximum(q * e, (q - 1) * e).mean(-1)
    return each.mean() if weights is None else (each * weights).sum() / weights.sum()


def error(description, file):
    run = Run(description, file, torch.float64)
    parameters = {n: t.detach().clone().requires_grad_() for n, t in run.parameters.items()}
    double = lambda name: torch.from_numpy(file[name]).double()
    begins = file["windows"][:, 0].tolist()
    x = torch.stack([double("series.inputs")[b : b + description["steps"]] for b in begins])
    outputs = outputs_of(description, parameters, x)
    targets = targets_of(description, double("series.targets"), file["windows"])
    weights = None
    if "series.targetWeights" in file:
        weights = targets_of(description, double("series.targetWeights"), file["windows"])
    each = outputs.reshape(*targets.shape, outputs_per_element(description["loss"]))
    loss = loss_of(description["loss"], each, targets, weights)
    grads = torch.autograd.grad(loss, list(parameters.values()))
    expected = {"outputs": outputs, "loss": loss.reshape(1)}
    expected |= {"grad." + name: grad for name, grad in zip(parameters, grads)}
    found = run.gradients()
    return distance({n: t.detach().numpy() for n, t in expected.items()}, found)


def checks():
    chance = np.random.default_rng(51)
    worst = {}
    for head, loss, weights in itertools.product(
        ["lastStep", "everyStep", "encoder-decoder"], LOSSES, ["none", "given"]
    ):
        decodes = head == "encoder-decoder"
        description = {
            "inputSize": 4, "outputSize": (2 if decodes else 6) * outputs_per_element(loss),
            "layers": [PLAIN | {"hiddenSize": 5}] * 2, "head": head,
            "decoderSteps": 3 if decodes else None, "loss": loss, "steps": 6, "batch": 4,
            "horizon": 3, "targetSize": 2, "seed": 1, "mode": "training",
        }  # fmt: skip
        file = draw({"weights": weights, "rowMask": False}, description, chance)
        worst[head] = max(worst.get(head, 0), error(description, file))
    for head, value in worst.items():
        yield f"torch's modules and losses: {head}", value, TOLERANCE
