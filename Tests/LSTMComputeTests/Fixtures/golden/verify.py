"""Holds the general LSTM against implementations from outside, and prints the worst error of each.

    .venv/bin/python Tests/LSTMComputeTests/Fixtures/golden/verify.py

An error is the greatest difference of a tensor (outputs, states, and all gradients wherever the other
side has them) relative to its greatest value. The recording scripts run this first, and record nothing
if it fails.
"""

import subprocess
import sys
import warnings

import torch


def verify():
    # TensorFlow warns that its old cell is old.
    warnings.filterwarnings("ignore", module="tensorflow")
    import against_keras
    import against_onnx
    import against_tensorflow
    import against_torch
    import against_torch_network

    failed = []
    outsides = against_torch, against_torch_network, against_tensorflow, against_keras, against_onnx
    for outside in outsides:
        for name, error, tolerance in outside.checks():
            print(f"{name:<45} {error:8.1e}  (at most {tolerance:.0e})", flush=True)
            if not error <= tolerance:
                failed.append(name)
    if failed:
        raise SystemExit("not verified: " + ", ".join(failed))


def require_verified():
    """Verifies in a process of its own: torch's optimizers do not load beside TensorFlow."""
    if subprocess.run([sys.executable, __file__]).returncode != 0:
        raise SystemExit("nothing is recorded")


if __name__ == "__main__":
    torch.set_num_threads(1)
    verify()
