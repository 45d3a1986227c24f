"""Tables as files, and files as tables."""

import csv
import datetime
import math
import os
import tempfile
import unittest

from swift_lstm import _tables, _verbs
from support import needs


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
