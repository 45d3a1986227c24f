"""Records what PyTorch makes of every loss, with and without weights, in double precision.

    .venv/bin/python Tests/LSTMComputeTests/Fixtures/record_losses.py

writes losses.safetensors beside this script; record_parity.py says what is needed to run it. It holds
a series with weights, of which a third are 0 where the targets are NaN, and the initial parameters of
a network for each number of outputs per target (all float32 numbers)

    series.inputs [rows, I], series.targets [rows, K], series.complete [rows, K], series.weights [rows, K]
    P.parameter.NAME      named as record_parity.py does it; P = 1, 2, 3

where `complete` has numbers in place of the NaN, and for each loss, unweighted over `complete` and
weighted over `targets`:

    LOSS.KIND.loss [2]          of the first batch and of the second, smaller one
    LOSS.KIND.output [B, O]     of the first batch
    LOSS.KIND.gradient.NAME     of the loss of the first batch
    LOSS.KIND.trained.NAME      parameters after 6 steps of Adam at rate 0.01, each over the next batch

A window has horizon * K targets, and O = horizon * K * P outputs in this order. The metadata
`float32` holds the relative L2 error over all gradients of the same in PyTorch's own float32.
"""

import json
import pathlib

import torch
from record_parity import Network
from safetensors.torch import save_file

FOLDER = pathlib.Path(__file__).parent
STEPS, HORIZON, BATCH, WINDOWS, TRAINING_STEPS = 7, 2, 5, 33, 6
INPUTS, WIDTHS, COLUMNS = 3, [6, 5], 2
# As float32 numbers, which is what a float32 implementation is given.
QUANTILES = torch.tensor([0.1, 0.5, 0.9], dtype=torch.float32)


def pinball(output, target):
    error = target.unsqueeze(-1) - output
    quantiles = QUANTILES.to(output.dtype)
    return torch.maximum(quantiles * error, (quantiles - 1) * error).mean(-1)


def gaussian(output, target):
    mean, log_variance = output.unbind(-1)
    loss = torch.nn.GaussianNLLLoss(full=False, eps=1e-300, reduction="none")
    return loss(mean, target, log_variance.exp())


def plain(kind):
    return lambda output, target: kind(reduction="none")(output.squeeze(-1), target)


# Outputs per target, and the loss of each target.
LOSSES = {
    "mse": (1, plain(torch.nn.MSELoss)),
    "mae": (1, plain(torch.nn.L1Loss)),
    "huber": (1, plain(torch.nn.HuberLoss)),
    "quantile(0.1,0.5,0.9)": (3, pinball),
    "gaussian": (2, gaussian),
}


def batch_of(number, series, targets, weights, dtype):
    windows = range(number * BATCH, min((number + 1) * BATCH, WINDOWS))
    rows = [slice(w + STEPS, w + STEPS + HORIZON) for w in windows]
    x = torch.stack([series[w : w + STEPS] for w in windows]).to(dtype)
    y = torch.stack([targets[r] for r in rows]).to(dtype)
    return x, y, torch.stack([weights[r] for r in rows]).to(dtype)


def mean(loss, per_target, output, y, w):
    """sum(w l) / sum(w), without a look at what has no weight."""
    output = output.reshape(*y.shape, per_target)
    there = w > 0
    values = loss(output[there], y[there])
    return (w[there] * values).sum() / w.sum()


def record(name, initial, series, targets, weights, dtype):
    per_target, loss = LOSSES[name]
    network = Network(INPUTS, WIDTHS, COLUMNS * HORIZON * per_target).to(dtype)
    with torch.no_grad():
        for parameter_name, parameter in network.named():
            parameter.copy_(initial[parameter_name])
    last = (WINDOWS - 1) // BATCH
    found = {}
    values = []
    for number in (last, 0):
        network.zero_grad()
        x, y, w = batch_of(number, series, targets, weights, dtype)
        output = network(x)[0]
        value = mean(loss, per_target, output, y, w)
        value.backward()
        values.append(value.detach())
    found["loss"] = torch.stack(values[::-1])
    found["output"] = output.detach().clone()
    found |= {"gradient." + n: p.grad.clone() for n, p in network.named()}
    adam = torch.optim.Adam(network.parameters(), lr=0.01)
    for step in range(TRAINING_STEPS):
        x, y, w = batch_of(step, series, targets, weights, dtype)
        adam.zero_grad()
        mean(loss, per_target, network(x)[0], y, w).backward()
        adam.step()
    found |= {"trained." + n: p.detach().clone() for n, p in network.named()}
    return found


def main():
    torch.set_num_threads(1)
    torch.manual_seed(11)
    rows = WINDOWS + STEPS + HORIZON - 1
    series = torch.randn(rows, INPUTS)
    complete = 2 * torch.randn(rows, COLUMNS)
    weights = torch.rand(rows, COLUMNS) * 3
    missing = torch.rand(rows, COLUMNS) < 1 / 3
    weights[missing] = 0
    targets = complete.clone()
    targets[missing] = float("nan")
    file = {
        "series.inputs": series, "series.targets": targets, "series.complete": complete,
        "series.weights": weights,
    }
    initial = {}
    for per_target in (1, 2, 3):
        network = Network(INPUTS, WIDTHS, COLUMNS * HORIZON * per_target)
        initial[per_target] = {n: p.detach().clone() for n, p in network.named()}
        file |= {f"{per_target}.parameter.{n}": t for n, t in initial[per_target].items()}
    errors = {}
    for name, (per_target, _) in LOSSES.items():
        for kind, y, w in (
            ("plain", complete, torch.ones_like(weights)), ("weighted", targets, weights)):
            exact = record(name, initial[per_target], series, y, w, torch.float64)
            rounded = record(name, initial[per_target], series, y, w, torch.float32)
            flat = lambda found: torch.cat(
                [t.double().flatten() for n, t in found.items() if n.startswith("gradient")])
            errors[f"{name}.{kind}"] = (
                (flat(rounded) - flat(exact)).norm() / flat(exact).norm()).item()
            file |= {f"{name}.{kind}.{n}": t for n, t in exact.items()}
            print(name, kind, exact["loss"].tolist(), "float32 off by", errors[f"{name}.{kind}"])
    metadata = {"float32": json.dumps(errors), "torch": torch.__version__}
    save_file({n: t.contiguous() for n, t in file.items()}, FOLDER / "losses.safetensors", metadata)


if __name__ == "__main__":
    main()
