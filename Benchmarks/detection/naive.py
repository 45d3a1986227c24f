"""Detectors that cost nothing, judged as the command judges: what a network has to beat."""
import numpy as np

SURPRISE, REACH, FACTOR = 0.7, 8.0, 4.5


def deviations(values, history):
    """Each value's distance from the mean of all before, in their standard deviations."""
    everything = np.concatenate([history, values])
    count = np.arange(len(history), len(everything))
    mean = np.cumsum(everything)[count - 1] / count
    variance = np.cumsum(everything ** 2)[count - 1] / count - mean ** 2
    floor = 1e-3 * history.std() + 1e-9
    return np.abs(values - mean) / np.sqrt(np.maximum(variance, floor ** 2))


def score(residuals, values, start):
    """The score of the rows from `start`, as AdaptiveScorer has it but for smoothing and season."""
    history = residuals[:start]
    total, mean, squares = float(len(history)), float(history.mean()), float(history.var() * len(history))
    floor = 1e-3 * values[:start].std() + 1e-9
    surprises = np.empty(len(residuals) - start)
    for place, residual in enumerate(residuals[start:]):
        deviation = max((squares / total) ** 0.5, floor)
        surprises[place] = abs(residual - mean) / deviation
        held = min(max(residual, mean - REACH * deviation), mean + REACH * deviation)
        total += 1
        distance = held - mean
        mean += distance / total
        squares += distance * (held - mean)
    heights = np.maximum(1, deviations(values[start:], values[:start]))
    return surprises ** SURPRISE * heights ** (1 - SURPRISE) / FACTOR


def persistence(values, start):
    """Judges by the last value."""
    return score(np.diff(values, prepend=values[0]), values, start)


def raw(values, start):
    """Judges by the mean of all rows before."""
    return deviations(values[start:], values[:start]) / FACTOR


def joint(scores, span=10):
    """The joint score of several targets, as JointScorer has it."""
    squares = np.mean([np.minimum(each, 10) ** 2 for each in scores], axis=0)
    mean, means = 0.0, np.empty(len(squares))
    for place, square in enumerate(squares):
        mean += 2 / (span + 1) * (square - mean)
        means[place] = mean
    return np.sqrt(means)
