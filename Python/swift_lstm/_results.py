"""What comes of a run: files, and tables that are read from them when they are asked for."""

import functools
import json
import os
import shutil
import tempfile
import weakref
from pathlib import Path

from . import _command, _tables


class Result:
    """The results of `run` and `detect`.

    Attributes:
        folder: Where the files are. A folder that nobody named lives as long as this object.
        summary: What the command printed; `print(result)` shows it.
        notes: What was done to the data, a line each.
        found_anomalies: With `fail_on=N`, whether there are N anomalies or more; else `None`.
    """

    def __init__(self, folder, printed, fail_on, temporary=None):
        self.folder = Path(folder)
        self.summary = printed.output
        self.notes = printed.notes
        self.found_anomalies = (
            None if fail_on is None else printed.status == _command.ANOMALIES_FOUND)
        self._temporary = temporary

    @functools.cached_property
    def forecasts(self):
        """The rows to come: `time`, `target`, `lead` (1 is the row after the last one), `expected`."""
        return self._table("forecast.csv")

    @functools.cached_property
    def predictions(self):
        """A line for each judged row and target: `actual`, `expected`, `score`, `anomaly` and more."""
        return self._table("predictions.csv")

    @functools.cached_property
    def anomalies(self):
        """A line for each anomaly: `start`, `end`, `peak`, `severity`, `kind` and more."""
        return self._table("anomalies.csv")

    @functools.cached_property
    def joint(self):
        """How unusual each row is over all targets, and each target's share of it."""
        return self._table("joint.csv")

    @functools.cached_property
    def document(self):
        """All of metrics.json, as a dict."""
        with open(self.folder / "metrics.json", encoding="utf-8") as file:
            return json.load(file)

    @functools.cached_property
    def metrics(self):
        """The errors: a line for each part, target and forecast, with `mae`, `rmse`, `mse`, `r2`."""
        parts = self.document.get("series") or [self.document]
        return _tables.frame([
            {**series.get("key", {}), "part": part, "target": target, "forecast": forecast, **errors}
            for series in parts
            for part, targets in series["metrics"].items()
            for target, forecasts in targets.items()
            for forecast, errors in forecasts.items() if errors is not None
        ])

    @property
    def report(self):
        """The path of report.html."""
        return self.folder / "report.html"

    @property
    def model(self):
        """The model that `run` has fitted, as `detect` and `predict` take it."""
        path = self.folder / "model.safetensors"
        if not path.exists():
            raise AttributeError(f"there is no {path}: detect fits none, and run has put it elsewhere")
        return Model(path, self._temporary)

    def save(self, folder):
        """Copies all files into a folder, which is made where it does not exist."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)

    def _table(self, name):
        return _tables.read(self.folder / name)

    def __str__(self):
        return self.summary.rstrip("\n")

    def __repr__(self):
        return f"<swift_lstm.Result in {self.folder}>"


class Model(os.PathLike):
    """A fitted model: a file, which every function here takes in place of its path.

    A file that nobody named lives as long as this object.
    """

    def __init__(self, path, temporary=None):
        self.path = Path(path)
        self._temporary = temporary

    def __fspath__(self):
        return os.fspath(self.path)

    @functools.cached_property
    def document(self):
        """What `lstm-detect inspect --json` tells of it, as a dict."""
        return json.loads(_command.execute(["inspect", "--json", os.path.abspath(self.path)]).output)

    def save(self, path):
        """Copies it to a file."""
        shutil.copyfile(self.path, path)

    def __repr__(self):
        return f"<swift_lstm.Model {self.path}>"


class TemporaryFolder:
    """A folder that is removed with the last object that holds it, or at the end of a `with`."""

    def __init__(self):
        self.name = tempfile.mkdtemp(prefix="swift-lstm-")
        self._remove = weakref.finalize(self, shutil.rmtree, self.name, ignore_errors=True)

    def __enter__(self):
        return self.name

    def __exit__(self, *_):
        self._remove()
