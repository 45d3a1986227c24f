"""Which sequence cases there are: each option alone, a covering selection, and some of wide layers and
of long sequences on top, since their part of the file is large."""

from covering import Covering

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

# Each option alone, so that what fails can be told by its name.
ALONE = {
    "layers": 2, "hidden": 5, "inputs": 3, "batch": 3, "steps": 7, "direction": "forward",
    "projection": False, "bias": "two", "peepholes": False, "gates": "plain", "gateClip": False,
    "cellClip": False, "projectionClip": False, "dropout": 0.0, "recurrentDropout": 0.0,
    "zoneoutHidden": 0.0, "zoneoutCell": 0.0, "mode": "training", "lengths": "none", "mask": False,
    "initialStates": True, "gradients": "all",
}
OPTIONS = [
    {}, {"initialStates": False}, {"bias": "one"}, {"bias": "none"}, {"direction": "reverse"},
    {"direction": "bidirectional"}, {"direction": "bidirectionalSum"}, {"projection": True},
    {"projection": True, "projectionClip": True}, {"peepholes": True}, {"gates": "coupled"},
    {"gates": "normalized"}, {"gateClip": True}, {"cellClip": True}, {"dropout": 0.4},
    {"recurrentDropout": 0.4}, {"zoneoutHidden": 0.4}, {"zoneoutCell": 0.4},
    {"zoneoutHidden": 0.4, "mode": "inference"}, {"zoneoutCell": 0.4, "mode": "inference"},
    {"lengths": "ragged"}, {"lengths": "ragged and 0"}, {"mask": True},
    {"mask": True, "lengths": "ragged and 0", "steps": 12},
    {"lengths": "ragged and 0", "direction": "bidirectional"},
]  # fmt: skip

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
        # Of few units that are normalized hardly anything is left; of one it is always 0. And with one
        # or two inputs, W x normalized hardly depends on how large they are: all but roundings cancels.
        or (case["gates"] == "normalized" and (hidden < 5 or case["inputs"] < 3))
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


def sequence_cases():
    covering = Covering(PROPERTIES, is_possible, kilobytes, PRICE)
    covering.fill(COVERING)
    named = lambda sizes: dict(zip(("hidden", "layers", "batch", "steps"), sizes))
    for sizes in LONG:
        covering.add(named(sizes))
    for sizes in WIDE:
        covering.add(named(sizes) | {"projection": False}, price=1)
    for sizes in WIDE_PROJECTED:
        covering.add(named(sizes) | {"projection": True}, price=1)
    return [ALONE | option for option in OPTIONS] + covering.cases
