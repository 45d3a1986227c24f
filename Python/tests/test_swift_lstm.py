"""The module against the command: SWIFT_LSTM_COMMAND=FILE python3 -m unittest discover Python/tests

What needs numpy or pandas is skipped without them, unless SWIFT_LSTM_TEST_ALL is set.
"""

import csv
import datetime
import importlib.util
import math
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from unittest import mock

import swift_lstm
from swift_lstm import _command, _tables, _tensors, _verbs


def needs(*modules):
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    return unittest.skipIf(
        missing and "SWIFT_LSTM_TEST_ALL" not in os.environ, f"without {', '.join(missing)}")


def sales(days=120, offset=0):
    """Units by weekday, with one bad day."""
    start = datetime.date(2024, 1, 1) + datetime.timedelta(days=offset)
    rows = [
        {"day": start + datetime.timedelta(days=day),
         "units": 100 + 10 * ((day + offset) % 7) + math.sin(3 * day)}
        for day in range(days)
    ]
    rows[-10]["units"] = 900
    return rows


QUICK = {"epochs": 1, "window": 7, "units": 4, "device": "cpu", "search": "none"}


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


class TableTests(unittest.TestCase):
    def written(self, table):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "t.csv")
            _tables.write(table, path)
            with open(path, encoding="utf-8") as file:
                return file.read().splitlines()

    def test_columns_and_rows(self):
        expected = ["a,b", '1,"x, y"', "2.5,"]
        self.assertEqual(self.written({"a": [1, 2.5], "b": ["x, y", None]}), expected)
        self.assertEqual(self.written([{"a": 1, "b": "x, y"}, {"a": 2.5, "b": math.nan}]), expected)
        with self.assertRaisesRegex(ValueError, "different lengths"):
            self.written({"a": [1], "b": [1, 2]})

    def test_what_is_a_table(self):
        self.assertTrue(_tables.is_table({"a": [1, 2]}))
        self.assertTrue(_tables.is_table([{"a": 1}]))
        for value in ("a.csv", ["a", "b"], {"a": 0}, 5, None):
            self.assertFalse(_tables.is_table(value))

    def test_reading_without_pandas(self):
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
            file.write("store,time,target,actual,score\n7,2024,NA,,1e-3\n")
            file.flush()
            self.assertEqual(
                _tables._read_rows(file.name),
                [{"store": 7, "time": "2024", "target": "NA", "actual": None, "score": 0.001}])

    @needs("pandas")
    def test_frames(self):
        import pandas
        days = pandas.date_range("2024-01-01", periods=2)
        self.assertEqual(
            self.written(pandas.DataFrame({"a": [1, 2]}, index=days)),
            ["time,a", "2024-01-01,1", "2024-01-02,2"])
        frame = pandas.DataFrame({"a": [1.25, None]}, index=days.rename("day"))
        self.assertEqual(self.written(frame), ["day,a", "2024-01-01,1.25", "2024-01-02,"])
        self.assertEqual(self.written(frame.reset_index()[1:]), ["day,a", "2024-01-02,"])
        self.assertEqual(
            self.written(pandas.Series([3, 4], index=days)), ["time,value", "2024-01-01,3", "2024-01-02,4"])

    def test_names_that_are_no_words(self):
        self.assertEqual(self.written({0: [1], "1": [2]}), ["# 0,1", "1,2"])
        self.assertEqual(self.written([{0: 1, None: 2}]), ["# 0,", "1,2"])
        self.assertEqual(self.written({0: [1], "a": [2]}), ["0,a", "1,2"])

    @needs("pandas")
    def test_missing_values_and_periods_of_pandas(self):
        import pandas
        weeks = pandas.period_range("2010-01-04", periods=2, freq="W")
        expected = ["week,a", "2010-01-04 00:00:00,1", "2010-01-11 00:00:00,"]
        self.assertEqual(self.written({"week": list(weeks), "a": [1, pandas.NA]}), expected)
        self.assertEqual(
            self.written([{"week": weeks[0], "a": 1}, {"week": weeks[1], "a": pandas.NaT}]), expected)
        expected = ["week,a", "2010-01-04,1", "2010-01-11,"]
        frame = pandas.DataFrame({"week": weeks, "a": pandas.array([1, None], dtype="Int64")})
        self.assertEqual(self.written(frame), expected)
        self.assertEqual(self.written(frame.set_index("week")), expected)
        unnamed = self.written(frame.a.set_axis(weeks))
        self.assertEqual(unnamed, ["time,a", "2010-01-04,1", "2010-01-11,"])

    @needs("pandas")
    def test_indexes(self):
        import pandas
        days = [datetime.date(2024, 1, 1), datetime.date(2024, 1, 2)]
        series = pandas.Series([1, 2], name="a")
        cases = [
            (pandas.Index(days), ["time,a", "2024-01-01,1", "2024-01-02,2"]),
            (["2024-01-01", "2024-01-02"], ["index,a", "2024-01-01,1", "2024-01-02,2"]),
            ([0.5, 1.5], ["index,a", "0.5,1", "1.5,2"]),
            ([7, 9], ["a", "1", "2"]),
            (pandas.Index([7, 9], name="day"), ["day,a", "7,1", "9,2"]),
            (pandas.MultiIndex.from_arrays([["S", "S"], pandas.to_datetime(days)]),
             ["level_0,time,a", "S,2024-01-01,1", "S,2024-01-02,2"]),
            (pandas.MultiIndex.from_arrays([["S", "T"], [1, 2]], names=["store", None]),
             ["store,level_1,a", "S,1,1", "T,2,2"]),
        ]
        for index, expected in cases:
            self.assertEqual(self.written(series.set_axis(index)), expected)
            self.assertEqual(self.written(series.set_axis(index).to_frame()), expected)
        with self.assertRaisesRegex(ValueError, "holds durations"):
            self.written(series.set_axis(pandas.to_timedelta([0, 1], unit="D")))
        with self.assertRaisesRegex(ValueError, "both named 'a'"):
            self.written(pandas.DataFrame({"a": [1, 2]}).set_index("a", drop=False))

    @needs("pandas")
    def test_names_of_series(self):
        import pandas
        names = {
            None: "value", "": "value", " ": "value", math.nan: "value", 0: "0", "net, EUR": "net, EUR",
            'the "b"': 'the "b"', ("a", 1): "('a', 1)",
        }
        for name, expected in names.items():
            series = pandas.Series([1], name=name)
            self.assertEqual(_verbs._target(None, series), [expected])
            with tempfile.NamedTemporaryFile("r", suffix=".csv", newline="", encoding="utf-8") as file:
                _tables.write(series, file.name)
                header = next(csv.reader(file))
            self.assertEqual(header, ["# 0" if name == 0 else expected])
        self.assertEqual(_verbs._target("b", series), "b")
        self.assertEqual(_verbs._target(0, series), 0)
        columns = pandas.MultiIndex.from_tuples([("a", 1), ("a", 2)])
        self.assertEqual(
            self.written(pandas.DataFrame([[1, 2]], columns=columns))[0], "\"('a', 1)\",\"('a', 2)\"")

    @needs("polars")
    def test_frames_of_polars(self):
        import polars
        frame = polars.DataFrame({"0": [1, None], "1": ["x, y", "z"]})
        self.assertEqual(self.written(frame), ["# 0,1", '1,"x, y"', ",z"])

    @needs("pandas")
    def test_reading_frames(self):
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
            file.write("time,target,actual\n2024-01-01,NA,\n2024-01-02,NA,5\n")
            file.flush()
            frame = _tables.read(file.name)
        self.assertEqual(str(frame.time[1].date()), "2024-01-02")
        self.assertEqual(list(frame.target), ["NA", "NA"])
        self.assertTrue(math.isnan(frame.actual[0]))


