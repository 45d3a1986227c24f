"""The general LSTM against PyTorch: torch.nn.LSTM as it is, and torch.nn.LSTMCell with things around."""

import itertools

import numpy as np
import torch
from cell import NORM_EPSILON, parameter_shapes, real
from philox import DROPOUT, ZONEOUT_CELL, ZONEOUT_HIDDEN, Masks
from sequence import describe, distance, draw, evaluate
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

TOLERANCE = 1e-10


def leaves_of(description, file, states):
    """The tensors that gradients are wanted of, by the name of the gradient."""
    leaves = {"grad_input": file["input"]}
    for name in "h_0", "c_0":
        leaves |= {f"grad_{name}.{k}": file[f"{name}.{k}"] for k in range(states)}
    names = parameter_shapes("lstm", description["layers"], description["inputSize"])
    leaves |= {"grad." + name: file["parameter." + name] for name in names}
    return {n: torch.tensor(v, dtype=torch.float64, requires_grad=True) for n, v in leaves.items()}


def with_gradients(found, leaves, file):
    names = [name for name in found if "grad_" + name in file]
    gradients = [torch.from_numpy(file["grad_" + name]).double() for name in names]
    grads = torch.autograd.grad(
        [found[n] for n in names], list(leaves.values()), gradients, materialize_grads=True)
    return {n: t.detach().numpy() for n, t in (found | dict(zip(leaves, grads))).items()}


def run_module(description, file):
    """What torch.nn.LSTM computes of a case whose layers are alike."""
    layer, count = description["layers"][0], len(description["layers"])
    module = torch.nn.LSTM(
        description["inputSize"], layer["hiddenSize"], count, bias=layer["bias"] == "two",
        bidirectional=layer["direction"] != "forward", proj_size=layer["projectionSize"] or 0,
        dtype=torch.float64)  # fmt: skip
    states = count * (2 if module.bidirectional else 1)
    leaves = leaves_of(description, file, states)
    parameters = {n[len("grad.lstm.") :]: t for n, t in leaves.items() if n.startswith("grad.")}
    assert parameters.keys() == dict(module.named_parameters()).keys()
    initial = [torch.stack([leaves[f"grad_{n}.{k}"] for k in range(states)]) for n in ("h_0", "c_0")]
    x = leaves["grad_input"]
    if description["lengths"]:
        x = pack_padded_sequence(x, torch.tensor(description["lengths"]), enforce_sorted=False)
    output, (h_n, c_n) = torch.func.functional_call(module, parameters, (x, tuple(initial)))
    if description["lengths"]:
        output, _ = pad_packed_sequence(output, total_length=description["steps"])
    if layer["direction"] == "bidirectionalSum":
        output = sum(output.chunk(2, -1))
    found = {"output": output}
    found |= {f"h_n.{k}": h_n[k] for k in range(states)} | {f"c_n.{k}": c_n[k] for k in range(states)}
    return with_gradients(found, leaves, file)


def module_error():
    """torch.nn.LSTM: layers, directions, projections, biases, initial states and packed lengths."""
    chance = np.random.default_rng(11)
    worst = 0
    for count, direction, projection, bias, lengths in itertools.product(
        [1, 3], ["forward", "bidirectional", "bidirectionalSum"], [None, 3], ["two", "none"],
        [None, [4, 7, 1, 6, 7]],
    ):  # fmt: skip
        if direction == "bidirectionalSum" and count > 1:
            continue
        layer = {"hiddenSize": 5, "direction": direction, "projectionSize": projection, "bias": bias}
        description = describe(4, [layer] * count, 7, 5, initialStates=True, lengths=lengths)
        file = draw(description, chance)
        worst = max(worst, distance(run_module(description, file), evaluate(description, file)))
    return worst


