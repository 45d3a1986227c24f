"""The commands as functions."""

import os

from . import _command, _tables, _tensors
from ._results import Model, Result, TemporaryFolder


def run(data, *, target=None, output=None, verbose=False, **options):
    """Fits to the earlier rows, forecasts and judges the rest: `lstm-detect run`.

    Args:
        data: A file's path, or a table: a frame of pandas or Polars, a series of pandas, columns by
            name, or a list of dicts. Of a frame's index, times and names are columns too.
        target: The columns to forecast: a name, or a list of names.
        output: The folder for the files; without it they live as long as the result.
        verbose: Whether notes and progress are shown while it runs.
        options: Those of the command; `from_` is `--from`. A table may stand in place of a file.

    Returns:
        A `Result`.

    Raises:
        LSTMDetectError: What was wrong with data, options or device, in one line.
    """
    return _judged("run", data, {"target": target or _name(data), **options}, output, verbose)


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
    _execute("fit", data, {"target": target or _name(data), "model": path, **options}, verbose)
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
        _execute("predict", data, options, verbose)
        return _tables.read(path)


def apply(weights, input, *, verbose=False, lengths=None, h_0=None, c_0=None, grad_output=None,
          grad_h_n=None, grad_c_n=None, **options):
    """Runs the LSTM layers of PyTorch, Keras or a model on an array: `lstm-detect apply`.

    Args:
        weights: A safetensors file, a `Model`, or arrays by name such as a `state_dict`.
        input: [B, T, I].
        lengths: [B], where sequences are shorter than T.
        h_0, c_0: [L * D, B, R] and [L * D, B, H], the states before the first step.
        grad_output, grad_h_n, grad_c_n: The derivatives of a loss by the outputs, where gradients
            are wanted.
        options: Those of the command, such as `device`.

    Returns:
        NumPy arrays by name: `output` [B, T, F], `h_n`, `c_n`; with derivatives also `grad_input`,
        `grad_h_0`, `grad_c_0`, and `grad.NAME` for each tensor of the weights.

    Raises:
        LSTMDetectError: As for `run`.
        ImportError: There is no NumPy.
    """
    tensors = {
        "input": input, "lengths": lengths, "h_0": h_0, "c_0": c_0, "grad_output": grad_output,
        "grad_h_n": grad_h_n, "grad_c_n": grad_c_n,
    }
    with TemporaryFolder() as folder:
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
    printed = _execute(verb, data, options, verbose)
    return Result(folder, printed, options.get("fail_on"), temporary)


def _names(options, output):
    # In files that only this process reads, names are as they are; a spreadsheet may open the others.
    return options if output else {"keep_names": True, **options}


def _name(data):
    # A series of pandas has one column, which is the target.
    if hasattr(data, "to_csv") and not hasattr(data, "columns"):
        return data.name if data.name is not None else "value"
    return None


def _execute(verb, data, options, verbose):
    with TemporaryFolder() as folder:
        def write_table(name, value):
            if not _tables.is_table(value):
                return None
            path = os.path.join(folder, f"{name}.csv")
            _tables.write(value, path)
            return path

        path = write_table("data", data)
        if path is None:
            if not isinstance(data, (str, os.PathLike)):
                raise TypeError(f"the data are a path or a table, not {type(data).__name__}")
            path = os.fspath(data)
        # A name that begins with a hyphen is no option.
        path = os.path.join(".", path) if path.startswith("-") else path
        try:
            return _command.execute([verb, path] + _command.arguments(options, write_table), verbose)
        except _command.LSTMDetectError as error:
            # Nobody knows the folder that tables are handed over in.
            message = str(error).replace(folder + os.sep, "")
            raise _command.LSTMDetectError(message, error.status) from None