class RunTests(unittest.TestCase):
    def test_run_of_rows(self):
        result = swift_lstm.run(sales(), target="units", **QUICK)
        self.assertIn("data.csv: 120 rows, 2024-01-01 to 2024-04-29", str(result))
        with open(result.folder / "anomalies.csv", encoding="utf-8") as file:
            self.assertIn("units,2024-04-20", file.read())
        self.assertEqual(len(result.anomalies), result.document["anomalies"])
        self.assertEqual(len(result.forecasts), 1)
        self.assertEqual(len(result.predictions), 24)
        self.assertTrue(result.report.read_text(encoding="utf-8").lower().startswith("<!doctype html>"))
        self.assertGreater(len(result.metrics), 6)
        self.assertIsNone(result.found_anomalies)
        folder = result.folder
        with tempfile.TemporaryDirectory() as kept:
            result.save(kept)
            self.assertIn("report.html", os.listdir(kept))
        model = result.model
        del result
        self.assertTrue(folder.exists(), "the model needs it")
        del model
        self.assertFalse(folder.exists())

    def test_fit_then_detect_and_predict(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "m.safetensors")
            rows = sales()
            model = swift_lstm.fit(rows[:100], target=["units"], model=path, **QUICK)
            self.assertEqual(os.fspath(model), path)
            self.assertEqual(model.document["model"]["targets"], ["units"])
            result = swift_lstm.detect(
                model, rows[100:], context=rows[:100], output=os.path.join(folder, "out"), fail_on=1)
            self.assertTrue(result.found_anomalies)
            self.assertEqual(len(result.predictions), 20)
            self.assertEqual(result.folder.name, "out")
            with self.assertRaises(AttributeError):
                result.model
            predictions = swift_lstm.predict(path, rows)
            self.assertEqual(len(predictions), 120 - 7 + 1)

    def test_series(self):
        rows = [{"store": store, **row} for store in ("S1", "S2") for row in sales()]
        result = swift_lstm.run(rows, target="units", series="store", **QUICK)
        self.assertEqual(len(result.forecasts), 2)
        self.assertEqual(len(result.predictions), 2 * 24)

    @needs("pandas")
    def test_frames_of_results(self):
        import pandas
        frame = pandas.DataFrame(sales()).set_index("day")
        result = swift_lstm.run(frame.units, **QUICK)
        self.assertEqual(str(result.anomalies.peak[0].date()), "2024-04-20")
        self.assertEqual(set(result.metrics.part), {"training", "validation", "test"})
        self.assertIn("mae", result.metrics.columns)

    @needs("pandas")
    def test_targets_of_frames(self):
        import pandas
        frame = pandas.DataFrame(sales()).set_index("day")
        series = frame.units.reset_index(drop=True)
        for data, options, target in [
            (frame, {"target": frame.columns[:1], "floor": {"units": frame.units.min()}}, "units"),
            (frame.units.rename("net, \"EUR\""), {}, "net, \"EUR\""),
            (series.rename(0), {}, "0"),
            (pandas.DataFrame({0: series, 1: range(120)}), {"target": 0}, "0"),
        ]:
            result = swift_lstm.run(data, **options, **QUICK)
            self.assertEqual(set(result.forecasts.target), {target})
            self.assertEqual(len(result.predictions), 24)

    def test_update_drift_and_export(self):
        rows = sales(400)
        model = swift_lstm.fit(rows[:250], target="units", **QUICK)
        newer = swift_lstm.update(
            model, rows[250:390], replay=rows[:250], even_if_worse=True, epochs=1, device="cpu")
        self.assertEqual(newer.document["model"]["targets"], ["units"])
        self.assertNotEqual(newer.path, model.path)
        moved = [{**row, "units": 2 * row["units"]} for row in rows[250:390]]
        document = swift_lstm.drift(model, moved, context=rows[:250], fail_on_drift=True)
        self.assertTrue(document["drift"])
        self.assertEqual(document["rows"], 140)
        with tempfile.TemporaryDirectory() as folder:
            path = swift_lstm.export(model, os.path.join(folder, "m.safetensors"), format="pytorch")
            with open(path, "rb") as file:
                self.assertIn(b"weight_ih_l0", file.read())
        with self.assertRaisesRegex(swift_lstm.LSTMDetectError, "format"):
            swift_lstm.export(model, path, format="caffe")

    def test_errors_are_one_line(self):
        with self.assertRaises(swift_lstm.LSTMDetectError) as caught:
            swift_lstm.run("nothing.csv", target="x")
        self.assertEqual(str(caught.exception), "nothing.csv: there is no such file")
        self.assertEqual(caught.exception.status, 1)
        with self.assertRaisesRegex(swift_lstm.LSTMDetectError, "--bogus") as caught:
            swift_lstm.fit(sales(), target="units", bogus=1)
        self.assertEqual(caught.exception.status, 64)
        with self.assertRaises(swift_lstm.LSTMDetectError) as caught:
            swift_lstm.run({"y": ["a", "b"]}, target="y")
        self.assertEqual(
            str(caught.exception), "data.csv, row 2, column 'y': expected a number, found 'a'")
        with self.assertRaisesRegex(TypeError, "a path or a table, not int"):
            swift_lstm.run(5, target="x")

    def test_interrupt(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "m.safetensors")
            options = {**QUICK, "epochs": 1_000_000, "patience": 0,
                       "checkpoint": os.path.join(folder, "c.safetensors")}

            def interrupt():
                # An epoch has ended where there is a checkpoint.
                for _ in range(400):
                    if os.path.exists(options["checkpoint"]):
                        break
                    time.sleep(0.05)
                signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

            thread = threading.Thread(target=interrupt)
            thread.start()
            with self.assertRaises(KeyboardInterrupt):
                swift_lstm.fit(sales(), target="units", model=path, **options)
            thread.join()
            self.assertTrue(os.path.exists(path), "the best model so far is kept")


