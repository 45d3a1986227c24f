"""Records what PyTorch's optimizers and schedules do, in double precision.

    .venv/bin/python Tests/LSTMComputeTests/Fixtures/record_optimizers.py

writes optimizers.safetensors and schedules.safetensors beside this script; record_parity.py says what
is needed to run it. The first holds a series, a network's initial parameters (both float32 numbers,
named as record_parity.py does it) and

    SETTING.NAME        the parameters after 12 steps with a setting, each over the next 4 windows

for the settings below, whose options are the metadata `settings`, a JSON list. The metadata `float32`
holds the relative L2 error over all parameters of the same training in PyTorch's own float32. The
second file holds the learning rate of each epoch for some schedules.
"""

import json
import pathlib

import torch
from record_parity import Network
from safetensors.torch import save_file

FOLDER = pathlib.Path(__file__).parent
STEPS, BATCH, TRAINING_STEPS = 7, 4, 12
INPUTS, WIDTHS, OUTPUTS = 3, [6, 5], 2

# PyTorch's class, its options, and the bounds of the gradient: by norm, then by value.
SETTINGS = {
    "sgd": ("SGD", dict(lr=0.1)),
    "sgd-decay": ("SGD", dict(lr=0.1, weight_decay=0.05)),
    "sgd-momentum": ("SGD", dict(lr=0.05, momentum=0.9)),
    "sgd-momentum-decay": ("SGD", dict(lr=0.05, momentum=0.9, weight_decay=0.05)),
    "nesterov": ("SGD", dict(lr=0.05, momentum=0.9, nesterov=True)),
    "nesterov-decay-norm-value": (
        "SGD",
        dict(lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.05),
        dict(norm=0.3, value=0.05),
    ),
    "rmsprop": ("RMSprop", dict(lr=0.01)),
    "rmsprop-momentum": ("RMSprop", dict(lr=0.005, alpha=0.9, eps=1e-6, momentum=0.8)),
    "rmsprop-decay-value": ("RMSprop", dict(lr=0.01, weight_decay=0.05), dict(value=0.02)),
    "rmsprop-momentum-decay-norm": (
        "RMSprop",
        dict(lr=0.005, alpha=0.9, momentum=0.8, weight_decay=0.05),
        dict(norm=0.1),
    ),
    "adam": ("Adam", dict(lr=0.01)),
    "adam-betas": ("Adam", dict(lr=0.01, betas=(0.8, 0.95), eps=1e-4)),
    "adam-decay": ("Adam", dict(lr=0.01, weight_decay=0.05)),
    "adam-value": ("Adam", dict(lr=0.01), dict(value=0.02)),
    "adam-norm": ("Adam", dict(lr=0.01), dict(norm=0.1)),
    "adam-decay-norm-value": (
        "Adam", dict(lr=0.01, weight_decay=0.05), dict(norm=0.3, value=0.05)),
    "adamw": ("AdamW", dict(lr=0.01)),
    "adamw-decay": ("AdamW", dict(lr=0.01, weight_decay=0.3)),
    "adamw-decay-norm-value": (
        "AdamW", dict(lr=0.01, weight_decay=0.3), dict(norm=0.3, value=0.05)),
}


def train(initial, series, targets, dtype, kind, options, bounds):
    """The parameters after some steps, by name."""
    network = Network(INPUTS, WIDTHS, OUTPUTS).to(dtype)
    with torch.no_grad():
        for name, parameter in network.named():
            parameter.copy_(initial[name])
    optimizer = getattr(torch.optim, kind)(network.parameters(), **options)
    for step in range(TRAINING_STEPS):
        windows = range(step * BATCH, (step + 1) * BATCH)
        x = torch.stack([series[w : w + STEPS] for w in windows]).to(dtype)
        y = torch.stack([targets[w + STEPS] for w in windows]).to(dtype)
        optimizer.zero_grad()
        torch.nn.MSELoss()(network(x)[0], y).backward()
        if "norm" in bounds:
            torch.nn.utils.clip_grad_norm_(network.parameters(), bounds["norm"])
        if "value" in bounds:
            torch.nn.utils.clip_grad_value_(network.parameters(), bounds["value"])
        optimizer.step()
    return {name: parameter.detach().clone() for name, parameter in network.named()}


