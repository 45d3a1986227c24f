"""The reports that are looked at: made-up data of each kind, and a quick run of the command over it."""
import datetime
import math
import os
import random
import subprocess

NAMES = ["bikes", "three", "none", "long", "events", "targets", "series", "evil"]
QUICK = ["--search", "none", "--plain", "--units", "4", "--epochs", "2", "--device", "cpu", "-q"]


def day(number):
    return (datetime.date(2021, 1, 1) + datetime.timedelta(days=number)).isoformat()


def hour(number):
    return (datetime.datetime(2015, 1, 1) + datetime.timedelta(hours=number)).isoformat()


def write(path, header, rows):
    with open(path, "w") as file:
        file.write(",".join(header) + "\n")
        for row in rows:
            file.write(",".join(str(cell) for cell in row) + "\n")


def hourly(path, rows, wrong, spread=4.0):
    """Counts with a day and a week in them; rows of `wrong` are three times as high."""
    draw = random.Random(1)
    def value(row):
        base = 60 + 40 * math.sin(row / 24 * 2 * math.pi) + 15 * math.sin(row / 168 * 2 * math.pi)
        return max(0, round((base + draw.gauss(0, spread)) * (3 if row in wrong else 1)))
    write(path, ["time", "visits"], ([hour(row), value(row)] for row in range(rows)))


def targets(path, count, rows):
    draw = random.Random(2)
    def value(row, target):
        if row == rows - 40 - 3 * target and target % 3 == 0:
            return 300 + 20 * target
        return round(100 + 10 * math.sin(row / 7 * 2 * math.pi + target) + draw.gauss(0, 2), 3)
    names = [f"metric {number}" for number in range(count)]
    write(path, ["time"] + names, ([hour(row)] + [value(row, t) for t in range(count)] for row in range(rows)))
    return names


def series(path, count, rows):
    draw = random.Random(3)
    def lines():
        for store in range(count):
            for row in range(rows):
                value = (20 + store) * (1 + 0.3 * math.sin(row / 7 * 2 * math.pi)) + draw.gauss(0, 1 + store / 40)
                if store % 17 == 5 and row == rows - 12:
                    value *= 4
                yield [day(row), f"S{store:03}", round(value, 2)]
    write(path, ["date", "store", "sales"], lines())


def make(folder, detect, examples):
    """Runs the command over each case; returns the reports by name."""
    def run(name, *arguments):
        out = os.path.join(folder, name)
        subprocess.run([detect, "run", *arguments, "--output", out], check=True)
        return os.path.join(out, "report.html")

    def path(name):
        return os.path.join(folder, name + ".csv")

    reports = {}
    bikes = os.path.join(examples, "bike-sharing-daily.csv")
    reports["bikes"] = run("bikes", bikes, "--target", "cnt", *QUICK, "--horizon", "14")
    reports["three"] = run(
        "three", bikes, "--target", "cnt,casual,registered", *QUICK, "--loss", "quantile:0.1,0.5,0.9",
        "--horizon", "7")
    hourly(path("none"), 600, [], spread=2.0)
    reports["none"] = run("none", path("none"), "--target", "visits", *QUICK, "--threshold", "sigma:9")
    hourly(path("long"), 50_000, {41_000, 43_210, 47_777, 49_990})
    reports["long"] = run("long", path("long"), "--target", "visits", *QUICK, "--window", "6")
    hourly(path("events"), 6_000, set(range(4_812, 6_000, 4)))
    reports["events"] = run(
        "events", path("events"), "--target", "visits", *QUICK, "--threshold", "sigma:3", "--gap", "0")
    names = targets(path("targets"), 38, 6_000)
    reports["targets"] = run("targets", path("targets"), "--target", ",".join(names), *QUICK, "--window", "4")
    series(path("series"), 500, 120)
    reports["series"] = run("series", path("series"), "--target", "sales", "--series", "store", *QUICK)
    evil = '</script><img src=x onerror=window.evil=1>'
    write(path("evil"), ["time", f'"{evil}"', '"=1+1"'], (
        [day(row), 900 if row == 190 else 100 + row % 7, 5 + row % 3] for row in range(200)))
    reports["evil"] = run("evil", path("evil"), "--target", f"{evil},=1+1", *QUICK)
    return reports
