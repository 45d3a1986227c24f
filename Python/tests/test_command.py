"""How options are written, and what is no command."""

import datetime
import os
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

import swift_lstm
from swift_lstm import _command, _tables
from support import needs


class ArgumentTests(unittest.TestCase):
    def line(self, **options):
        return _command.arguments(options, lambda name, value: None)

    def test_values(self):
        self.assertEqual(
            self.line(hidden_size=64, from_="2024-01-01", dropout=0.5, floor=-5),
            ["--hidden-size=64", "--from=2024-01-01", "--dropout=0.5", "--floor=-5"])
        self.assertEqual(self.line(until=datetime.date(2024, 2, 1)), ["--until=2024-02-01"])

    def test_flags(self):
        self.assertEqual(self.line(plain=True, peepholes=False, loss=None), ["--plain"])

    def test_lists(self):
        self.assertEqual(self.line(units=[64, 32]), ["--units=64,32"])
        self.assertEqual(
            self.line(target=["net, EUR", 'the "b"', "c"]), ['--target="net, EUR","the ""b""",c'])
        self.assertEqual(self.line(floor={"a": 0, "b, c": -5}), ['--floor=a=0,"b, c=-5"'])
        self.assertEqual(
            self.line(where={"store": "S, 1", "item": 2}), ["--where=store=S, 1", "--where=item=2"])
        with self.assertRaisesRegex(ValueError, "units is empty"):
            self.line(units=[])

    def test_what_is_no_option(self):
        for keyword in ("help", "json", "version"):
            with self.assertRaisesRegex(TypeError, keyword):
                self.line(**{keyword: True})

    @needs("numpy")
    def test_numbers_of_numpy(self):
        import numpy
        self.assertEqual(
            self.line(units=numpy.array([8, 4]), dropout=numpy.float64(0.5), plain=numpy.bool_(True),
                      peepholes=numpy.bool_(False), window=numpy.array(7)),
            ["--units=8,4", "--dropout=0.5", "--plain", "--window=7"])
        self.assertFalse(_tables.is_table({"units": numpy.float64(5)}))
        self.assertFalse(_tables.is_table({"units": numpy.array(5)}))
        self.assertTrue(_tables.is_table({"units": numpy.array([5])}))


class CommandTests(unittest.TestCase):
    def test_what_is_no_command(self):
        with tempfile.TemporaryDirectory() as folder:
            text = os.path.join(folder, "text")
            with open(text, "w", encoding="utf-8") as file:
                file.write("no program")
            broken = os.path.join(folder, "broken")
            with open(broken, "wb") as file:
                file.write(b"\x7fELF")
            os.chmod(broken, 0o755)
            reasons = {folder: "it is a folder", text: "it may not be run", broken: "it cannot be run here",
                       os.path.join(folder, "none"): "there is no such file"}
            for path, reason in reasons.items():
                environment = {**os.environ, "SWIFT_LSTM_COMMAND": path}
                with mock.patch.dict(os.environ, environment):
                    with self.assertRaisesRegex(swift_lstm.LSTMDetectError, reason):
                        swift_lstm.run("data.csv")
                    with self.assertRaisesRegex(swift_lstm.LSTMDetectError, reason):
                        swift_lstm.version()
                ended = subprocess.run(
                    [sys.executable, "-m", "swift_lstm", "--version"], env=environment,
                    capture_output=True, text=True)
                self.assertEqual(ended.returncode, 1)
                self.assertRegex(ended.stderr, f"^lstm-detect: {path}: {reason}[^\n]*\n$")

    def test_the_command_in_place_of_python(self):
        with tempfile.TemporaryDirectory() as folder:
            script = os.path.join(folder, "lstm-detect")
            with open(script, "w", encoding="utf-8") as file:
                file.write('#!/bin/sh\necho "$1" "${SWIFT_LSTM_COMMAND-unset}"\n')
            os.chmod(script, 0o755)
            printed = subprocess.run(
                [sys.executable, "-m", "swift_lstm", "one"], capture_output=True, text=True,
                env={**os.environ, "SWIFT_LSTM_COMMAND": script}, check=True)
            self.assertEqual(printed.stdout, "one unset\n", "else a script that is named runs itself forever")
