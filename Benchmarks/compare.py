"""Times us and the peers in turn on this machine, holds the results against each other, and prints
the ratios of their times.

    swift build -c release --product lstm-bench
    python3 Benchmarks/compare.py --suite floor --peers pytorch onnxruntime --rounds 5

Each case is timed ours, peer, ours, peer, ...: on a shared machine that drifts, only the ratio of
neighbors says something, and the median of these ratios is printed. Both compute in the same
--precision: float32 without TF32, tf32 against PyTorch with TF32 on, 16 bits against PyTorch's 16
bits; --peer-precision gives the peer another one. With --results NAME, a JSON line a case and peer
is appended to Benchmarks/results/NAME.jsonl, or to NAME if that ends in .jsonl. Needs torch,
safetensors and numpy; onnx and onnxruntime or openvino for these peers.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

import numpy
import torch
from safetensors.numpy import load_file
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
PRECISIONS = ["float32", "tf32", "bf16", "float16"]
PEERS = {
    "pytorch": ("pytorch.py", ["inference", "training"], PRECISIONS),
    "onnxruntime": ("onnxruntime_peer.py", ["inference"], ["float32"]),
    "openvino": ("openvino_peer.py", ["inference"], ["float32"]),
}
# Relative L2, between two implementations. In float32 each is within about 1e-6 of the truth. In the
# others it is 16 unit roundoffs (2^-11; 2^-8 for bf16): a few for each of the two, and PyTorch rounds the
# weights themselves in each of the three steps of a training in 16 bits.
TOLERANCE = {"float32": 2e-5, "tf32": 2**-7, "float16": 2**-7, "bf16": 2**-4}


def make_case(shape, path):
    """Random data and PyTorch's initial parameters."""
    B, T, I, H, L = shape
    torch.manual_seed(1)
    lstm, head = torch.nn.LSTM(I, H, L), torch.nn.Linear(H, 1)
    tensors = {f"lstm.{n}": p.detach().clone() for n, p in lstm.named_parameters()}
    tensors |= {f"head.{n}": p.detach().clone() for n, p in head.named_parameters()}
    tensors |= {"input": torch.rand(B, T, I) * 4 - 2, "target": torch.rand(B, 1) * 4 - 2}
    save_file(tensors, path, {"shape": json.dumps(shape)})


def run(command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def check(ours, theirs, what, precisions):
    """Stops where two results differ by more than their precisions: a wrong result cannot win."""
    a, b = load_file(ours), load_file(theirs)
    for name, expected in b.items():
        error = numpy.linalg.norm(a[name].ravel() - expected.ravel()) / numpy.linalg.norm(expected)
        if not error <= max(TOLERANCE[precision] for precision in precisions):
            sys.exit(f"{what}: {name} differs by {error:.2e}, relative L2")


def results_path(name):
    path = pathlib.Path(name)
    if path.suffix != ".jsonl":
        path = HERE / "results" / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def commit():
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True,
                          cwd=HERE)
    return done.stdout.strip() or None


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--ours", default=".build/release/lstm-bench")
    arguments.add_argument("--suite", default="floor")
    arguments.add_argument("--modes", nargs="+", default=["inference", "training"])
    arguments.add_argument("--peers", nargs="+", default=["pytorch"], choices=list(PEERS))
    arguments.add_argument("--device", default="cpu", help="of ours: cpu, opencl:0, ...")
    arguments.add_argument("--peer-device", default="cpu", choices=["cpu", "cuda"])
    arguments.add_argument("--precision", default="float32", choices=PRECISIONS)
    arguments.add_argument("--peer-precision", choices=PRECISIONS, help="if it is another")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--results", help="append to Benchmarks/results/NAME.jsonl, or to this .jsonl file")
    options = arguments.parse_args()
    peer_precision = options.peer_precision or options.precision
    precisions = [options.precision, peer_precision]
    for peer in options.peers:
        if peer_precision not in PEERS[peer][2]:
            sys.exit(f"{peer} is timed in {', '.join(PEERS[peer][2])}, not in {peer_precision}")
    ours = pathlib.Path(options.ours).resolve()
    shapes = json.loads((HERE / "shapes.json").read_text())[options.suite]
    if any(isinstance(shape, dict) for shape in shapes):
        sys.exit(f"the peers have no options: run lstm-bench --suite {options.suite} instead")
    folder = pathlib.Path(tempfile.mkdtemp())
    data, our_results, peer_results = (folder / f"{n}.safetensors" for n in ("data", "a", "b"))

    print(f"in {options.precision}, the peers in {peer_precision}")
    print(f"{'B,T,I,H,L':>18} {'mode':>9} {'ours ms':>9} {'GFLOP/s':>8} {'peer':>12} {'ms':>9} "
          f"{'peer/ours':>9}  range")
    best = {}
    for shape in shapes:
        make_case(shape, data)
        for mode in options.modes:
            name = f"{','.join(map(str, shape))} {mode}"
            for peer in options.peers:
                script, modes, _ = PEERS[peer]
                if mode not in modes:
                    continue
                pairs = []
                for _ in range(options.rounds):
                    common = ["--data", data, "--mode", mode, "--results"]
                    a = run([ours, "--suite", options.suite, *common, our_results,
                             "--device", options.device, "--precision", options.precision])
                    b = run([sys.executable, HERE / "peers" / script, *common, peer_results,
                             "--device", options.peer_device, "--precision", peer_precision])
                    if peer_precision != options.precision:
                        b["peer"] += f" in {peer_precision}"
                    check(our_results, peer_results, f"{name} against {peer}", precisions)
                    pairs.append((a, b))
                each = sorted(b["peer_ms"] / a["ours_ms"] for a, b in pairs)
                row = pairs[-1][0] | pairs[-1][1] | {
                    "ours_ms": statistics.median(a["ours_ms"] for a, _ in pairs),
                    "ours_gflops": statistics.median(a["ours_gflops"] for a, _ in pairs),
                    "peer_ms": statistics.median(b["peer_ms"] for _, b in pairs),
                    "ratio": statistics.median(each), "rounds": options.rounds, "commit": commit(),
                }
                best.setdefault(mode, {}).setdefault(name, []).append(row["ratio"])
                print(f"{name.split()[0]:>18} {mode:>9} {row['ours_ms']:9.3f} "
                      f"{row['ours_gflops']:8.1f} {row['peer']:>12} {row['peer_ms']:9.3f} "
                      f"{row['ratio']:9.2f}  {each[0]:.2f}-{each[-1]:.2f}", flush=True)
                if options.results:
                    with open(results_path(options.results), "a") as file:
                        file.write(json.dumps(row) + "\n")
    for mode, cases in best.items():
        # Against the better of the peers, case by case.
        ratios = [min(values) for values in cases.values()]
        print(f"{mode}: geometric mean {statistics.geometric_mean(ratios):.2f}, "
              f"worst {min(ratios):.2f}, against the best of {', '.join(options.peers)}")


if __name__ == "__main__":
    main()
