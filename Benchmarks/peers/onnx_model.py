"""A case as an ONNX model: LSTM nodes, the last step, and the head."""

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper


def to_iofc(weight):
    """PyTorch's gate order i, f, g, o as ONNX's i, o, f, c."""
    i, f, g, o = numpy.split(weight, 4)
    return numpy.concatenate([i, o, f, g])


def model(tensors, shape):
    B, T, I, H, L = shape
    constants, nodes = {}, []
    below = "input"
    for layer in range(L):
        constants[f"W{layer}"] = to_iofc(tensors[f"lstm.weight_ih_l{layer}"])[None]
        constants[f"R{layer}"] = to_iofc(tensors[f"lstm.weight_hh_l{layer}"])[None]
        constants[f"B{layer}"] = numpy.concatenate(
            [to_iofc(tensors[f"lstm.bias_{kind}_l{layer}"]) for kind in ("ih", "hh")]
        )[None]
        nodes.append(helper.make_node(
            "LSTM", [below, f"W{layer}", f"R{layer}", f"B{layer}"], [f"Y{layer}", f"h{layer}"],
            hidden_size=H))
        constants["direction"] = numpy.array([1], dtype=numpy.int64)
        nodes.append(helper.make_node("Squeeze", [f"Y{layer}", "direction"], [f"y{layer}"]))
        below = f"y{layer}"
    constants["first"] = numpy.array([0], dtype=numpy.int64)
    nodes.append(helper.make_node("Squeeze", [f"h{L - 1}", "first"], ["last"]))
    constants["weight"], constants["bias"] = tensors["head.weight"], tensors["head.bias"]
    nodes.append(helper.make_node("Gemm", ["last", "weight", "bias"], ["output"], transB=1))
    graph = helper.make_graph(
        nodes, "case",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [T, B, I])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [B, 1])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(made)
    return made.SerializeToString()


def time_major(tensors):
    return numpy.ascontiguousarray(tensors["input"].transpose(1, 0, 2))
