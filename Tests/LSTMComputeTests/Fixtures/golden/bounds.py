"""Chooses the bounds of a case such that they bound, and that every precision agrees on what."""

import numpy as np
from cell import real
from sequence import evaluate

# The share of values beyond a bound, and how far from it, relative to it, every value stays: further
# than float32 errs, so that all precisions agree on which side it is.
CLIPPED = 0.04, 0.6
CLEARANCE = 1e-5
BOUNDS = "gateClip", "cellClip", "projectionClip"


def choose_bounds(case, description, file, chance):
    """Sets the bounds to numbers that a good share of the values lie beyond and none lies close to."""
    wanted = [n for n in BOUNDS if case[n]]
    for _ in range(40):
        for layer in description["layers"]:
            layer |= {name: 1e30 for name in wanted}
        # One after the other, since each bound changes the values that the next one sees.
        for name in wanted:
            seen = observed(description, file)
            bound = float(np.quantile(np.abs(seen[name]), chance.uniform(0.6, 0.88)))
            for layer in description["layers"]:
                layer[name] = float(f"{bound:.3g}")
        seen = observed(description, file)
        if all(is_clear(np.abs(seen[n]), real(description["layers"][0][n])) for n in wanted):
            return True
    return False


def observed(description, file):
    seen = {name: [] for name in BOUNDS}
    evaluate(
        description, file, backward=False,
        observe=lambda name, values: seen[name].append(values.numpy().flatten()),
    )  # fmt: skip
    return {name: np.concatenate(values) for name, values in seen.items() if values}


def is_clear(values, bound):
    share = (values > bound).mean()
    return (
        bound > 0 and CLIPPED[0] < share < CLIPPED[1]
        and np.abs(values - bound).min() > CLEARANCE * max(1, bound))  # fmt: skip
