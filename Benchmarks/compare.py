"""Runs our benchmark and a peer's in turn on this machine, and prints the ratios of their medians.

    swift build -c release
    python3 Benchmarks/compare.py --ours .build/release/lstm-bench --suite floor [--rounds 5]

Each case is timed ours, peer, ours, peer, ...: on a shared machine that drifts, only the ratio of
neighbours says something. Appends one JSON line a case to Benchmarks/results/NAME.jsonl where
--results NAME is given. Needs PyTorch in the Python that runs it.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).parent


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, cwd=HERE.parent)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def commit():
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True,
                          cwd=HERE)
    return done.stdout.strip() or None


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--ours", default=".build/release/lstm-bench")
    arguments.add_argument("--suite", default="floor")
    arguments.add_argument("--device", default="cpu", help="of ours: cpu, opencl:0, ...")
    arguments.add_argument("--peer-device", default="cpu", choices=["cpu", "cuda"])
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--results", help="append to Benchmarks/results/NAME.jsonl")
    options = arguments.parse_args()
    ours = pathlib.Path(options.ours).resolve()
    peer = HERE / "peers" / "pytorch.py"
    shapes = json.loads((HERE / "shapes.json").read_text())[options.suite]

    print(f"{'B,T,I,H,L':>20} {'mode':>9} {'ours ms':>10} {'peer ms':>10} {'peer/ours':>9}  range")
    ratios = {}
    for index, shape in enumerate(shapes):
        for mode in ["inference", "training"]:
            common = ["--suite", options.suite, "--mode", mode, "--only", str(index)]
            pairs = []
            for _ in range(options.rounds):
                a = run([ours, *common, "--device", options.device])
                b = run([sys.executable, peer, *common, "--device", options.peer_device])
                pairs.append((a, b))
            each = sorted(b["peer_ms"] / a["ours_ms"] for a, b in pairs)
            ratio = statistics.median(each)
            ratios.setdefault(mode, []).append(ratio)
            row = pairs[-1][0] | {
                key: pairs[-1][1][key] for key in ("peer", "peer_version")
            } | {
                "ours_ms": statistics.median(a["ours_ms"] for a, _ in pairs),
                "peer_ms": statistics.median(b["peer_ms"] for _, b in pairs),
                "ratio": ratio, "rounds": options.rounds, "commit": commit(),
            }
            print(f"{','.join(map(str, shape)):>20} {mode:>9} {row['ours_ms']:10.3f} "
                  f"{row['peer_ms']:10.3f} {ratio:9.2f}  {each[0]:.2f}-{each[-1]:.2f}", flush=True)
            if options.results:
                folder = HERE / "results"
                folder.mkdir(exist_ok=True)
                with open(folder / f"{options.results}.jsonl", "a") as file:
                    file.write(json.dumps(row) + "\n")
    for mode, values in ratios.items():
        print(f"{mode}: geometric mean {statistics.geometric_mean(values):.2f}, "
              f"worst {min(values):.2f}")


if __name__ == "__main__":
    main()
