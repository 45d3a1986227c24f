"""Tables: what is handed to the command as a file, and what it wrote, read again."""

import csv
import os
from collections.abc import Mapping, Sequence

#: Columns of words in the command's files; those before the first of `BEGIN` are the keys of series.
WORDS = {"target", "kind", "part", "forecast"}
TIMES = {"time", "start", "end", "peak"}
BEGIN = {"time", "target"}


def is_table(value):
    """Whether a value is a table, and not the name of a file."""
    return (
        hasattr(value, "to_csv") or hasattr(value, "write_csv")
        or isinstance(value, Mapping) and any(_is_column(column) for column in value.values())
        or isinstance(value, (list, tuple)) and any(isinstance(row, Mapping) for row in value))


def write(table, path):
    """Writes a table as a CSV file with a header.

    Args:
        table: A frame of pandas or Polars, a series of pandas, columns by name, or a list of dicts.
        path: The file.
    """
    if hasattr(table, "to_csv"):
        _write_pandas(table, path)
    elif hasattr(table, "write_csv"):
        table.write_csv(path)
    elif isinstance(table, Mapping):
        columns = {name: list(column) for name, column in table.items()}
        if len({len(column) for column in columns.values()}) > 1:
            raise ValueError("the columns have different lengths")
        _write_rows(path, list(columns), zip(*columns.values()))
    else:
        names = list(dict.fromkeys(name for row in table for name in row))
        _write_rows(path, names, ([row.get(name) for name in names] for row in table))


def read(path):
    """Reads a CSV file of the command.

    Returns:
        A frame with times as times, where pandas is installed; else a list of dicts, in which times
        are text and an empty cell is `None`.
    """
    try:
        import pandas
    except ImportError:
        return _read_rows(path)
    frame = pandas.read_csv(
        path, dtype={name: str for name in WORDS}, keep_default_na=False, na_values=[""])
    for name in TIMES & set(frame.columns):
        frame[name] = _times(pandas, frame[name])
    return frame


def frame(rows):
    """A list of dicts as a frame, where pandas is installed."""
    try:
        import pandas
    except ImportError:
        return rows
    return pandas.DataFrame(rows)


def _is_column(value):
    return not isinstance(value, str) and (isinstance(value, Sequence) or hasattr(value, "__array__"))


def _write_pandas(table, path):
    if not hasattr(table, "columns"):
        table = table.to_frame(table.name if table.name is not None else "value")
    index = table.index
    # An index without a name only counts the rows, unless it holds times.
    holds_times = type(index).__name__ in ("DatetimeIndex", "PeriodIndex")
    named = [name for name in index.names if name is not None]
    if holds_times and not named:
        table.to_csv(path, index_label="time")
    else:
        table.to_csv(path, index=bool(named))


def _write_rows(path, names, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for row in rows:
            # What is not equal to itself is NaN.
            writer.writerow("" if cell is None or cell != cell else cell for cell in row)


def _times(pandas, column):
    # Rows of a file without times are numbered, and quarters and weeks are words.
    if not (column.dtype == object or str(column.dtype) in ("str", "string")):
        return column
    try:
        return pandas.to_datetime(column, format="ISO8601")
    except ValueError:
        return column


def _read_rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        names = reader.fieldnames or []
        keys = set(names[:min((names.index(name) for name in BEGIN & set(names)), default=0)])
        return [
            {name: cell if name in WORDS | TIMES and name not in keys else _value(cell)
             for name, cell in row.items()}
            for row in reader
        ]


def _value(cell):
    if cell == "":
        return None
    for kind in (int, float):
        try:
            return kind(cell)
        except ValueError:
            pass
    return cell
