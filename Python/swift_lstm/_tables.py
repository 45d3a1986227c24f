"""Tables: what is handed to the command as a file, and what it wrote, read again."""

import csv
import os
from collections.abc import Mapping, Sequence

from . import _command

#: Columns of words in the command's files; those before the first of `BEGIN` are the keys of series.
WORDS = {"target", "kind", "part", "forecast"}
TIMES = {"time", "start", "end", "peak"}
BEGIN = {"time", "target"}
#: What pandas calls the values of an index that are times, and those that are durations.
TIMES_OF_PANDAS = {"datetime64", "datetime", "date", "period"}
DURATIONS_OF_PANDAS = {"timedelta64", "timedelta"}


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

    Raises:
        ValueError: Columns are of different lengths, or the index has a column's name or durations.
    """
    if hasattr(table, "to_csv"):
        table = _frame_of_columns(table)
        _write_rows(path, table.columns, ())
        with open(path, "a", newline="", encoding="utf-8") as file:
            table.to_csv(file, index=False, header=False)
    elif hasattr(table, "write_csv"):
        _write_rows(path, table.columns, ())
        with open(path, "ab") as file:
            table.write_csv(file, include_header=False)
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


def series_name(series):
    """The name of the one column that a series of pandas is written as."""
    return _name(series.name).strip() or "value"


def _is_column(value):
    # Numbers of NumPy are arrays of no dimension.
    return not isinstance(value, str) and (
        isinstance(value, Sequence) or hasattr(value, "__array__") and getattr(value, "ndim", 1) > 0)


def _frame_of_columns(table):
    """A frame or series of pandas as a frame whose index does not matter."""
    index = table.index
    if hasattr(table, "columns"):
        table = table.set_axis([_name(name) for name in table.columns], axis=1)
    else:
        table = table.to_frame(series_name(table))
    # Whole numbers without a name only count the rows.
    if index.nlevels == 1 and index.name is None and getattr(index.dtype, "kind", "O") in "iu":
        table = table.reset_index(drop=True)
    else:
        names = _index_names(index, set(table.columns))
        table = table.set_axis(index.set_names(names), axis=0).reset_index()
    if any(str(dtype).startswith("period") for dtype in table.dtypes):
        table = table.apply(
            lambda column: column.dt.to_timestamp() if str(column.dtype).startswith("period") else column)
    return table


def _index_names(index, columns):
    names = []
    for level, name in enumerate(index.names):
        kind = index.get_level_values(level).inferred_type
        if kind in DURATIONS_OF_PANDAS:
            raise ValueError("the index holds durations; make times of it: frame.index = start + frame.index")
        if name is not None:
            name = _name(name)
        elif kind in TIMES_OF_PANDAS and "time" not in names:
            name = "time"
        else:
            name = "index" if index.nlevels == 1 else f"level_{level}"
        if name in columns:
            raise ValueError(
                f"the index and a column are both named '{name}'; rename one, or leave the index out by "
                "reset_index(drop=True)")
        names.append(name)
    return names


def _write_rows(path, names, rows):
    names = [_name(name) for name in names]
    # The command takes a row without a word for values, unless it is a comment, which may have the names.
    if names and not any(letter.isalpha() for name in names for letter in name):
        names[0] = "# " + names[0]
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        for row in rows:
            writer.writerow(map(_cell, row))


def _name(name):
    return "" if _is_missing(name) else _command.text(name)


def _cell(cell):
    if _is_missing(cell):
        return ""
    # Weeks are written by pandas as their first and last day.
    return cell.to_timestamp() if hasattr(cell, "to_timestamp") else cell


def _is_missing(cell):
    # pandas.NA has no truth value; what is not equal to itself is NaN.
    return cell is None or type(cell).__name__ == "NAType" or bool(cell != cell)


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
