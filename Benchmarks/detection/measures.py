"""How good alarms are: the Numenta score, events found, and the volume under the precision-recall surface."""
import math

import numpy as np


def events(mask, gap=0):
    """First and last places of runs of true values, those at most `gap` places apart joined."""
    found = []
    for place in np.flatnonzero(mask):
        if found and place - found[-1][1] <= gap + 1:
            found[-1][1] = int(place)
        else:
            found.append([int(place), int(place)])
    return [tuple(each) for each in found]


def counts(found, labels):
    """Labeled stretches that an event overlaps, events that overlap none, stretches missed."""
    def meets(one, other):
        return one[0] <= other[1] and other[0] <= one[1]

    hits = sum(any(meets(label, event) for event in found) for label in labels)
    false = sum(not any(meets(label, event) for label in labels) for event in found)
    return hits, false, len(labels) - hits


def f1(hits, false, missed):
    return 2 * hits / (2 * hits + false + missed) if hits else 0.0


def sigmoid(place):
    return 2 / (1 + math.exp(5 * place)) - 1


def numenta(alarms, windows, cost=0.11):
    """The standard profile's sum for one file (Lavin and Ahmad 2015): alarms are rows, windows are
    first and last rows; only the first alarm in a window counts, and each outside costs."""
    total = 0.0
    for left, right in windows:
        inside = [row for row in alarms if left <= row <= right]
        if not inside:
            total -= 1
            continue
        total += sigmoid(-(right - inside[0] + 1) / (right - left + 1)) / sigmoid(-1)
    for row in alarms:
        if any(left <= row <= right for left, right in windows):
            continue
        before = [(left, right) for left, right in windows if right < row]
        if not before:
            total -= cost
            continue
        left, right = before[-1]
        distance = (row - right) / max(1, right - left)
        total += cost * (-1 if distance > 3 else sigmoid(distance))
    return total


def new_maxima(scores, span):
    """The places whose score is above all of the `span` places before."""
    places, recent = [], []
    for place, score in enumerate(scores):
        while recent and recent[0][0] < place - span:
            recent.pop(0)
        if not recent or score > recent[0][1]:
            places.append(place)
        while recent and recent[-1][1] <= score:
            recent.pop()
        recent.append((place, score))
    return places


def extended(labels, width):
    """Labels that fade over `width` / 2 places at both sides of each stretch."""
    result = labels.astype(float)
    for first, last in events(labels):
        for step in range(1, width // 2 + 1):
            weight = math.sqrt(1 - step / width)
            for place in (first - step, last + step):
                if 0 <= place < len(labels):
                    result[place] = max(result[place], weight)
    return result


def vus_pr(scores, labels, widest=100, step=10, thresholds=100):
    """The mean over buffers of 0 to `widest` places of the area under the precision-recall curve for
    stretches (Paparrizos et al. 2022)."""
    order = np.sort(scores)[::-1]
    cuts = order[np.linspace(0, len(order) - 1, thresholds).astype(int)]
    positives = labels.sum()
    areas = []
    for width in range(0, widest + 1, step):
        faded = extended(labels, width) if width else labels.astype(float)
        stretches = events(faded > 0)
        last, area = 0.0, 0.0
        for cut in cuts:
            predicted = scores >= cut
            hit = float((faded * predicted).sum())
            size = (positives + hit) / 2
            recall = min(hit / size, 1) if size else 0
            seen = np.mean([predicted[first:end + 1].any() for first, end in stretches])
            now = recall * seen
            area += max(0.0, now - last) * hit / predicted.sum()
            last = max(last, now)
        areas.append(area)
    return float(np.mean(areas))
