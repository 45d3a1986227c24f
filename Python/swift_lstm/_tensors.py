"""Safetensors files: the length of a header in 8 bytes, the header as JSON, the tensors' bytes."""

import json

TYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4", "I16": "<i2",
    "I8": "|i1", "U8": "|u1", "BOOL": "|b1",
}


def _numpy():
    try:
        import numpy
    except ImportError:
        raise ImportError("swift_lstm.apply takes and gives NumPy's arrays: install numpy") from None
    return numpy


def write(tensors, path):
    """Writes arrays by name; what is not of NumPy, such as a tensor of PyTorch, is made so.

    NumPy has no bfloat16, so that is written as float32, which has all of its values.
    """
    numpy = _numpy()
    names = {kind: name for name, kind in TYPES.items() if name != "BF16"}
    header, parts, end = {}, [], 0
    for name, tensor in tensors.items():
        if hasattr(tensor, "detach"):
            tensor = tensor.detach().cpu()
            tensor = tensor.float() if str(tensor.dtype) == "torch.bfloat16" else tensor
        array = numpy.asarray(tensor)
        if array.dtype.name == "bfloat16":
            array = array.astype("f4")
        little = numpy.ascontiguousarray(array, array.dtype.newbyteorder("<")).reshape(array.shape)
        if little.dtype.str not in names:
            raise TypeError(f"{name} is of type {array.dtype}, which no tensor has")
        header[name] = {
            "dtype": names[little.dtype.str], "shape": list(array.shape),
            "data_offsets": [end, end + little.nbytes],
        }
        parts.append(little.tobytes())
        end += little.nbytes
    text = json.dumps(header).encode()
    # Tensors begin at a multiple of 8 bytes.
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + b"".join(parts))


def read(path):
    """Reads all tensors, as arrays by name; bfloat16 as float32."""
    numpy = _numpy()
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = file.read()
    tensors = {}
    for name, tensor in header.items():
        if name == "__metadata__":
            continue
        begin, end = tensor["data_offsets"]
        array = numpy.frombuffer(data[begin:end], TYPES[tensor["dtype"]])
        if tensor["dtype"] == "BF16":
            array = (array.astype("<u4") << 16).view("<f4")
        # A copy, which can be written to.
        tensors[name] = array.reshape(tensor["shape"]).copy()
    return tensors
