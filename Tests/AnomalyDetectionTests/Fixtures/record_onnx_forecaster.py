"""Records what ONNX Runtime makes of a whole forecaster, in the folder onnx beside this file: rows.csv, a
model fitted to them with all that a model can have (forecaster.safetensors), and results.safetensors with the
outputs of the graph that `lstm-detect export` writes and the graph's SHA-256.

    python record_onnx_forecaster.py LSTM_DETECT      needs numpy onnx onnxruntime safetensors

An existing model is kept, because tests know it; without one, another is fitted.
"""

import hashlib
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
from safetensors.numpy import save_file

here = pathlib.Path(__file__).resolve().parent
sys.path.append(str(here.parents[2] / "Scripts"))
import check_onnx  # noqa: E402

folder = here / "onnx"
folder.mkdir(exist_ok=True)
command = sys.argv[1]
data, model, graph = folder / "rows.csv", folder / "forecaster.safetensors", "/tmp/forecaster.onnx"
if not data.exists():
    check_onnx.made_up(data, rows=260, missing=0.03, spikes=41)
if not model.exists():
    check_onnx.run(
        command, "fit", str(data), "--target", "load,sales", "--known", "price", "--calendar", "hour,weekday",
        "--horizon", "3", "--units", "4", "--members", "2", "--epochs", "3", "--learn", "linear", "--window", "8",
        "--loss", "quantile:0.1,0.5,0.9", "--device", "cpu", "--model", str(model), "-q")  # fmt: skip
check_onnx.run(command, "export", "--model", str(model), "--format", "onnx", "--output", graph)
onnx.checker.check_model(graph, full_check=True)
session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
meta = session.get_modelmeta().custom_metadata_map
columns = meta["swift_lstm_columns"].split("\n")
numbers, times = check_onnx.read(data, "time", columns)
count, horizon = len(numbers) - 3, 3
known = [columns.index(c) for c in meta["swift_lstm_known"].split("\n")]
feed = {"rows": numbers[None, :count], "time": times[None], "known": numbers[count:, known][None]}
names = [o.name for o in session.get_outputs()]
results = dict(zip(names, session.run(None, feed)))
digest = hashlib.sha256(pathlib.Path(graph).read_bytes()).hexdigest()
save_file({n: v for n, v in results.items() if n.endswith("_by_row")}, folder / "results.safetensors", {"sha256": digest})
for path in sorted(folder.iterdir()):
    print(path.name, path.stat().st_size)
