"""Records what PyTorch computes, in double precision, as the truth that every backend is held against.

    python3 -m venv .venv && .venv/bin/pip install torch safetensors numpy
    .venv/bin/python Tests/LSTMComputeTests/Fixtures/record_parity.py

writes parity-NN.safetensors beside this script. Inputs, targets and initial parameters are float32
numbers, so that float32 and double implementations start from exactly the same values; what was
computed from them is float64. Each file holds:

    series.inputs [rows, I], series.targets [rows, K]   the series; window w starts at row w
    parameter.NAME      initial parameters, with the names of a state_dict
    output [B, O], h_n.l [B, H_l], c_n.l [B, H_l]       of the first batch
    gradient.NAME       of the mean loss of the first batch
    losses [20]         of 20 steps of Adam at rate 0.01, each over the next batch of windows

and its shape and loss as metadata. The cases are the shapes of a pairwise-covering selection
(every pair of values of any two properties occurs), and one of unequal widths.
"""

import itertools
import json
import pathlib
import random

import torch
from safetensors.torch import save_file

PROPERTIES = {
    "layers": [1, 2, 3],
    "steps": [1, 2, 37],
    "batch": [1, 3, 32],
    "inputs": [1, 5],
    "hidden": [1, 7, 32, 65],
    "outputs": [1, 3],
    "loss": ["mse", "mae", "huber"],
}
LOSSES = {"mse": torch.nn.MSELoss, "mae": torch.nn.L1Loss, "huber": torch.nn.HuberLoss}
ADAM_STEPS = 20
BATCHES = 20


def covering_cases():
    """Greedily picks cases until every pair of values of two properties is covered."""
    names = list(PROPERTIES)
    pairs = lambda case: {
        (a, case[a], b, case[b]) for a, b in itertools.combinations(names, 2)
    }
    everything = [dict(zip(names, values)) for values in itertools.product(*PROPERTIES.values())]
    random.Random(1).shuffle(everything)
    missing = set().union(*(pairs(case) for case in everything))
    cases = []
    while missing:
        # Of equally useful cases the smallest, to keep the files small.
        best = max(everything, key=lambda c: (len(pairs(c) & missing), -c["hidden"] * c["layers"]))
        cases.append(best)
        missing -= pairs(best)
    return cases


class Network(torch.nn.Module):
    """Stacked LSTM layers of any widths and a dense head on the last step."""

    def __init__(self, inputs, widths, outputs):
        super().__init__()
        self.equal = len(set(widths)) == 1
        if self.equal:
            self.lstm = torch.nn.LSTM(inputs, widths[0], len(widths), batch_first=True)
        else:
            sizes = [inputs] + widths
            self.stack = torch.nn.ModuleList(
                torch.nn.LSTM(i, h, batch_first=True) for i, h in zip(sizes, widths)
            )
        self.head = torch.nn.Linear(widths[-1], outputs)

    def forward(self, x):
        if self.equal:
            y, (h, c) = self.lstm(x)
            return self.head(y[:, -1]), list(h), list(c)
        hs, cs = [], []
        for layer in self.stack:
            x, (h, c) = layer(x)
            hs.append(h[0])
            cs.append(c[0])
        return self.head(x[:, -1]), hs, cs

    def named(self):
        """The parameters with the names that a single nn.LSTM would give them."""
        for name, parameter in self.named_parameters():
            if name.startswith("stack."):
                _, layer, rest = name.split(".")
                name = "lstm." + rest.replace("_l0", f"_l{layer}")
            yield name, parameter


def record(index, case):
    torch.manual_seed(1000 + index)
    widths = case.get("widths") or [case["hidden"]] * case["layers"]
    network = Network(case["inputs"], widths, case["outputs"]).double()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(parameter.float())

    steps, batch, outputs = case["steps"], case["batch"], case["outputs"]
    # Three outputs are one target over three steps in every other case, else three targets.
    horizon = outputs if index % 2 else 1
    columns = outputs // horizon
    windows = BATCHES * batch
    rows = windows + steps + horizon - 1
    series = torch.randn(rows, case["inputs"], dtype=torch.float32)
    targets = torch.randn(rows, columns, dtype=torch.float32)

    def batch_of(number):
        first = number % BATCHES * batch
        x = torch.stack([series[w : w + steps] for w in range(first, first + batch)])
        y = torch.stack(
            [targets[w + steps : w + steps + horizon].flatten() for w in range(first, first + batch)]
        )
        return x.double(), y.double()

    file = {"series.inputs": series, "series.targets": targets}
    file |= {"parameter." + n: p.detach().float().clone() for n, p in network.named()}

    loss = LOSSES[case["loss"]]()
    x, y = batch_of(0)
    out, hs, cs = network(x)
    loss(out, y).backward()
    file["output"] = out.detach().clone()
    for layer, (h, c) in enumerate(zip(hs, cs)):
        file[f"h_n.{layer}"] = h.detach().clone()
        file[f"c_n.{layer}"] = c.detach().clone()
    file |= {"gradient." + n: p.grad.clone() for n, p in network.named()}

    adam = torch.optim.Adam(network.parameters(), lr=0.01)
    losses = []
    for step in range(ADAM_STEPS):
        x, y = batch_of(step)
        adam.zero_grad()
        value = loss(network(x)[0], y)
        value.backward()
        adam.step()
        losses.append(value.item())
    file["losses"] = torch.tensor(losses, dtype=torch.float64)

    metadata = {
        "hiddenSizes": json.dumps(widths),
        "inputSize": str(case["inputs"]),
        "outputSize": str(outputs),
        "steps": str(steps),
        "batchSize": str(batch),
        "horizon": str(horizon),
        "loss": case["loss"],
        "torch": torch.__version__,
    }
    path = pathlib.Path(__file__).parent / f"parity-{index:02}.safetensors"
    save_file({name: tensor.contiguous() for name, tensor in file.items()}, path, metadata)
    print(path.name, metadata)


if __name__ == "__main__":
    torch.set_num_threads(1)
    unequal = dict(steps=9, batch=5, inputs=4, outputs=2, loss="mse", widths=[33, 17, 6])
    for index, case in enumerate(covering_cases() + [unequal]):
        record(index, case)
