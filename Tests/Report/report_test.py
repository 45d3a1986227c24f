#!/usr/bin/env python3
"""Opens reports in a browser and uses them: drags, hovers, clicks, keys; at three widths, light and dark.

report_test.py DETECT FOLDER [--chromium PATH] [--keep] [--only NAME]: reports and screenshots go into
FOLDER; with --keep the reports that are there are used again; --only looks at uses of that name alone. Needs playwright (pip) and Chromium; no network.
"""
import argparse
import os
import re
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cases
import chart_uses  # noqa: F401, each adds to hands.USES
import hands
import looks
import page_uses  # noqa: F401
from playwright.sync_api import sync_playwright

WIDTHS = [390, 1280, 2560]


class Failures:
    def __init__(self):
        self.all = []

    def __call__(self, holds, what):
        if not holds:
            self.all.append(what)
            print("FAILED", what)


def open_page(browser, path, width, scheme="light", anchor="", height=900, touch=False):
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, has_touch=touch,
        accept_downloads=True, reduced_motion="reduce")
    page = context.new_page()
    page.problems = []
    page.on("console", lambda message: page.problems.append(message.text)
            if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("request", lambda request: page.problems.append("asks for " + request.url)
            if not request.url.startswith(("file:", "blob:", "data:")) else None)
    start = time.monotonic()
    page.goto("file://" + os.path.abspath(path) + anchor)
    page.wait_for_selector("canvas")
    page.wait_for_timeout(250)
    page.seconds = time.monotonic() - start
    return page


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("detect")
    parser.add_argument("folder")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    os.makedirs(options.folder, exist_ok=True)
    examples = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Examples")
    names = cases.NAMES
    if options.keep:
        reports = {name: os.path.join(options.folder, name, "report.html") for name in names}
    else:
        reports = cases.make(options.folder, options.detect, examples)
    check = Failures()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=options.chromium, args=["--no-sandbox"])
        for name in names if not options.only else []:
            for width in WIDTHS:
                page = open_page(browser, reports[name], width)
                looks.fits(page, check, f"{name} at {width}")
                page.screenshot(path=os.path.join(options.folder, f"{name}-{width}.png"))
                print(f"{name:8} {width:5} {os.path.getsize(reports[name]) / 1e6:5.2f} MB "
                      f"{page.seconds:5.2f} s  {page.evaluate('document.documentElement.scrollHeight')} px")
                check(page.seconds < 5, f"{name} at {width} opens in {page.seconds:.1f} s")
                page.context.close()
            page = open_page(browser, reports[name], 1280, "dark")
            page.screenshot(path=os.path.join(options.folder, f"{name}-dark.png"))
            page.context.close()
        check(os.path.getsize(reports["targets"]) < 2e6, "38 targets take less than 2 MB")
        for use in hands.USES:
            if options.only not in use.function.__name__:
                continue
            page = open_page(browser, reports[use.report], use.width, anchor=use.anchor, touch=use.touch)
            try:
                use.function(page, check, options.folder)
            except Exception as error:  # what is missing on the page is a failure of this use alone
                check(False, f"{use.function.__name__}: {error}")
            check(not page.problems, f"{use.function.__name__}: {page.problems}")
            page.context.close()
        for scheme in ("light", "dark") if not options.only else []:
            page = open_page(browser, reports["bikes"], 1280, scheme)
            looks.contrast(page, check, scheme)
            page.context.close()
        browser.close()
    print(f"{len(check.all)} failed")
    sys.exit(1 if check.all else 0)


if __name__ == "__main__":
    main()
