"""The commands as functions."""

import contextlib
import json
import os
from pathlib import Path

from . import _command, _tables, _tensors
from ._results import Model, Result, TemporaryFolder


def run(data, *, target=None, output=None, verbose=False, **options):
    """Fits to the earlier rows, forecasts and judges the rest: `lstm-detect run`.

    Args:
        data: A file's path, or a table: a frame of pandas or Polars, a series of pandas, columns by
            name, or a list of dicts. A frame's index is columns too, unless it only counts rows.
        target: The columns to forecast: a name, or a list of names.
        output: The folder for the files; without it they live as long as the result.
        verbose: Whether notes and progress are shown while it runs.
        options: Those of the command; `from_` is `--from`. A table may stand in place of a file.

    Returns:
        A `Result`.

    Raises:
        LSTMDetectError: What was wrong with data, options or device, in one line.
    """
    return _judged("run", data, {"target": _target(target, data), **options}, output, verbose)


def detect(model, data, *, output=None, verbose=False, **options):
    """Judges the rows of a table or file with a model: `lstm-detect detect`.

    Args:
        model: A `Model`, or the path of its file.
        data, output, verbose, options: As for `run`; `context` takes the rows before those of `data`.

    Returns:
        A `Result`.

    Raises:
        LSTMDetectError: As for `run`.
    """
    return _judged("detect", data, {"model": model, **options}, output, verbose)


def fit(data, *, target=None, model=None, verbose=False, **options):
    """Fits a network and keeps it: `lstm-detect fit`.

    Args:
        model: Where the model goes; without it the file lives as long as the `Model`.
        data, target, verbose, options: As for `run`.

    Returns:
        A `Model`.

    Raises:
        LSTMDetectError: As for `run`.
    """
    temporary = TemporaryFolder() if model is None else None
    path = os.path.join(temporary.name, "model.safetensors") if temporary else os.fspath(model)
    _execute("fit", {"target": _target(target, data), "model": path, **options}, verbose, data)
    return Model(path, temporary)


def predict(model, data, *, output=None, verbose=False, **options):
    """Forecasts each row of a table or file, and those to come: `lstm-detect predict`.

    Args:
        model, data, verbose, options: As for `detect`.
        output: A CSV file to keep the forecasts in.

    Returns:
        A table with `time`, `target`, `actual`, `expected`, `residual`, `score`, `anomaly`: a frame,
        with pandas; else a list of dicts. The rows to come have no `actual`.

    Raises:
        LSTMDetectError: As for `run`.
    """
    with TemporaryFolder() as folder:
        path = output or os.path.join(folder, "predictions.csv")
        options = {"model": model, "output": path, **_names(options, output)}
        _execute("predict", options, verbose, data)
        return _tables.read(path)


def update(model, data, *, replay, output=None, verbose=False, **options):
    """Trains a model further on new rows: `lstm-detect update`.

    Args:
        model: A `Model`, or the path of its file.
        data, verbose, options: As for `run`.
        replay: The rows before those of `data`, as a table or a file's path.
        output: Where the new model goes; without it the file lives as long as the `Model`.

    Returns:
        A `Model`.

    Raises:
        LSTMDetectError: As for `run`, and where the new model forecasts worse, unless `even_if_worse`.
    """
    temporary = TemporaryFolder() if output is None else None
    path = os.path.join(temporary.name, "model.safetensors") if temporary else os.fspath(output)
    _execute("update", {"model": model, "replay": replay, "output": path, **options}, verbose, data)
    return Model(path, temporary)


def drift(model, data, *, output=None, verbose=False, **options):
    """Tells whether forecasts have become worse since the fit: `lstm-detect drift`.

    Args:
        model, data, verbose, options: As for `detect`.
        output: A folder to keep drift.json in.

    Returns:
        drift.json as a dict: `drift` is true where any of `targets` has moved.

    Raises:
        LSTMDetectError: As for `run`.
    """
    with TemporaryFolder() as folder:
        folder = output or folder
        _execute("drift", {"model": model, "output": folder, **options}, verbose, data)
        return json.loads((Path(folder) / "drift.json").read_text(encoding="utf-8"))


