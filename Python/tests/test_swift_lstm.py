"""The module against the command: SWIFT_LSTM_COMMAND=FILE python3 -m unittest discover Python/tests

What needs numpy or pandas is skipped without them, unless SWIFT_LSTM_TEST_ALL is set.
"""

import os
import signal
import tempfile
import threading
import time
import unittest

import swift_lstm
from support import QUICK, needs, sales


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
