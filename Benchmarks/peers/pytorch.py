"""Times PyTorch's nn.LSTM and a linear head on the suites of ../shapes.json, one JSON line a case.

    python3 Benchmarks/peers/pytorch.py --suite floor [--device cpu|cuda] [--mode training] [--only 0]

Training is forward, backward and a step of Adam (its fused version). PyTorch is at its best:
inference_mode, batch_first=False (its own layout), all threads; on cuda, cuDNN with its defaults
(--no-tf32 turns TF32 off).
"""

import argparse
import json
import pathlib
import time

import torch


def stopwatch(body):
    """The median, minimum and maximum in milliseconds; the same procedure as Stopwatch.swift."""

    def milliseconds(times):
        start = time.perf_counter()
        body(times)
        return (time.perf_counter() - start) * 1e3

    milliseconds(2)
    times = max(1, int(5 / max(1e-3, milliseconds(1))))
    samples, total = [], 0
    while len(samples) < 7 or (total < 700 and len(samples) < 200):
        sample = milliseconds(times)
        samples.append(sample / times)
        total += sample
    samples.sort()
    return samples[len(samples) // 2], samples[0], samples[-1]


def measure(shape, mode, device):
    B, T, I, H, L = shape
    torch.manual_seed(1)
    lstm = torch.nn.LSTM(I, H, L).to(device)
    head = torch.nn.Linear(H, 1).to(device)
    x = torch.rand(T, B, I, device=device) * 4 - 2
    y = torch.rand(B, 1, device=device) * 4 - 2
    wait = torch.cuda.synchronize if device == "cuda" else lambda: None

    def inference(times):
        with torch.inference_mode():
            for _ in range(times):
                head(lstm(x)[0][-1])
        wait()

    parameters = list(lstm.parameters()) + list(head.parameters())
    adam = torch.optim.Adam(parameters, lr=1e-3, fused=True)
    loss = torch.nn.MSELoss()

    def training(times):
        for _ in range(times):
            adam.zero_grad(set_to_none=True)
            loss(head(lstm(x)[0][-1]), y).backward()
            adam.step()
        wait()

    median, minimum, maximum = stopwatch(training if mode == "training" else inference)
    return dict(mode=mode, B=B, T=T, I=I, H=H, L=L, precision="float32", device=device,
                peer="PyTorch", peer_version=torch.__version__, peer_ms=median,
                peer_min_ms=minimum, peer_max_ms=maximum)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--suite", default="floor")
    arguments.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    arguments.add_argument("--mode", choices=["inference", "training"])
    arguments.add_argument("--only", type=int)
    arguments.add_argument("--no-tf32", action="store_true")
    options = arguments.parse_args()
    if options.no_tf32:
        torch.backends.cudnn.allow_tf32 = False
        torch.backends.cuda.matmul.allow_tf32 = False
    shapes = json.loads((pathlib.Path(__file__).parent.parent / "shapes.json").read_text())
    for index, shape in enumerate(shapes[options.suite]):
        if options.only in (None, index):
            for mode in [options.mode] if options.mode else ["inference", "training"]:
                row = dict(suite=options.suite) | measure(shape, mode, options.device)
                print(json.dumps(row), flush=True)
