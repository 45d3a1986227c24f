"""`lstm-detect` and `python -m swift_lstm`: the command itself, in place of this process."""

import os
import sys

from ._command import LSTMDetectError, command_path, run_error


def main():
    try:
        path = command_path()
        # What is named may be this script, which then takes its own command.
        environment = {name: value for name, value in os.environ.items() if name != "SWIFT_LSTM_COMMAND"}
        try:
            os.execve(path, [path] + sys.argv[1:], environment)
        except OSError as error:
            raise run_error(path, error) from None
    except LSTMDetectError as error:
        sys.exit(f"lstm-detect: {error}")


if __name__ == "__main__":
    main()