class ApplyTests(unittest.TestCase):
    @needs("numpy")
    def test_against_the_equations(self):
        import numpy
        random = numpy.random.default_rng(1)
        inputs, units, batch, steps = 3, 2, 2, 4
        weights = {
            "weight_ih_l0": random.normal(size=(4 * units, inputs)).astype("f4"),
            "weight_hh_l0": random.normal(size=(4 * units, units)).astype("f4"),
            "bias_ih_l0": random.normal(size=4 * units).astype("f4"),
            "bias_hh_l0": random.normal(size=4 * units).astype("f4"),
        }
        x = random.normal(size=(batch, steps, inputs)).astype("f4")
        h, c, outputs = numpy.zeros((batch, units)), numpy.zeros((batch, units)), []
        for step in range(steps):
            z = (x[:, step] @ weights["weight_ih_l0"].T + h @ weights["weight_hh_l0"].T
                 + weights["bias_ih_l0"] + weights["bias_hh_l0"])
            i, f, g, o = numpy.split(z, 4, axis=1)
            def sigmoid(v): return 1 / (1 + numpy.exp(-v))
            c = sigmoid(f) * c + sigmoid(i) * numpy.tanh(g)
            h = sigmoid(o) * numpy.tanh(c)
            outputs.append(h)
        results = swift_lstm.apply(weights, x, device="cpu")
        expected = numpy.stack(outputs, axis=1)
        self.assertTrue(numpy.abs(results["output"] - expected).max() <= 1e-5)
        self.assertTrue(numpy.abs(results["c_n"][0] - c).max() <= 1e-5)

        results = swift_lstm.apply(weights, x, grad_output=numpy.ones_like(expected, "f4"))
        self.assertEqual(results["grad_input"].shape, x.shape)
        self.assertEqual(results["grad.weight_ih_l0"].shape, (4 * units, inputs))

    @needs("numpy")
    def test_heads_and_states_of_layers(self):
        import numpy
        model = swift_lstm.fit(sales(), target="units", plain=True, **{**QUICK, "units": [3, 2]})
        x = numpy.ones((2, 7, 1), "f4")
        states = {"h_0.0": numpy.ones((2, 3), "f4"), "h_0.1": numpy.ones((2, 2), "f4")}
        results = swift_lstm.apply(model, x, grad_predictions=numpy.ones((2, 1), "f4"), **states)
        self.assertEqual(results["grad_h_0.0"].shape, (2, 3))
        self.assertEqual(results["grad_input"].shape, x.shape)
        self.assertTrue(numpy.abs(results["grad_h_0.1"]).max() > 0)
        without = swift_lstm.apply(model, x)
        self.assertFalse((without["output"] == results["output"]).all())
        with self.assertRaises(swift_lstm.LSTMDetectError) as caught:
            swift_lstm.apply(model, x, **{"h_9.9": x})
        self.assertRegex(str(caught.exception), "^input.safetensors")

    @needs("numpy")
    def test_bfloat16(self):
        import numpy

        class Tensor:
            """As one of PyTorch, which makes no array of bfloat16."""
            dtype = "torch.bfloat16"

            def detach(self):
                return self

            cpu = detach

            def float(self):
                return numpy.array([1.5, -2], "f4")

        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "t.safetensors")
            _tensors.write({"a": Tensor()}, path)
            self.assertEqual(_tensors.read(path)["a"].tolist(), [1.5, -2])

    @needs("numpy")
    def test_tensor_files(self):
        import numpy
        tensors = {"a": numpy.arange(6.0).reshape(2, 3).T, "b": numpy.array([1], ">i4"), "s": numpy.float32(2)}
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "t.safetensors")
            _tensors.write(tensors, path)
            read = _tensors.read(path)
            self.assertEqual(read["s"].shape, ())
            for name, tensor in tensors.items():
                self.assertTrue((read[name] == tensor).all(), name)
            with self.assertRaisesRegex(TypeError, "a is of type complex128"):
                _tensors.write({"a": numpy.array([1j])}, path)


if __name__ == "__main__":
    unittest.main()
