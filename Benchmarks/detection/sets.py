"""The sets of series: each item is a table, the row from which it is judged, and its labels."""
import bisect
import csv
import glob
import gzip
import io
import json
import os
import tarfile

from generated import shop


class Item:
    def __init__(self, name, header, rows, start, targets, labels, options=(), guilty=None):
        self.name, self.header, self.rows, self.start = name, header, rows, start
        self.targets, self.labels, self.options, self.guilty = targets, labels, list(options), guilty

    def column(self, name):
        place = self.header.index(name)
        return [float(row[place]) for row in self.rows]

    def write(self, path):
        with open(path, "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(self.header)
            writer.writerows(self.rows)


def table(lines):
    rows = list(csv.reader(lines))
    return rows[0], rows[1:]


def nab(folder):
    """Rows of one time are one row with their mean, as the command reads them by --duplicates mean."""
    with open(os.path.join(folder, "nab", "combined_windows.json")) as file:
        windows = json.load(file)
    for path in sorted(glob.glob(os.path.join(folder, "nab", "data", "*", "*.csv"))):
        with open(path) as lines:
            header, rows = table(lines)
        values = {}
        for time, value in rows:
            values.setdefault(time, []).append(float(value))
        times = sorted(values)
        rows = [[time, sum(values[time]) / len(values[time])] for time in times]
        labels = [
            (bisect.bisect_left(times, left[:19]), bisect.bisect_right(times, right[:19]) - 1)
            for left, right in windows["/".join(path.split(os.sep)[-2:])]]
        start = min(int(.15 * len(rows)), 750)
        yield Item(os.path.basename(path)[:-4], header, rows, start, ["value"], labels)


def smap(folder):
    labels = {}
    with open(os.path.join(folder, "smap_msl", "labeled_anomalies.csv")) as lines:
        for row in csv.DictReader(lines):
            labels.setdefault(row["chan_id"], []).extend(json.loads(row["anomaly_sequences"]))
    with tarfile.open(os.path.join(folder, "smap_msl", "channels.tar.xz")) as archive:
        texts = {
            member.name.removeprefix("./"): archive.extractfile(member).read().decode()
            for member in archive.getmembers() if member.isfile()}
    for name in sorted(key for key in texts if key.startswith("test/")):
        header, train = table(io.StringIO(texts[name.replace("test/", "train/")]))
        _, test = table(io.StringIO(texts[name]))
        channel = os.path.basename(name)[:-4]
        found = [(first + len(train), last + len(train)) for first, last in labels[channel]]
        yield Item(channel, header, train + test, len(train), [header[0]], found)


def servers(folder):
    for path in sorted(glob.glob(os.path.join(folder, "sm[d]", "*_train.csv.gz"))
                       + glob.glob(os.path.join(folder, "asd", "*_train.csv.gz"))):
        with gzip.open(path, "rt") as lines:
            header, train = table(lines)
        with gzip.open(path.replace("train", "test"), "rt") as lines:
            names, test = table(lines)
        label = names.index("label")
        width = len(header) - header.count("label")
        labels = [int(float(row[label])) for row in test]
        guilty = []
        with open(path.replace("train.csv.gz", "interpretation.txt")) as lines:
            for line in lines:
                span, columns = line.strip().split(":")
                first, last = map(int, span.split("-"))
                guilty.append((first, last, {int(each) - 1 for each in columns.split(",")}))
        rows = [row[:width] for row in train + test]
        yield Item(os.path.basename(path)[:-13], header[:width], rows, len(train), header[:width],
                   labels, guilty=guilty)


def made(known):
    for seed in range(101, 111):
        columns, labels, start = shop(seed)
        rows = [list(row) for row in zip(*columns.values())]
        options = ["--known", "price,promo"] if known else []
        yield Item(f"shop {seed}", list(columns), rows, start, list(labels), labels, options)
