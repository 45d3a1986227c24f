"""Writes Benchmarks/results/README.md from the .jsonl files beside it: python3 Benchmarks/report.py

Of rows for the same case, mode, device and peer, the last one counts. A case's ratio is the peer's
time over ours; where there are several peers, the summary takes the best of them, case by case.
"""

import json
import pathlib
import statistics

FOLDER = pathlib.Path(__file__).parent / "results"


def read():
    for file in sorted(FOLDER.glob("*.jsonl")):
        for line in file.read_text().splitlines():
            yield json.loads(line)


def option_lines():
    """Networks with options, each timed in turn with the plain one of its shape."""
    last = {}
    for row in read():
        if "ratio_to_plain" in row:
            shape = tuple(row[k] for k in "BTIHL")
            last[(row["device"], row["hardware"], shape, row["option"], row["mode"])] = row
    lines, heading = [], None
    for (device, hardware, shape, option, mode), row in last.items():
        if heading != (device, hardware, shape):
            heading = (device, hardware, shape)
            lines += ["", f"## Options, {device}, B, T, I, H, L = {', '.join(map(str, shape))}", "",
                      f"{hardware}. The time over that of the plain network.", "",
                      "| option | mode | ms | plain ms | ratio | plan |", "|---|---|---|---|---|---|"]
        lines.append(f"| {option} | {mode} | {row['ours_ms']:.3f} | {row['plain_ms']:.3f} "
                     f"| {row['ratio_to_plain']:.2f} | {row['plan']} |")
    return lines


def rows():
    last = {}
    for row in read():
        if "ratio_to_plain" not in row:
            shape = tuple(row[k] for k in "BTIHL")
            key = (row["suite"], row["mode"], row["device"], row["precision"], shape, row["peer"])
            last[key] = row
    return last


def main():
    groups = {}
    for (suite, mode, device, precision, shape, peer), row in rows().items():
        groups.setdefault((suite, mode, device, precision), {}).setdefault(shape, {})[peer] = row
    lines = [
        "# Results", "",
        "Written by `python3 Benchmarks/report.py` from the `.jsonl` files here, which "
        "`make compare` and `Benchmarks/gpu.sh` append to. Ratios are medians of the peer's time "
        "over ours, timed in turn in one run; above 1 we are faster. Times are in milliseconds.",
        "", "| suite | mode | device | cases | geometric mean | worst | peers |",
        "|---|---|---|---|---|---|---|",
    ]
    for (suite, mode, device, precision), cases in groups.items():
        best = [min(row["ratio"] for row in peers.values()) for peers in cases.values()]
        names = sorted({f"{r['peer']} {r.get('peer_version', '')}".strip()
                        for peers in cases.values() for r in peers.values()})
        lines.append(f"| {suite} | {mode} | {device}, {precision} | {len(best)} "
                     f"| {statistics.geometric_mean(best):.2f} | {min(best):.2f} "
                     f"| {', '.join(names)} |")
    for (suite, mode, device, precision), cases in groups.items():
        names = sorted({peer for peers in cases.values() for peer in peers})
        some = next(iter(next(iter(cases.values())).values()))
        lines += ["", f"## {suite}, {mode}, {device}, {precision}", ""]
        if "hardware" in some:
            lines += [f"{some['hardware']}; {some['plan']}; commit {some.get('commit')}.", ""]
        lines += [
            "| B, T, I, H, L | ours | GFLOP/s | "
            + " | ".join(f"{n} | ratio" for n in names) + " |",
            "|---|---|---|" + "---|---|" * len(names),
        ]
        for shape, peers in cases.items():
            ours = statistics.median(row["ours_ms"] for row in peers.values())
            rates = [row["ours_gflops"] for row in peers.values() if "ours_gflops" in row]
            cells = [", ".join(map(str, shape)), f"{ours:.3f}",
                     f"{statistics.median(rates):.0f}" if rates else ""]
            for name in names:
                row = peers.get(name)
                cells += [f"{row['peer_ms']:.3f}", f"{row['ratio']:.2f}"] if row else ["", ""]
            lines.append("| " + " | ".join(cells) + " |")
    lines += option_lines()
    (FOLDER / "README.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines[4:6 + len(groups)]))


if __name__ == "__main__":
    main()
