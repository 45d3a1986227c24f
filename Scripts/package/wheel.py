"""Writes a wheel: wheel.py COMMAND VERSION TAG SECONDS FOLDER

A wheel is a zip of the module, the command in it, and a folder that describes them (the binary
distribution format of packaging.python.org). It is written here, with the time SECONDS since 1970,
because no build tool is needed for that, and the same command gives the same bytes.
"""

import base64
import hashlib
import sys
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: Those that `copyright` names.
LICENSE = (
    "Apache-2.0 AND MIT AND Apache-2.0 WITH Swift-exception AND GPL-3.0-or-later WITH GCC-exception-3.1")
METADATA = """\
Metadata-Version: 2.4
Name: swift-lstm
Version: {version}
Summary: Forecasts and anomalies of time series by LSTM networks, on any OpenCL GPU or the processor
License-Expression: {license}
License-File: LICENSE
License-File: copyright
Requires-Python: >=3.9
Provides-Extra: frames
Requires-Dist: pandas>=2; extra == "frames"
Provides-Extra: arrays
Requires-Dist: numpy; extra == "arrays"
Keywords: LSTM,time series,forecast,anomaly detection,OpenCL
Classifier: Operating System :: POSIX :: Linux
Classifier: Programming Language :: Python :: 3
Classifier: Topic :: Scientific/Engineering :: Artificial Intelligence
Description-Content-Type: text/markdown

{description}"""
WHEEL = """\
Wheel-Version: 1.0
Generator: swift-lstm ({version})
Root-Is-Purelib: false
Tag: {tag}
"""
ENTRY_POINTS = """\
[console_scripts]
lstm-detect = swift_lstm.__main__:main
"""


def files(command, version, tag):
    """What is in the wheel: names, bytes, and whether it is run."""
    module = ROOT / "Python" / "swift_lstm"
    for path in sorted(module.glob("*.py")):
        yield f"swift_lstm/{path.name}", path.read_bytes(), False
    yield "swift_lstm/bin/lstm-detect", Path(command).read_bytes(), True
    described = f"swift_lstm-{version}.dist-info"
    description = (ROOT / "Python" / "README.md").read_text(encoding="utf-8")
    texts = {
        "METADATA": METADATA.format(version=version, license=LICENSE, description=description),
        "WHEEL": WHEEL.format(version=version, tag=tag),
        "entry_points.txt": ENTRY_POINTS,
        "licenses/LICENSE": (ROOT / "LICENSE").read_text(encoding="utf-8"),
        "licenses/copyright": (ROOT / "Scripts/package/copyright").read_text(encoding="utf-8"),
    }
    for name, text in texts.items():
        yield f"{described}/{name}", text.encode(), False


def main(command, version, tag, seconds, folder):
    # A zip knows no time before 1980.
    moment = time.gmtime(max(int(seconds), 315532800))[:6]
    path = Path(folder) / f"swift_lstm-{version}-{tag}.whl"
    record = f"swift_lstm-{version}.dist-info/RECORD"
    lines = []
    part = path.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as wheel:
        def write(name, data, is_run):
            entry = zipfile.ZipInfo(name, moment)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, whose permissions follow
            entry.external_attr = (0o100755 if is_run else 0o100644) << 16
            wheel.writestr(entry, data)

        for name, data, is_run in files(command, version, tag):
            write(name, data, is_run)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            lines.append(f"{name},sha256={digest},{len(data)}\n")
        write(record, ("".join(lines) + f"{record},,\n").encode(), False)
    part.replace(path)
    print(path, path.stat().st_size)


main(*sys.argv[1:])
