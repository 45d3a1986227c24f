"""Records weights as PyTorch and Keras save them, and what they predict, for the tests of the import.

    python3 -m venv .venv && .venv/bin/pip install torch safetensors numpy keras
    KERAS_BACKEND=torch .venv/bin/python Tests/LSTMComputeTests/Fixtures/record_interchange.py

writes beside this script, for each case NAME, NAME.safetensors with the weights and nothing else, and
where the case has predictions NAME.run.safetensors with `input` [B, T, I] and `prediction` [B, O].
The case pytorch-apply has the input and the output of `lstm-detect apply` instead.
"""

import pathlib
import sys

import keras
import numpy
import torch
from safetensors.numpy import save_file
from safetensors.torch import save_file as save_torch

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.append(str(FOLDER.parents[2] / "Scripts"))
from apply_against_pytorch import expected  # noqa: E402


class Module(torch.nn.Module):
    """Two layers and a head."""

    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(3, 4, 2, batch_first=True)
        self.head = torch.nn.Linear(4, 2)

    def forward(self, x):
        return self.head(self.lstm(x)[0][:, -1])


class Body(torch.nn.Module):
    """Layers of different widths, among other things."""

    def __init__(self):
        super().__init__()
        self.norm = torch.nn.BatchNorm1d(3)
        self.stack = torch.nn.ModuleList([torch.nn.LSTM(3, 4), torch.nn.LSTM(4, 2)])
        self.register_buffer("seen", torch.tensor([True, False]))


def save_run(name, x, y):
    save_file({"input": x, "prediction": y}, FOLDER / f"{name}.run.safetensors")


def record_pytorch():
    torch.manual_seed(1)
    module = Module()
    save_torch(module.state_dict(), FOLDER / "pytorch-module.safetensors")
    x = torch.randn(5, 7, 3)
    save_run("pytorch-module", x.numpy(), module.double()(x.double()).detach().numpy())
    options = torch.nn.LSTM(3, 5, 2, bidirectional=True, proj_size=2, bias=False)
    save_torch(options.bfloat16().state_dict(), FOLDER / "pytorch-options.safetensors")
    save_torch(Body().half().state_dict(), FOLDER / "pytorch-stack.safetensors")


def record_apply():
    """Every option of nn.LSTM and every tensor of a request, in float32; the answer in float64."""
    torch.manual_seed(3)
    lstm = torch.nn.LSTM(2, 4, 2, batch_first=True, bidirectional=True, proj_size=3)
    save_torch({f"rnn.{n}": t for n, t in lstm.state_dict().items()},
               FOLDER / "pytorch-apply.safetensors")
    request = {
        "input": torch.randn(3, 5, 2), "lengths": torch.tensor([5, 0, 3]),
        "h_0": torch.randn(4, 3, 3), "c_0": torch.randn(4, 3, 4),
        "grad_output": torch.randn(3, 5, 6), "grad_h_n": torch.randn(4, 3, 3),
        "grad_c_n": torch.randn(4, 3, 4),
    }
    save_torch(request, FOLDER / "pytorch-apply.input.safetensors")
    save_torch(expected(lstm, "rnn.", request), FOLDER / "pytorch-apply.output.safetensors")


def save_keras(name, model):
    save_file({w.path: w.numpy() for w in model.weights}, FOLDER / f"{name}.safetensors")


def record_keras():
    keras.utils.set_random_seed(2)
    layers = keras.layers
    x = keras.Input((7, 3))
    y = layers.LSTM(4, return_sequences=True)(x)
    model = keras.Model(x, layers.Dense(2)(layers.LSTM(3)(y)))
    for w in model.weights:
        w.assign(w.numpy() + numpy.random.normal(0, 0.2, w.shape))
    save_keras("keras-model", model)
    values = numpy.random.normal(size=(5, 7, 3)).astype("float32")
    save_run("keras-model", values, keras.ops.convert_to_numpy(model(values)))
    keras.utils.clear_session()
    save_keras(
        "keras-options",
        keras.Sequential([
            keras.Input((7, 3)),
            layers.LSTM(2, use_bias=False, return_sequences=True),
            layers.Bidirectional(layers.LSTM(4, return_sequences=True)),
            layers.Bidirectional(layers.LSTM(3)),
            layers.Dense(1, use_bias=False),
        ]),
    )


if __name__ == "__main__":
    record_pytorch()
    record_apply()
    record_keras()