def empty_rows_error():
    """Rows of length 0, which packing refuses: the others as without them, and they keep their states."""
    chance = np.random.default_rng(12)
    layer = {"hiddenSize": 5, "direction": "bidirectional"}
    description = describe(3, [layer] * 2, 4, 4, initialStates=True, lengths=[0, 3, 0, 4])
    file = draw(description, chance)
    full = [1, 3]

    def rows(name, t):
        if "parameter" in name:
            return t
        return t[full] if "_0" in name or "_n" in name else t[:, full]

    expected = run_module(
        description | {"batch": 2, "lengths": [3, 4]}, {n: rows(n, t) for n, t in file.items()})
    found = evaluate(description, file)
    for name, value in found.items():
        if name == "output" or name == "grad_input":
            assert not value[:, [0, 2]].any()
        for state in "h", "c":
            if name.startswith(f"{state}_n"):
                assert (value[[0, 2]] == file[name.replace("_n", "_0")][[0, 2]]).all()
            if name.startswith(f"grad_{state}_0"):
                assert (value[[0, 2]] == file[name.replace("_0", "_n")][[0, 2]]).all()
    kept = lambda name, t: t if name.startswith("grad.") else rows(name, t)
    return distance(expected, {n: kept(n, t) for n, t in found.items()})


def around_cell(description, file, normalizes=False):
    """Two layers of torch.nn.LSTMCell with zoneout and dropout around, mixed as the papers' equations
    do it with masks of 0 and 1; or of the cell's equations with torch's layer_norm."""
    leaves = leaves_of(description, file, 2)
    masks = Masks(description["seed"], description["batchNumber"])
    training = description["mode"] == "training"
    x, found = leaves["grad_input"], {}
    for k, layer in enumerate(description["layers"]):
        weights = {n[10:-3]: t for n, t in leaves.items() if n[10:].endswith(f"_l{k}")}
        h, c = leaves[f"grad_h_0.{k}"], leaves[f"grad_c_0.{k}"]
        kept, outputs = {}, []
        for name, kind in ("zoneoutHidden", ZONEOUT_HIDDEN), ("zoneoutCell", ZONEOUT_CELL):
            u = masks.uniform(kind, k, 0, (len(x), *h.shape))
            mask = (u < np.float32(layer[name])) if training else np.full(u.shape, real(layer[name]))
            kept[name] = torch.from_numpy(mask).double()
        for t in range(len(x)):
            if normalizes:
                h_new, c_new = normalized_step(x[t], h, c, weights)
            else:
                cell = torch.nn.LSTMCell(x.shape[-1], h.shape[-1], dtype=torch.float64)
                h_new, c_new = torch.func.functional_call(cell, weights, (x[t], (h, c)))
            d_h, d_c = kept["zoneoutHidden"][t], kept["zoneoutCell"][t]
            h, c = d_h * h + (1 - d_h) * h_new, d_c * c + (1 - d_c) * c_new
            outputs.append(h)
        x = torch.stack(outputs)
        if training and layer["dropout"]:
            u = masks.uniform(DROPOUT, k, 0, x.shape)
            rate = real(layer["dropout"])
            x = x * torch.from_numpy((u >= rate).astype(np.float64) / (1 - rate))
        found |= {f"h_n.{k}": h, f"c_n.{k}": c}
    return with_gradients({"output": x} | found, leaves, file)


def normalized_step(x, h, c, w):
    norm = lambda v, gain, bias=None: torch.nn.functional.layer_norm(
        v, v.shape[-1:], gain, bias, NORM_EPSILON)
    a = norm(torch.nn.functional.linear(x, w["weight_ih"]), w["norm_ih"], w["bias_ih"])
    a = a + norm(torch.nn.functional.linear(h, w["weight_hh"]), w["norm_hh"], w["bias_hh"])
    i, f, g, o = a.chunk(4, -1)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * norm(c, w["norm_cell_weight"], w["norm_cell_bias"]).tanh(), c


def around_error(normalizes):
    chance = np.random.default_rng(13)
    worst = 0
    for mode in "training", "inference":
        layer = {"zoneoutHidden": 0.3, "zoneoutCell": 0.15, "normalizesGates": normalizes}
        layers = [layer | {"hiddenSize": 6, "dropout": 0.4}, layer | {"hiddenSize": 3}]
        description = describe(4, layers, 7, 5, initialStates=True, mode=mode, seed=2**40 + 7)
        description["batchNumber"] = 3
        file = draw(description, chance)
        found = around_cell(description, file, normalizes)
        worst = max(worst, distance(found, evaluate(description, file)))
    return worst


def checks():
    yield "torch.nn.LSTM", module_error(), TOLERANCE
    yield "torch.nn.LSTM without rows of length 0", empty_rows_error(), TOLERANCE
    yield "torch.nn.LSTMCell in zoneout and dropout", around_error(False), TOLERANCE
    yield "torch's layer_norm in the cell", around_error(True), TOLERANCE
