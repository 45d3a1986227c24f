"""Charts are dragged, pointed at, moved and saved."""
import os

from hands import drag, middle, readout, use, window


@use("bikes")
def dragging_zooms_and_double_click_goes_back(page, check, folder):
    first = window(page)
    box, x, y = middle(page)
    drag(page, x - 100, x + 60, y)
    zoomed = window(page)
    share = (zoomed[1] - zoomed[0]) / (first[1] - first[0])
    check(0.15 < share < 0.35, f"a drag over a fifth shows a fifth: {share}")
    check(first[0] < zoomed[0] and zoomed[1] < first[1], "a drag zooms into what was there")
    page.mouse.dblclick(x, y)
    page.wait_for_timeout(120)
    check(window(page) == first, f"double-click goes back: {first} {window(page)}")
    page.mouse.dblclick(x, y)
    page.wait_for_timeout(120)
    check(window(page)[0] < first[0], "and then to all rows")


@use("bikes")
def hovering_reads_values(page, check, folder):
    box, x, y = middle(page)
    page.mouse.move(x, y)
    page.wait_for_timeout(120)
    for word in ("2012-", "actual", "expected", "residual", "score", "no surprise"):
        check(word in readout(page), f"the readout says {word}: {readout(page)}")
    page.mouse.move(box["x"] + box["width"] - 14, y)
    page.wait_for_timeout(120)
    check("2013-" in readout(page) and "95 %" in readout(page), f"the fan is read: {readout(page)}")


@use("bikes")
def wheel_and_keys(page, check, folder):
    first = window(page)
    box, x, y = middle(page)
    page.mouse.move(x, y)
    page.mouse.wheel(0, 200)
    page.wait_for_timeout(120)
    check(window(page) == first, "the wheel scrolls the page before a click")
    page.evaluate("scrollTo(0, 0)")
    box, x, y = middle(page)
    page.mouse.click(x, y)
    page.mouse.wheel(0, -200)
    page.wait_for_timeout(120)
    near = window(page)
    check(near[1] - near[0] < first[1] - first[0], "after a click it zooms")
    page.keyboard.press("0")
    page.wait_for_timeout(120)
    check(window(page) == first, "0 goes back")
    for key, test in (
            ("+", lambda a, b: b[1] - b[0] < a[1] - a[0]), ("-", lambda a, b: b[1] - b[0] > a[1] - a[0]),
            ("ArrowLeft", lambda a, b: b[0] < a[0] and b[1] < a[1]), ("ArrowRight", lambda a, b: b[0] > a[0]),
            ("ArrowUp", lambda a, b: b[1] - b[0] < a[1] - a[0]), ("Home", lambda a, b: b[0] < a[0]),
            ("End", lambda a, b: b[0] > a[0])):
        before = window(page)
        page.keyboard.press(key)
        page.wait_for_timeout(80)
        check(test(before, window(page)), f"key {key}: {before} {window(page)}")
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_timeout(80)
    check("actual" in page.locator(".chart [role=status]").first.inner_text(), "a row is read aloud")


@use("bikes")
def the_strip_moves_the_window(page, check, folder):
    first = window(page)
    box, x, y = middle(page)
    strip = box["y"] + box["height"] - 20
    drag(page, box["x"] + box["width"] - 60, box["x"] + box["width"] - 160, strip)
    moved = window(page)
    check(moved[0] < first[0] and abs((moved[1] - moved[0]) - (first[1] - first[0])) < 1e-6 * moved[0],
          f"the strip moves what is shown: {first} {moved}")


@use("three")
def charts_move_together(page, check, folder):
    box, x, y = middle(page)
    drag(page, x - 100, x + 60, y)
    check(window(page, 0) == window(page, 1) == window(page, 2), "three charts show the same")
    page.mouse.move(x, y + 5)
    page.wait_for_timeout(120)
    check("actual" in readout(page, 1), "pointing at one reads all")


@use("bikes")
def charts_are_saved(page, check, folder):
    with page.expect_download() as download:
        page.get_by_role("button", name="as a picture").click()
    path = os.path.join(folder, "saved.png")
    download.value.save_as(path)
    check(open(path, "rb").read(4) == b"\x89PNG" and os.path.getsize(path) > 20_000, "a picture is saved")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the rows").click()
    lines = open(download.value.path(), encoding="utf-8").read().splitlines()
    check(lines[0].startswith("time,target,actual") and len(lines) > 100, "rows are saved")


@use("bikes", width=390, touch=True)
def fingers(page, check, folder):
    first = window(page)
    box, x, y = middle(page)
    page.touchscreen.tap(x, y)
    page.wait_for_timeout(150)
    check("actual" in readout(page), f"a tap reads: {readout(page)}")
    check(window(page) == first, "and does not zoom")
