"""Which network cases there are: a covering selection, and a few that it would hardly contain."""

from covering import Covering

# Options of the layers, which are the same in all of them but for widths and dropout.
OPTIONS = {
    "plain": {},
    "random": {
        "dropout": 0.3, "recurrentDropout": 0.2, "zoneoutHidden": 0.1, "zoneoutCell": 0.4,
    },
    "bounded": {
        "projectionSize": 2, "hasPeepholes": True, "couplesGates": True, "bias": "one",
        "gateClip": 0.6, "cellClip": 0.4, "projectionClip": 0.15,
    },
    "normalized": {"normalizesGates": True, "hasPeepholes": True, "bias": "none", "zoneoutCell": 0.25},
    "bidirectional": {"direction": "bidirectional", "recurrentDropout": 0.25, "dropout": 0.25},
    "sum": {"direction": "bidirectionalSum", "zoneoutHidden": 0.25, "projectionSize": 1},
    "reverse": {"direction": "reverse", "couplesGates": True},
}  # fmt: skip

PROPERTIES = {
    "head": ["lastStep", "everyStep", "encoder-decoder"],
    "loss": ["mse", "mae", "huber", "quantile(0.1,0.5,0.9)", "gaussian"],
    "options": list(OPTIONS),
    "layers": [1, 2, 3],
    "hidden": [3, 4, 7, 16, 17],
    "inputs": [1, 3, 5],
    "batch": [1, 3, 6],
    "steps": [2, 5, 9],
    "horizon": [1, 2, 3],
    "targets": [1, 2, 3],
    "weights": ["none", "given", "missing targets"],
    "rowMask": [False, True],
    "mode": ["training", "training", "inference"],
}

COVERING = 48
SMALL = {"layers": 1, "hidden": 4, "batch": 3, "steps": 5, "horizon": 3, "mode": "training"}
# At a tie a target equals the output exactly, where these losses have a corner.
EXTRA = [
    {"loss": "mae", "ties": True, "weights": "none"},
    {"loss": "quantile(0.1,0.5,0.9)", "ties": True, "weights": "given"},
    {"loss": "mse", "weights": "nothing weighs"},
    {"loss": "gaussian", "weights": "nothing weighs", "options": "random"},
]  # fmt: skip


def is_possible(case):
    turned = case["options"] in ("bidirectional", "sum", "reverse")
    elements = case["batch"] * case["horizon"] * case["targets"]
    return not (
        (turned and case["head"] == "encoder-decoder")
        # Some targets are to be missing, and the weights of others to differ.
        or (case["weights"] != "none" and elements < 3)
    )


def kilobytes(case):
    return case["layers"] * case["hidden"] ** 2 / 10


def network_cases():
    covering = Covering(PROPERTIES, is_possible, kilobytes, price=2)
    covering.fill(COVERING)
    for fixed in EXTRA:
        covering.add(SMALL | {"options": "plain"} | fixed)
    return covering.cases
