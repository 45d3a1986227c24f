"""Records files as torch.save writes them: pytorch-file.pt is the state_dict of an nn.LSTM with a head,
pytorch-checkpoint.pt has one among other things, and both hold views, so that strides count. What they
hold stands in pytorch-file.safetensors.

    python record_pytorch_file.py      needs safetensors torch
"""

import collections
import pathlib

import torch
from safetensors.torch import save_file

folder = pathlib.Path(__file__).parent
torch.manual_seed(5)
module = torch.nn.Module()
module.lstm = torch.nn.LSTM(3, 4, num_layers=2)
module.head = torch.nn.Linear(4, 2)
state = module.state_dict()
# A view with strides of its own, others of half the size, and a number.
state["lstm.weight_ih_l0"] = state["lstm.weight_ih_l0"].t().contiguous().t()
state["head.weight"] = torch.randn(5, 8)[1:3, ::2]
state["lstm.bias_ih_l1"] = state["lstm.bias_ih_l1"].half()
state["lstm.bias_hh_l1"] = state["lstm.bias_hh_l1"].bfloat16()
state["steps"] = torch.tensor(7)
torch.save(state, folder / "pytorch-file.pt")
torch.save(
    {
        "epoch": 3, "loss": 0.25, "name": "übung", "done": None, "rates": [0.1, 10**12, -3],
        "optimizer": {"state": {0: {"step": 2.0}}, "param_groups": [{"betas": (0.9, 0.999)}]},
        "state_dict": collections.OrderedDict(state),
    },
    folder / "pytorch-checkpoint.pt",
)  # fmt: skip
save_file({k: v.contiguous() for k, v in state.items()}, folder / "pytorch-file.safetensors")
