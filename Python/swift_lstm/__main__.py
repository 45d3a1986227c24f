"""`lstm-detect` and `python -m swift_lstm`: the command itself, in place of this process."""

import os
import sys

from ._command import command_path


def main():
    path = command_path()
    os.execv(path, [path] + sys.argv[1:])


if __name__ == "__main__":
    main()