def record_optimizers():
    torch.manual_seed(7)
    initial = {
        name: parameter.detach().clone() for name, parameter in Network(INPUTS, WIDTHS, OUTPUTS).named()
    }
    rows = TRAINING_STEPS * BATCH + STEPS
    series = torch.randn(rows, INPUTS)
    targets = torch.randn(rows, OUTPUTS)
    file = {"series.inputs": series, "series.targets": targets}
    file |= {"parameter." + name: tensor for name, tensor in initial.items()}
    settings, errors = [], {}
    for setting, (kind, options, *rest) in SETTINGS.items():
        bounds = rest[0] if rest else {}
        exact = train(initial, series, targets, torch.float64, kind, options, bounds)
        rounded = train(initial, series, targets, torch.float32, kind, options, bounds)
        flat = lambda tensors: torch.cat([t.double().flatten() for t in tensors.values()])
        errors[setting] = ((flat(rounded) - flat(exact)).norm() / flat(exact).norm()).item()
        file |= {f"{setting}.{name}": tensor for name, tensor in exact.items()}
        settings.append(dict(name=setting, kind=kind, **options, **bounds))
        print(setting, "float32 off by", errors[setting])
    metadata = {
        "settings": json.dumps(settings), "float32": json.dumps(errors), "torch": torch.__version__}
    save_file({n: t.contiguous() for n, t in file.items()}, FOLDER / "optimizers.safetensors", metadata)


def rates(make, epochs, losses=None):
    """The learning rate of each epoch; 0.1 without a schedule."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))], lr=0.1)
    schedule = make(optimizer)
    found = []
    for epoch in range(epochs):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step(*([losses[epoch]] if losses else []))
    return torch.tensor(found, dtype=torch.float64)


def record_schedules():
    lr = torch.optim.lr_scheduler

    def warm(optimizer, epochs, warm_up):
        return lr.SequentialLR(
            optimizer,
            [
                lr.LinearLR(optimizer, 1 / (warm_up + 1), 1, warm_up),
                lr.CosineAnnealingLR(optimizer, epochs - warm_up),
            ],
            [warm_up],
        )

    # Falls, stays, falls by less than the threshold, rises.
    losses = [1, 0.8, 0.8, 0.79999, 0.9, 0.7, 0.71, 0.72, 0.73, 0.74, 0.6, 0.7, 0.7, 0.7, 0.7, 0.7]
    plateau = lambda patience, factor: lambda o: lr.ReduceLROnPlateau(
        o, factor=factor, patience=patience, eps=0)
    file = {
        "step.3.0.5": rates(lambda o: lr.StepLR(o, 3, 0.5), 20),
        "step.1.0.9": rates(lambda o: lr.StepLR(o, 1, 0.9), 20),
        "cosine.0": rates(lambda o: lr.CosineAnnealingLR(o, 20), 20),
        "cosine.5": rates(lambda o: warm(o, 20, 5), 20),
        "cosine.1": rates(lambda o: warm(o, 20, 1), 20),
        "losses": torch.tensor(losses, dtype=torch.float64),
        "plateau.1.0.5": rates(plateau(1, 0.5), len(losses), losses),
        "plateau.0.0.1": rates(plateau(0, 0.1), len(losses), losses),
        "plateau.3.0.3": rates(plateau(3, 0.3), len(losses), losses),
    }
    save_file(file, FOLDER / "schedules.safetensors", {"torch": torch.__version__})


if __name__ == "__main__":
    torch.set_num_threads(1)
    record_optimizers()
    record_schedules()
