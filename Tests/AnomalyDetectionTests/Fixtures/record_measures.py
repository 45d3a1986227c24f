"""Records the numbers of ScoreRankingTests and DetectionMeasureTests: python3 record_measures.py"""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parents[3] / "Benchmarks" / "detection"))
import measures  # noqa: E402

STRETCHES = [(40, 51), (120, 120), (200, 229), (295, 299)]
HIGHER = [(43, 55), (119, 121), (198, 210), (260, 262)]


def inside(stretches, rows):
    return np.array([any(first <= row <= last for first, last in stretches) for row in range(rows)])


def average_precision(scores, labels):
    """By its definition, threshold by threshold."""
    total, before = 0.0, 0.0
    for cut in sorted(set(scores), reverse=True):
        passes = scores >= cut
        recall = labels[passes].sum() / labels.sum()
        total += (recall - before) * labels[passes].mean()
        before = recall
    return total


def example(rows):
    noise = np.array([row * 7919 % 1009 / 1009 for row in range(rows)])
    return noise + 0.5 * inside(HIGHER, rows), inside(STRETCHES, rows)


def show(name, scores, labels):
    print(f"{name:<12} {float(average_precision(scores, labels))!r} {measures.vus_pr(scores, labels)!r}")


scores, labels = example(300)
show("distinct", scores, labels)
show("ties", np.floor(scores * 5) / 5, labels)
show("constant", np.ones(300), labels)
show("all", scores, np.ones(300, bool))
show("short", scores[46:60], labels[46:60])
show("one row", np.array([0.5]), np.array([True]))
kept = np.arange(300) % 7 != 3
show("without", scores[kept], labels[kept])
