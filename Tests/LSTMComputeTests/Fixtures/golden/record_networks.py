"""Records outputs, losses, gradients and three steps of training of networks, in double precision.

README.md beside this script says how to run it and what the file holds.
"""

import json
import math
import pathlib

import numpy as np
import torch
from bounds import CLEARANCE
from cell import PLAIN, real
from network import (
    ENCODER_DECODER, mean_loss, network_shapes, outputs_per_element, run_network, target_rows,
)  # fmt: skip
from network_cases import OPTIONS, network_cases
from philox import Masks
from safetensors.numpy import save_file
from sequence import is_well_conditioned
from verify import require_verified

FILE = pathlib.Path(__file__).parent.parent / "golden-networks.safetensors"
ADAM_STEPS, RATE = 3, 0.01


def describe(case, chance):
    options = OPTIONS[case["options"]]
    others = [w for w in [3, 4, 5, 6] if w != case["hidden"]]
    widths = [case["hidden"], *map(int, chance.choice(others, case["layers"] - 1, replace=False))]
    layers = [PLAIN | options | {"hiddenSize": width} for width in widths]
    layers[-1]["dropout"] = 0.0
    decodes = case["head"] == ENCODER_DECODER
    rows_at_once = 1 if decodes else case["horizon"]
    return {
        "inputSize": case["inputs"],
        "outputSize": rows_at_once * case["targets"] * outputs_per_element(case["loss"]),
        "layers": layers, "head": case["head"],
        "decoderSteps": case["horizon"] if decodes else None, "loss": case["loss"],
        "steps": case["steps"], "batch": case["batch"], "horizon": case["horizon"],
        "targetSize": case["targets"], "seed": int(chance.integers(2**52)), "mode": case["mode"],
    }  # fmt: skip


def draw(case, description, chance):
    """Every number that goes into a case; of float32, but for the rows of the windows."""
    steps, batch, horizon = (description[n] for n in ("steps", "batch", "horizon"))
    normal = lambda *shape: chance.standard_normal(shape).astype(np.float32)
    begins = chance.integers(0, 9, batch)
    # Targets follow their window, some of them not at once.
    windows = np.stack([begins, begins + steps + chance.integers(0, 3, batch)], 1)
    rows = steps + 8 + 2 + horizon
    file = {"series.inputs": normal(rows, description["inputSize"]), "windows": windows}
    file["series.targets"] = normal(rows, description["targetSize"])
    parameters = {}
    for name, shape in network_shapes(description).items():
        scale = 1 / math.sqrt(shape[-1]) if "weight" in name else 0.3
        gain = name.split(".")[1].startswith(("norm_ih", "norm_hh", "norm_cell_weight"))
        parameters["parameter." + name] = (gain + scale * normal(*shape)).astype(np.float32)
    if case.get("ties"):
        # Without weights the head puts out its biases, exactly.
        parameters["parameter.head.weight"][:] = 0
        parameters["parameter.head.bias"][:] = 0.5
        file["series.targets"][::2] = 0.5
    if case["weights"] != "none":
        weights = chance.uniform(0.25, 2, file["series.targets"].shape)
        weights[chance.random(weights.shape) < 0.4] = 0
        if case["weights"] == "nothing weighs":
            weights[:] = 0
        if case["weights"] != "given":
            file["series.targets"][weights == 0] = np.nan
        file["series.targetWeights"] = weights.astype(np.float32)
    if case["rowMask"]:
        mask = chance.random(rows) < 0.7
        # The last step of a window and the first of another.
        mask[begins[0] + steps - 1] = mask[begins[-1]] = False
        file["series.rowMask"] = mask.astype(np.float32)
    return file | parameters


class Run:
    """A case in the making, in some precision."""

    def __init__(self, description, file, dtype):
        self.description = description
        real_values = lambda name: torch.from_numpy(file[name]).to(dtype)
        windows = torch.from_numpy(file["windows"])
        rows = windows[:, 0] + torch.arange(description["steps"])[:, None]
        self.x = real_values("series.inputs")[rows]
        self.present = torch.ones(rows.shape, dtype=torch.bool)
        if "series.rowMask" in file:
            self.present = real_values("series.rowMask")[rows] > 0
        compared = target_rows(description, windows)
        self.targets = real_values("series.targets")[compared]
        self.weights = None
        if "series.targetWeights" in file:
            self.weights = real_values("series.targetWeights")[compared]
        self.parameters = {
            name: real_values("parameter." + name).clone().requires_grad_()
            for name in network_shapes(description)
        }
        # The least distance of any value from a bound or from a corner of the loss.
        self.clearance = math.inf

    def forward(self, batch_number):
        """The outputs and the loss of the batch."""
        training = self.description["mode"] == "training"
        masks = Masks(self.description["seed"], batch_number) if training else None
        outputs = run_network(
            self.description, self.parameters, self.x, self.present, masks, self.keep_clear)
        each = outputs.reshape(*self.targets.shape, outputs_per_element(self.description["loss"]))
        if self.description["loss"].startswith(("mae", "quantile")):
            error = (self.targets.unsqueeze(-1) - each).detach().abs()
            self.clearance = min([self.clearance, *error[error > 0].tolist()])
        return outputs, mean_loss(self.description["loss"], each, self.targets, self.weights)

    def keep_clear(self, option, values):
        bound = real(self.description["layers"][0][option])
        gap = (values.detach().abs() - bound).abs().min().item()
        self.clearance = min(self.clearance, gap)

    def gradients(self):
        outputs, loss = self.forward(0)
        found = {"outputs": outputs, "loss": loss.reshape(1)}
        grads = torch.autograd.grad(loss, list(self.parameters.values()), materialize_grads=True)
        found |= {"grad." + name: grad for name, grad in zip(self.parameters, grads)}
        return {name: tensor.detach().numpy() for name, tensor in found.items()}

    def training(self):
        adam = torch.optim.Adam(self.parameters.values(), lr=RATE)
        losses = []
        for number in range(ADAM_STEPS):
            adam.zero_grad()
            _, loss = self.forward(number)
            loss.backward()
            adam.step()
            losses.append(loss.item())
        after = {"after." + name: tensor.detach().numpy() for name, tensor in self.parameters.items()}
        return {"losses": np.array(losses)} | after

    def results(self):
        return self.gradients() | self.training()


def has_effect(case, run):
    """Whether the weights and the missing rows that a case is to have are seen by its batch."""
    if case["rowMask"] and run.present.all():
        return False
    if case["weights"] == "none":
        return True
    weighs = run.weights > 0
    if case["weights"] == "nothing weighs":
        return not weighs.any()
    return weighs.any() and not weighs.all()


def record(number, case):
    for attempt in range(200):
        chance = np.random.default_rng([2, number, attempt])
        description = describe(case, chance)
        file = draw(case, description, chance)
        run = Run(description, file, torch.float64)
        if not has_effect(case, run):
            continue
        expected = run.results()
        single = Run(description, file, torch.float32).results()
        # Adam divides by the size of a gradient: where it is almost 0, every precision goes its own way.
        if run.clearance > CLEARANCE and is_well_conditioned(expected, single):
            return description, file | expected
    raise ValueError(f"case {number} {case}: no attempt is good")


def main():
    descriptions, file = [], {}
    for number, case in enumerate(network_cases()):
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
