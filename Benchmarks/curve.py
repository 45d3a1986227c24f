"""Draws the time of one batch against the hidden units, and names the largest steps.

    .build/release/lstm-bench --device cpu --suite curve --rounds 5 --budget 10 > curve.jsonl
    python3 Benchmarks/curve.py curve.jsonl

Of the lines for one case the smallest time counts. Writes Benchmarks/results/curve.png; with a second
file, what was measured before, drawn below the first. Needs matplotlib.
"""

import json
import pathlib
import sys

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot

OUTPUT = pathlib.Path(__file__).parent / "results" / "curve.png"


def times(path):
    """For each mode, the milliseconds of each H."""
    least = {}
    for line in pathlib.Path(path).read_text().splitlines():
        row = json.loads(line)
        mode = least.setdefault(row["mode"], {})
        mode[row["H"]] = min(mode.get(row["H"], float("inf")), row["ours_min_ms"])
    return least, row


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    figure, axes = pyplot.subplots(2, 1, figsize=(10, 8), sharex=True)
    for path, color in reversed(list(zip(sys.argv[1:], ("C0", "0.7")))):
        least, some = times(path)
        for axis, (mode, curve) in zip(axes, sorted(least.items())):
            sizes = sorted(curve)
            axis.plot(sizes, [curve[h] for h in sizes], color=color, linewidth=1,
                      label=pathlib.Path(path).stem)
            axis.set(title=f"{mode}, B = {some['B']}, T = {some['T']}, I = {some['I']}",
                     ylabel="ms a batch", yscale="log")
            steps = sorted(((curve[b] / curve[a], a, b) for a, b in zip(sizes, sizes[1:])),
                           reverse=True)
            print(f"{pathlib.Path(path).stem}, {mode}: largest steps "
                  + ", ".join(f"{a} to {b} {ratio:.2f}x" for ratio, a, b in steps[:6]))
    for axis in axes:
        axis.grid(True, which="both", alpha=0.3)
        axis.legend()
    axes[-1].set(xlabel="H, hidden units", xticks=range(0, 301, 16))
    figure.suptitle(some["hardware"])
    figure.tight_layout()
    OUTPUT.parent.mkdir(exist_ok=True)
    figure.savefig(OUTPUT, dpi=100)
    print(OUTPUT)


if __name__ == "__main__":
    main()
