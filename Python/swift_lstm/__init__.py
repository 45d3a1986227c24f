"""Forecasts and anomalies of time series, by the command `lstm-detect`.

    import pandas, swift_lstm

    result = swift_lstm.run(pandas.read_csv("sales.csv"), target="units")
    print(result)             # what the command prints
    result.anomalies          # a frame, with pandas; else a list of dicts
    result.save("out")        # report.html and the other files

    model = swift_lstm.fit("sales.csv", target="units", model="sales.safetensors")
    swift_lstm.detect(model, "today.csv").anomalies
    swift_lstm.predict(model, "today.csv")

Every option of the command is a keyword: `train_until="2024-01-01"` is `--train-until 2024-01-01`,
`plain=True` is `--plain`, `units=[64, 32]` is `--units 64,32`. `swift_lstm.help("run")` is the manual.
"""

from ._command import LSTMDetectError, command_path, help, version
from ._results import Model, Result
from ._verbs import apply, detect, drift, export, fit, predict, run, update

__all__ = [
    "LSTMDetectError", "Model", "Result", "apply", "command_path", "detect", "drift", "export", "fit",
    "help", "predict", "run", "update", "version",
]


def __getattr__(name):
    # The command is asked when somebody wants to know, not by each import.
    if name == "__version__":
        return version()
    raise AttributeError(f"module 'swift_lstm' has no attribute '{name}'")
