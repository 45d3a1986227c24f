"""The command: where it is, how its options are written, and how it is run."""

import functools
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping

#: Options that take one value each time they are given, not a list.
REPEATED = {"where", "freeze"}
#: Options that print something else instead of a result.
NOT_OPTIONS = {"help", "help_all", "json", "quiet", "version"}
#: The exit status with which `--fail-on` tells of anomalies: everything was written.
ANOMALIES_FOUND = 3


class LSTMDetectError(Exception):
    """What the command could not do, in its own words: one line.

    `status` is its exit status: 1 where data, files or the device were not as needed, 64 where an
    option was not understood.
    """

    def __init__(self, message, status):
        super().__init__(message)
        self.status = status


def command_path():
    """The path of `lstm-detect`: that of this package, or what `SWIFT_LSTM_COMMAND` names."""
    named = os.environ.get("SWIFT_LSTM_COMMAND")
    path = named or os.path.join(os.path.dirname(os.path.abspath(__file__)), "bin", "lstm-detect")
    if not (os.path.isfile(path) and os.access(path, os.X_OK)):
        kind = "it is a folder" if os.path.isdir(path) else (
            "it may not be run" if os.path.exists(path) else "there is no such file")
        raise LSTMDetectError(
            f"{path}: {kind}, where a command is expected; "
            + ("SWIFT_LSTM_COMMAND names it" if named else
               "install the wheel, or name a command by SWIFT_LSTM_COMMAND"), 1)
    # A bare name would be looked for elsewhere.
    return os.path.abspath(path)


def run_error(path, error):
    """An `OSError` of starting a file, as an `LSTMDetectError`."""
    return LSTMDetectError(f"{path}: it cannot be run here: {error.strerror}", 1)


@functools.lru_cache(maxsize=None)
def _version(path):
    return execute(["--version"], path=path).output.strip()


def version():
    """The version of the command."""
    return _version(command_path())


def help(subcommand=None):
    """Prints the manual of the command, or of a subcommand with all its options."""
    arguments = [subcommand, "--help-all"] if subcommand else ["help"]
    print(execute(arguments).output, end="")


def arguments(options, write_table):
    """The command line of keyword arguments.

    Args:
        options: By keyword; `None` and `False` are left out, a trailing `_` is for Python's keywords.
        write_table: Takes a table that is given in place of a file, and returns a file's path.

    Returns:
        A list of `--name` and `--name=value`.
    """
    line = []
    for keyword, value in options.items():
        name = keyword.rstrip("_")
        if name in NOT_OPTIONS:
            raise TypeError(f"{keyword} is an option of the command line alone")
        option = "--" + name.replace("_", "-")
        path = write_table(name, value)
        if path is not None:
            line.append(f"{option}={path}")
        elif value is None or _is_flag(value) and not value:
            continue
        elif _is_flag(value):
            line.append(option)
        elif isinstance(value, (str, os.PathLike)) or not isinstance(value, Iterable) or (
                getattr(value, "ndim", 1) == 0):
            line.append(f"{option}={text(value)}")
        else:
            pairs = isinstance(value, Mapping)
            parts = [f"{text(k)}={text(v)}" for k, v in value.items()] if pairs else map(text, value)
            if name in REPEATED:
                line += [f"{option}={part}" for part in parts]
            else:
                parts = [_quoted(part) for part in parts]
                if not parts:
                    raise ValueError(f"{keyword} is empty; leave it out")
                line.append(f"{option}=" + ",".join(parts))
    return line


def text(value):
    """A value as it is typed: dates in ISO 8601, paths as they are."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _is_flag(value):
    # NumPy's truth values are no `bool`.
    return isinstance(value, bool) or type(value).__name__ in ("bool_", "bool")


def _quoted(part):
    return '"' + part.replace('"', '""') + '"' if "," in part or '"' in part else part


class Output:
    """What a run of the command printed: `output`, `notes` (without `note: `), `status`."""

    def __init__(self, output, errors, status):
        self.output = output
        self.status = status
        self.notes = [line[len("note: "):] for line in errors if line.startswith("note: ")]


def execute(line, verbose=False, path=None):
    """Runs the command to its end.

    Args:
        line: Its arguments.
        verbose: Whether notes and progress are written to `sys.stderr` as they come.
        path: The command; that of `command_path` without it.

    Returns:
        An `Output`.

    Raises:
        LSTMDetectError: The command failed, or could not be started.
        KeyboardInterrupt: After Ctrl-C, once the command has written what it had.
    """
    path = path or command_path()
    try:
        process = subprocess.Popen(
            [path] + line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            encoding="utf-8", errors="replace",
            # Ctrl-C is passed on below, once.
            start_new_session=True)
    except OSError as error:
        raise run_error(path, error) from None
    output, errors = [], []
    readers = [
        threading.Thread(target=lambda: output.append(process.stdout.read())),
        threading.Thread(target=_follow, args=(process.stderr, errors, verbose)),
    ]
    for reader in readers:
        reader.start()
    interrupted = False
    while True:
        try:
            status = process.wait()
            for reader in readers:
                reader.join()
            break
        except KeyboardInterrupt:
            # The first one ends a training in order; the second one ends the command.
            process.send_signal(signal.SIGINT)
            interrupted = True
        except BaseException:
            process.kill()
            raise
    process.stdout.close()
    process.stderr.close()
    if interrupted:
        raise KeyboardInterrupt
    if status not in (0, ANOMALIES_FOUND):
        raise LSTMDetectError(_message(errors, status), status)
    return Output(output[0], errors, status)


def _follow(stream, lines, verbose):
    for line in stream:
        lines.append(line.rstrip("\n"))
        if verbose:
            print(line, end="", file=sys.stderr, flush=True)


def _message(errors, status):
    for prefix in ("lstm-detect: ", "Error: "):
        for line in errors:
            if line.startswith(prefix):
                return line[len(prefix):]
    ended = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
    return " ".join([f"lstm-detect {ended}"] + errors[-1:])
