"""Times a whole job as whole processes in turn: lstm-detect, PyTorch, Keras.

    swift build -c release --product lstm-detect
    python3 Benchmarks/job.py --rounds 5

Reads Examples/beijing-pm25.csv, trains an LSTM of 64 units on windows of 24 hours of 8 features for
five epochs in batches of 64, validates, saves the model. Prints the medians and the ratios of
neighbors. Needs numpy and torch, keras and tensorflow for these peers.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
DATA = HERE.parent / "Examples" / "beijing-pm25.csv"


def commands(ours, folder):
    return {
        "ours": [ours, "fit", DATA, "--plain", "--target", "pm2.5",
                 "--features", "pm2.5,DEWP,TEMP,PRES,Iws,Is,Ir,hour", "--learn", "value",
                 "--window", "24", "--units", "64", "--batch", "64", "--epochs", "5",
                 "--patience", "0", "--device", "cpu", "--model", folder / "m.safetensors"],
        "PyTorch": [sys.executable, HERE / "peers" / "job_pytorch.py", DATA, folder / "m.pt"],
        "Keras": [sys.executable, HERE / "peers" / "job_keras.py", DATA, folder / "m.keras"],
    }


def seconds(command):
    start = time.perf_counter()
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stderr}")
    return time.perf_counter() - start


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--ours", default=".build/release/lstm-detect")
    arguments.add_argument("--peers", nargs="+", default=["PyTorch", "Keras"])
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--results", help="append to Benchmarks/results/NAME.jsonl")
    options = arguments.parse_args()
    everything = commands(pathlib.Path(options.ours).resolve(), pathlib.Path(tempfile.mkdtemp()))
    times = {name: [] for name in ["ours", *options.peers]}
    for _ in range(options.rounds):
        for name in times:
            times[name].append(seconds(everything[name]))
    print(f"{'ours':>10} {statistics.median(times['ours']):7.2f} s")
    for name in options.peers:
        each = sorted(p / o for o, p in zip(times["ours"], times[name]))
        ratio = statistics.median(each)
        print(f"{name:>10} {statistics.median(times[name]):7.2f} s, {ratio:.2f} times ours "
              f"({each[0]:.2f}-{each[-1]:.2f})")
        if options.results:
            os.makedirs(HERE / "results", exist_ok=True)
            with open(HERE / "results" / f"{options.results}.jsonl", "a") as file:
                file.write(json.dumps(dict(
                    suite="job", mode="training", B=64, T=24, I=8, H=64, L=1, precision="float32",
                    device="cpu", peer=name, ours_ms=1e3 * statistics.median(times["ours"]),
                    peer_ms=1e3 * statistics.median(times[name]), ratio=ratio)) + "\n")


if __name__ == "__main__":
    main()
