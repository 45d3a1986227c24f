"""The whole job's data as the peers see it: the same columns, rows, scaling and windows as ours."""

import csv

import numpy

FEATURES = ["pm2.5", "DEWP", "TEMP", "PRES", "Iws", "Is", "Ir", "hour"]
WINDOW, UNITS, BATCH, EPOCHS = 24, 64, 64, 5


def load(path):
    """Training and validation windows [n, T, I] and targets [n, 1], scaled by the training rows."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    table = numpy.array(
        [[float(r[f]) if r[f] != "NA" else numpy.nan for f in FEATURES] for r in rows])
    # Missing cells take the value before them, leading ones the first value.
    for column in table.T:
        known = numpy.where(~numpy.isnan(column))[0]
        last = numpy.maximum.accumulate(
            numpy.where(numpy.isnan(column), known[0], numpy.arange(len(column))))
        column[:] = column[last]
    train_end = int(len(table) * 0.8)
    mean, deviation = table[:train_end].mean(0), table[:train_end].std(0)
    scaled = ((table - mean) / deviation).astype(numpy.float32)
    windows = numpy.lib.stride_tricks.sliding_window_view(scaled, WINDOW, axis=0)[:-1]
    x, y = windows.transpose(0, 2, 1), scaled[WINDOW:, :1]
    cut = train_end - WINDOW
    return (x[:cut], y[:cut]), (x[cut:], y[cut:])
