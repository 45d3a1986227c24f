"""Which sequence cases there are: a covering selection of the values of all properties.

Every pair of values that can occur together does, and then as many triples as the number of cases
allows. Cases of wide layers and of long sequences come on top, since their files are large.
"""

import itertools
import random

RATES = [0.0, 0.25, 0.4]

PROPERTIES = {
    "layers": [1, 2, 3],
    "hidden": [1, 2, 3, 5, 7, 8, 13, 16, 17],
    "inputs": [1, 2, 3, 5, 9],
    "batch": [1, 2, 3, 5, 16],
    "steps": [1, 2, 3, 7, 12],
    "direction": ["forward", "reverse", "bidirectional", "bidirectionalSum"],
    "projection": [False, True],
    "bias": ["two", "one", "none"],
    "peepholes": [False, True],
    "gates": ["plain", "coupled", "normalized"],
    "gateClip": [False, True],
    "cellClip": [False, True],
    "projectionClip": [False, True],
    "dropout": RATES,
    "recurrentDropout": RATES,
    "zoneoutHidden": RATES,
    "zoneoutCell": RATES,
    "mode": ["training", "inference"],
    "lengths": ["none", "ragged", "ragged and 0"],
    "mask": [False, True],
    "initialStates": [False, True],
    "gradients": ["output", "h_n", "c_n", "all"],
}

# The sizes of the cases on top; their other properties continue the covering.
WIDE = [
    (31, 1, 5, 2), (31, 2, 1, 3), (31, 1, 2, 7), (33, 1, 3, 3), (33, 1, 2, 2), (33, 1, 16, 2),
    (64, 1, 2, 3), (65, 1, 3, 2), (130, 1, 2, 2),
]  # fmt: skip
WIDE_PROJECTED = [
    (31, 2, 3, 2), (33, 2, 2, 3), (64, 1, 3, 3), (64, 2, 2, 2), (65, 1, 5, 2), (65, 2, 1, 3),
    (130, 1, 3, 2), (130, 1, 1, 3),
]  # fmt: skip
LONG = [(5, 1, 3, 40), (8, 2, 2, 40), (17, 1, 1, 40), (2, 3, 5, 40), (3, 1, 16, 40), (7, 1, 2, 40)]

COVERING = 150
# How many new triples a case has to have for each kilobyte of its part of the file.
PRICE = 5


def is_possible(case):
    """Whether the library allows a case and each of its options has something to act upon."""
    layers, hidden, batch, steps = (case[n] for n in ("layers", "hidden", "batch", "steps"))
    training = case["mode"] == "training"
    remembers = steps > 1 or case["initialStates"]
    return not (
        (case["projection"] and hidden == 1)
        or (case["projectionClip"] and not case["projection"])
        # Only another layer sees what is dropped.
        or (case["dropout"] > 0 and layers == 1)
        or (training and case["recurrentDropout"] > 0 and not remembers)
        # The first state of a row that does not start would be all there is.
        or (case["lengths"] == "ragged" and steps == 1)
        or (case["lengths"] == "ragged and 0" and batch == 1)
        or (case["mask"] and steps * batch < 6)
        or (case["mask"] and case["lengths"] != "none" and steps * batch < 10)
        # One unit normalized is always 0, so all that is left of the cell is how it forgets.
        or (case["gates"] == "normalized" and hidden == 1 and case["cellClip"])
        # With few numbers, no bound lies between some of them.
        or (bounds(case) and steps * batch * hidden < 4)
    )


def bounds(case):
    return case["gateClip"] or case["cellClip"] or case["projectionClip"]


def kilobytes(case):
    """About how much a case takes in the file, most of it for weights and what is there per step."""
    two = 2 if case["direction"].startswith("bi") else 1
    hidden, layers = case["hidden"], case["layers"]
    weights = two * 4 * hidden * (hidden + case["inputs"] + 4) * 12
    others = two * (layers - 1) * 4 * 4 * (4 + 4 * two) * 12
    steps = two * 8 * case["steps"] * case["batch"] * (hidden + 4 * (layers - 1))
    return (weights + others + steps) / 1000


def tuples(case, size):
    """All choices of so many properties with the values that a case gives them."""
    return set(itertools.combinations(case.items(), size))


def draw(chance, fixed, tries=1000):
    """Some possible case with the given values, or none if so many tries find none."""
    for _ in range(tries):
        case = {name: chance.choice(values) for name, values in PROPERTIES.items()} | fixed
        if is_possible(case):
            return case
    return None


def possible_pairs(chance):
    """The pairs that some case has."""
    return {
        ((a, x), (b, y))
        for a, b in itertools.combinations(PROPERTIES, 2)
        for x, y in itertools.product(PROPERTIES[a], PROPERTIES[b])
        if draw(chance, {a: x, b: y}, tries=40)
    }


class Covering:
    """Cases, each the best of some that chance offers."""

    def __init__(self):
        self.chance = random.Random(1)
        self.missing = possible_pairs(self.chance)
        self.seen = set()
        self.cases = []

    def add(self, fixed={}, price=PRICE, candidates=60):
        """Adds a case with the given values that has many pairs that are missing, then new triples."""
        drawn = [draw(self.chance, fixed) for _ in range(candidates)]
        # Some have a missing pair for sure, so that none is left out by bad luck.
        missing = sorted(self.missing, key=str)
        for pair in self.chance.sample(missing, min(len(missing), candidates // 2)):
            drawn.append(draw(self.chance, dict(pair) | fixed))
        best = max(filter(None, drawn), key=lambda case: self.worth(case, price))
        self.cases.append(best)
        self.missing -= tuples(best, 2)
        self.seen |= tuples(best, 3)

    def worth(self, case, price):
        triples = len(tuples(case, 3) - self.seen)
        return len(tuples(case, 2) & self.missing), triples - price * kilobytes(case)


def sequence_cases():
    covering = Covering()
    for _ in range(COVERING):
        covering.add()
    if covering.missing:
        raise ValueError(f"pairs in no case: {covering.missing}")
    named = lambda sizes: dict(zip(("hidden", "layers", "batch", "steps"), sizes))
    for sizes in LONG:
        covering.add(named(sizes))
    for sizes in WIDE:
        covering.add(named(sizes) | {"projection": False}, price=1)
    for sizes in WIDE_PROJECTED:
        covering.add(named(sizes) | {"projection": True}, price=1)
    return covering.cases


if __name__ == "__main__":
    for number, case in enumerate(sequence_cases()):
        print(number, *case.values())