def export(model, output, *, format, verbose=False, **options):
    """Writes a model for other libraries: `lstm-detect export`.

    Args:
        model: A `Model`, or the path of its file.
        output: The file.
        format: `onnx`, `pytorch` or `keras`.
        verbose, options: As for `run`.

    Returns:
        The file's path.

    Raises:
        LSTMDetectError: As for `run`.
    """
    _execute("export", {"model": model, "format": format, "output": output, **options}, verbose)
    return Path(output)


def apply(weights, input, *, verbose=False, lengths=None, h_0=None, c_0=None, grad_output=None,
          grad_h_n=None, grad_c_n=None, grad_predictions=None, **options):
    """Runs the LSTM layers of PyTorch, Keras or a model on an array: `lstm-detect apply`.

    Args:
        weights: A safetensors file, a `Model`, or arrays by name such as a `state_dict`.
        input: [B, T, I].
        lengths: [B], where sequences are shorter than T.
        h_0, c_0: [L * D, B, R] and [L * D, B, H], the states before the first step.
        grad_output, grad_h_n, grad_c_n, grad_predictions: The derivatives of a loss with respect to
            the outputs, where gradients are wanted.
        options: Those of the command, such as `device`. Where the widths of layers differ, also
            states and derivatives of each layer and direction: `**{"h_0.0": array, "h_0.1": array}`.

    Returns:
        NumPy arrays by name: `output` [B, T, F], `h_n`, `c_n`, with a head `predictions`; with
        derivatives also `grad_input`, `grad_h_0`, `grad_c_0`, and `grad.NAME` for each tensor of the
        weights.

    Raises:
        LSTMDetectError: As for `run`.
        ImportError: There is no NumPy.
    """
    tensors = {
        "input": input, "lengths": lengths, "h_0": h_0, "c_0": c_0, "grad_output": grad_output,
        "grad_h_n": grad_h_n, "grad_c_n": grad_c_n, "grad_predictions": grad_predictions,
        # No option has a point in its name.
        **{name: value for name, value in options.items() if "." in name},
    }
    options = {name: value for name, value in options.items() if "." not in name}
    with _handover() as folder:
        files = [os.path.join(folder, f"{name}.safetensors") for name in ("weights", "input", "output")]
        if hasattr(weights, "items"):
            _tensors.write(weights, files[0])
            weights = files[0]
        _tensors.write({name: array for name, array in tensors.items() if array is not None}, files[1])
        given = {"weights": weights, "input": files[1], "output": files[2], **options}
        _command.execute(["apply"] + _command.arguments(given, lambda name, value: None), verbose)
        return _tensors.read(files[2])


def _judged(verb, data, options, output, verbose):
    temporary = TemporaryFolder() if output is None else None
    folder = temporary.name if temporary else os.fspath(output)
    options = {"output": folder, **_names(options, output)}
    printed = _execute(verb, options, verbose, data)
    return Result(folder, printed, options.get("fail_on"), temporary)


def _names(options, output):
    # In files that only this process reads, names are as they are; a spreadsheet may open the others.
    return options if output else {"keep_names": True, **options}


def _target(target, data):
    # A series of pandas has one column, which is the target.
    if target is None and hasattr(data, "to_csv") and not hasattr(data, "columns"):
        return [_tables.series_name(data)]
    return target


@contextlib.contextmanager
def _handover():
    """A folder in which tables and tensors are handed over: nobody knows it, so errors do not name it."""
    with TemporaryFolder() as folder:
        try:
            yield folder
        except _command.LSTMDetectError as error:
            message = str(error).replace(folder + os.sep, "")
            raise _command.LSTMDetectError(message, error.status) from None


def _execute(verb, options, verbose, data=None):
    with _handover() as folder:
        def write_table(name, value):
            if not _tables.is_table(value):
                return None
            path = os.path.join(folder, f"{name}.csv")
            _tables.write(value, path)
            return path

        line = [verb]
        if verb != "export":
            path = write_table("data", data)
            if path is None:
                if not isinstance(data, (str, os.PathLike)):
                    raise TypeError(f"the data are a path or a table, not {type(data).__name__}")
                path = os.fspath(data)
            # A name that begins with a hyphen is no option.
            line.append(os.path.join(".", path) if path.startswith("-") else path)
        return _command.execute(line + _command.arguments(options, write_table), verbose)
