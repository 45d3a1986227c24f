"""What the tests share: who needs which module, and rows to fit to."""

import datetime
import importlib.util
import math
import os
import unittest


def needs(*modules):
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    return unittest.skipIf(
        missing and "SWIFT_LSTM_TEST_ALL" not in os.environ, f"without {', '.join(missing)}")


def sales(days=120, offset=0):
    """Units by weekday, with one bad day."""
    start = datetime.date(2024, 1, 1) + datetime.timedelta(days=offset)
    rows = [
        {"day": start + datetime.timedelta(days=day),
         "units": 100 + 10 * ((day + offset) % 7) + math.sin(3 * day)}
        for day in range(days)
    ]
    rows[-10]["units"] = 900
    return rows


QUICK = {"epochs": 1, "window": 7, "units": 4, "device": "cpu", "search": "none"}
