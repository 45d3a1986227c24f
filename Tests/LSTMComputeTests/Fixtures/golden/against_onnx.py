"""The general LSTM against ONNX Runtime's LSTM operator, forward only and in float32: peepholes,
coupled gates, bounded gates, directions and lengths."""

import itertools

import numpy as np
import onnxruntime
from bounds import choose_bounds
from cell import directions
from onnx import TensorProto, helper
from sequence import describe, distance, draw, evaluate

# A few roundings of numbers of the size of 1, over a few steps.
TOLERANCE = 5e-6


def session(description, inputs):
    """One LSTM operator of onnx's operator set 14, with the case's options as its attributes."""
    layer = description["layers"][0]
    names = ["X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P"]
    options = {"clip": float(layer["gateClip"])} if layer["gateClip"] else {}
    node = helper.make_node(
        "LSTM", [n if n in inputs else "" for n in names], ["Y", "Y_h", "Y_c"],
        hidden_size=layer["hiddenSize"], direction=layer["direction"],
        input_forget=int(layer["couplesGates"]), **options)  # fmt: skip
    kind = lambda value: TensorProto.INT32 if value.dtype == np.int32 else TensorProto.FLOAT
    value = lambda name, t: helper.make_tensor_value_info(name, kind(t), t.shape)
    outputs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in ("Y", "Y_h", "Y_c")]
    graph = helper.make_graph([node], "lstm", [value(n, t) for n, t in inputs.items()], outputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])


def run_onnx(description, file):
    layer = description["layers"][0]
    ends = ["_l0", "_l0_reverse"][: len(directions(layer))]
    # Its gates are in the order i, o, f, g and its peepholes i, o, f.
    gates = lambda t: np.concatenate([np.split(t, 4)[gate] for gate in (0, 3, 1, 2)])
    stacked = lambda name, change: np.stack([change(file[f"parameter.lstm.{name}{e}"]) for e in ends])
    inputs = {"X": file["input"], "W": stacked("weight_ih", gates), "R": stacked("weight_hh", gates)}
    inputs["B"] = np.concatenate([stacked("bias_ih", gates), stacked("bias_hh", gates)], 1)
    if layer["hasPeepholes"]:
        inputs["P"] = stacked("peephole", lambda t: t[[0, 2, 1]].flatten())
    if description["lengths"]:
        inputs["sequence_lens"] = np.array(description["lengths"], np.int32)
    if description["initialStates"]:
        for name in "h", "c":
            inputs[f"initial_{name}"] = np.stack([file[f"{name}_0.{k}"] for k in range(len(ends))])
    y, h_n, c_n = session(description, inputs).run(None, inputs)
    found = {"output": np.concatenate(list(np.moveaxis(y, 1, 0)), axis=-1)}
    for k in range(len(ends)):
        found |= {f"h_n.{k}": h_n[k], f"c_n.{k}": c_n[k]}
    return found


def checks():
    chance = np.random.default_rng(41)
    worst = {}
    for direction, peepholes, coupled, clips, lengths in itertools.product(
        ["forward", "reverse", "bidirectional"], [False, True], [False, True], [False, True],
        [None, [4, 7, 1, 6, 7]],
    ):  # fmt: skip
        layer = {"hiddenSize": 6, "direction": direction, "hasPeepholes": peepholes}
        layer |= {"couplesGates": coupled}
        description = describe(3, [layer], 7, 5, lengths=lengths, initialStates=True)
        file = draw(description, chance)
        wanted = {"gateClip": clips, "cellClip": False, "projectionClip": False}
        assert choose_bounds(wanted, description, file, chance)
        expected = evaluate(description, file, backward=False)
        found = run_onnx(description, file)
        error = distance(found, {name: expected[name] for name in found})
        options = {"peepholes": peepholes, "coupled": coupled, "bounded": clips}
        name = " ".join(name for name, on in options.items() if on) or "plain"
        worst[name] = max(worst.get(name, 0), error)
    for name, error in worst.items():
        yield f"ONNX Runtime: {name}", error, TOLERANCE
