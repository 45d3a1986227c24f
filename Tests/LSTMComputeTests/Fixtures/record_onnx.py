"""Records ONNX files as exporters write them, and what ONNX Runtime, the reference implementation of ONNX
or PyTorch make of some inputs: onnx-cases.safetensors, which has for each case NAME the bytes of the file
`NAME/file`, the inputs `NAME/in/...` and the results `NAME/out/...` as `lstm-detect apply` names them.

    python record_onnx.py      needs numpy onnx onnxruntime onnxscript safetensors torch
"""

import io
import pathlib
import warnings

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from safetensors.numpy import save_file

warnings.filterwarnings("ignore")
B, T, I, H = 2, 5, 3, 4
chance = np.random.default_rng(3)
torch.manual_seed(3)
records = {}


def floats(*shape):
    return chance.uniform(-0.7, 0.7, shape).astype(np.float32)


def keep(name, file, inputs, results):
    print(f"{name:20}{len(file):7} bytes", flush=True)
    records[f"{name}/file"] = np.frombuffer(file, np.uint8).copy()
    for key, value in inputs.items():
        records[f"{name}/in/{key}"] = np.ascontiguousarray(value)
    for key, value in results.items():
        records[f"{name}/out/{key}"] = np.ascontiguousarray(value)


def node(name, runtime, direction="forward", layout=0, inputs="", **attributes):
    """One LSTM operator: inputs are some of b (biases), l (lengths), h, c (states), p (peepholes)."""
    directions = 2 if direction == "bidirectional" else 1
    x = floats(B, T, I)
    constants = {"W": floats(directions, 4 * H, I), "R": floats(directions, 4 * H, H)}
    if "b" in inputs:
        constants["B"] = floats(directions, 8 * H)
    if "p" in inputs:
        constants["P"] = floats(directions, 3 * H)
    state = (B, directions, H) if layout else (directions, B, H)
    fed = {"X": x if layout else x.transpose(1, 0, 2)}
    if "l" in inputs:
        fed["lengths"] = np.array([T, T - 2], np.int32)
    for letter in "hc":
        if letter in inputs:
            fed[f"initial_{letter}"] = floats(*state)
        if letter.upper() in inputs:
            constants[f"initial_{letter}"] = floats(*state)
    names = ["X", "W", "R", "B", "lengths", "initial_h", "initial_c", "P"]
    known = {**fed, **constants}
    lstm = helper.make_node(
        "LSTM", [n if n in known else "" for n in names], ["Y", "Y_h", "Y_c"], name="lstm",
        hidden_size=H, direction=direction, layout=layout, **attributes)  # fmt: skip
    kinds = {np.dtype("float32"): TensorProto.FLOAT, np.dtype("int32"): TensorProto.INT32}
    given = [helper.make_tensor_value_info(n, kinds[v.dtype], v.shape) for n, v in fed.items()]
    made = [helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in ("Y", "Y_h", "Y_c")]
    graph = helper.make_graph(
        [lstm], "case", given, made, [numpy_helper.from_array(v, n) for n, v in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    y, h, c = runtime(model)(fed)
    if layout:
        y, h, c = y.transpose(1, 2, 0, 3), h.transpose(1, 0, 2), c.transpose(1, 0, 2)
    request = {"input": x}
    if "l" in inputs:
        request["lengths"] = fed["lengths"].astype(np.int64)
    for letter in "hc":
        if letter in inputs:
            value = fed[f"initial_{letter}"]
            request[f"{letter}_0"] = value.transpose(1, 0, 2) if layout else value
    output = np.concatenate(list(y.transpose(1, 2, 0, 3)), -1)
    keep(name, model.SerializeToString(), request, {"output": output, "h_n": h, "c_n": c})


def by_runtime(model):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return lambda fed: session.run(None, fed)


def by_reference(model):
    return lambda fed: ReferenceEvaluator(model).run(None, fed)


class Forecaster(torch.nn.Module):
    """An nn.LSTM with a head on the last step or on every one."""

    def __init__(self, head="last", **options):
        super().__init__()
        self.lstm = torch.nn.LSTM(I, H, **options)
        width = H * (2 if options.get("bidirectional") else 1)
        self.head = torch.nn.Linear(width, 2) if head != "none" else None
        self.at = head

    def forward(self, x, *states):
        y, (h, c) = self.lstm(x, states if states else None)
        if self.at == "none":
            return y, h, c
        last = y[:, -1] if self.lstm.batch_first else y[-1]
        return self.head({"last": last, "every": y, "state": h[-1]}[self.at])


def exported(name, dynamo, dynamic, head="last", states=False, **options):
    module = Forecaster(head, **options).eval()
    first = options.get("batch_first", False)
    layers = options.get("num_layers", 1) * (2 if options.get("bidirectional") else 1)
    x = torch.from_numpy(floats(B, T, I) if first else floats(T, B, I))
    given = (x, *(torch.from_numpy(floats(layers, B, H)) for _ in range(2 * states)))
    names = ["x", "h0", "c0"][: len(given)]
    axes = {}
    if dynamic:
        axes = {"x": {0: "b", 1: "t"} if first else {0: "t", 1: "b"}}
        axes |= {n: {1: "b"} for n in names[1:]}
    file = io.BytesIO()
    if dynamo:
        shapes = None
        if dynamic:
            batch, steps = torch.export.Dim("b", min=1, max=64), torch.export.Dim("t", min=2, max=64)
            shapes = {"x": {0: batch, 1: steps} if first else {0: steps, 1: batch}}
            if states:
                shapes["states"] = ({1: batch}, {1: batch})
        program = torch.onnx.export(module, given, dynamo=True, dynamic_shapes=shapes, verbose=False)
        model = program.model_proto
        data = model.SerializeToString()
    else:
        torch.onnx.export(
            module, given, file, dynamo=False, input_names=names, dynamic_axes=axes or None,
            opset_version=17)  # fmt: skip
        data = file.getvalue()
    onnx.checker.check_model(onnx.load_from_string(data))
    with torch.no_grad():
        y, (h, c) = module.lstm(x, given[1:] if states else None)
        predictions = module(*given) if head != "none" else None
    swap = (lambda v: v.numpy()) if first else (lambda v: v.transpose(0, 1).numpy())
    results = {"output": swap(y), "h_n": h.numpy(), "c_n": c.numpy()}
    if head in ("last", "state"):
        results["predictions"] = predictions.numpy()
    if head == "every":
        results["predictions"] = swap(predictions)
    request = {"input": swap(x)}
    for key, value in zip(["h_0", "c_0"], given[1:]):
        request[key] = value.numpy()
    keep(name, data, request, results)


def as_tf2onnx(name, returns_sequences, bidirectional):
    """The nodes that tf2onnx writes of Keras's LSTM and Dense, by hand: TensorFlow is not needed."""
    directions = 2 if bidirectional else 1
    constants = {
        "W": floats(directions, 4 * H, I), "R": floats(directions, 4 * H, H),
        "B": floats(directions, 8 * H), "kernel": floats(directions * H, 2), "bias": floats(2),
        "one": np.array([1]), "zero": np.array([0]), "shape": np.array([0, 0, directions * H]),
    }  # fmt: skip
    lstm = helper.make_node(
        "LSTM", ["seq", "W", "R", "B"], ["Y", "Y_h", "Y_c"], hidden_size=H,
        direction="bidirectional" if bidirectional else "forward")  # fmt: skip
    nodes = [helper.make_node("Transpose", ["input_1"], ["seq"], perm=[1, 0, 2]), lstm]
    if returns_sequences:
        if bidirectional:
            nodes += [
                helper.make_node("Transpose", ["Y"], ["both"], perm=[2, 0, 1, 3]),
                helper.make_node("Reshape", ["both", "shape"], ["top"]),
            ]
        else:
            nodes += [
                helper.make_node("Squeeze", ["Y", "one"], ["squeezed"]),
                helper.make_node("Transpose", ["squeezed"], ["top"], perm=[1, 0, 2]),
            ]
    else:
        nodes.append(helper.make_node("Squeeze", ["Y_h", "zero"], ["top"]))
    nodes += [
        helper.make_node("MatMul", ["top", "kernel"], ["product"]),
        helper.make_node("Add", ["product", "bias"], ["dense"]),
        helper.make_node("Identity", ["dense"], ["output_1"]),
    ]
    graph = helper.make_graph(
        nodes, "keras", [helper.make_tensor_value_info("input_1", TensorProto.FLOAT, ["n", T, I])],
        [helper.make_tensor_value_info("output_1", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(v, n) for n, v in constants.items()])  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)
    x = floats(B, T, I)
    keep(name, model.SerializeToString(), {"input": x}, {"predictions": by_runtime(model)({"input_1": x})[0]})


def main():
    node("defaults", by_reference)
    node("initial-bias", by_reference, inputs="b")
    node("peepholes", by_reference, inputs="bhcp")
    node("batchwise", by_reference, layout=1, inputs="b")
    node("reverse", by_runtime, "reverse", inputs="b")
    node("two-ways", by_runtime, "bidirectional", inputs="bhcp")
    node("clip", by_runtime, clip=0.2, inputs="bp")
    node("coupled", by_runtime, input_forget=1, inputs="b")
    node("lengths", by_runtime, "bidirectional", inputs="blhc")
    node("constant-states", by_runtime, inputs="bHC")
    for dynamo in (False, True):
        kind = "dynamo" if dynamo else "script"
        exported(f"{kind}-last", dynamo, False, batch_first=True)
        exported(f"{kind}-two-ways", dynamo, True, bidirectional=True, num_layers=2, batch_first=True)
        exported(f"{kind}-states", dynamo, True, "none", states=True, num_layers=2)
    # The older exporter is the faster one.
    exported("script-dynamic", False, True, batch_first=True)
    exported("script-every", False, True, "every", num_layers=2, batch_first=True)
    exported("script-state", False, False, "state", num_layers=2)
    exported("script-no-bias", False, False, "none", bias=False)
    as_tf2onnx("keras-last", False, False)
    as_tf2onnx("keras-every", True, False)
    as_tf2onnx("keras-two-ways", True, True)
    save_file(records, pathlib.Path(__file__).parent / "onnx-cases.safetensors")


main()
