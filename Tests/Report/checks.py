"""What is done on each page, and what must come of it."""
import os
from collections import namedtuple

Use = namedtuple("Use", "function report width anchor touch")
USES = []


def use(report, width=1280, anchor="", touch=False):
    def add(function):
        USES.append(Use(function, report, width, anchor, touch))
        return function
    return add


def fits(page, check, what):
    check(not page.problems, f"{what}: {page.problems}")
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    check(wide <= 0, f"{what} scrolls sideways by {wide}")
    cut = page.evaluate("""() => [...document.querySelectorAll("p, h1, h2, h3, figcaption, .legend span, button")]
        .filter((each) => each.offsetParent && !each.closest(".scroll") && !each.closest(".hidden"))
        .filter((each) => each.getBoundingClientRect().right > innerWidth + 1).map((each) => each.textContent)""")
    check(not cut, f"{what}: cut: {cut}")
    # Something is drawn: not all of the first canvas is of one color.
    drawn = page.evaluate("""() => {
        const canvas = document.querySelector("canvas");
        const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
        const seen = new Set();
        for (let at = 0; at < pixels.length; at += 4 * 37) seen.add(pixels[at] * 256 + pixels[at + 3]);
        return seen.size;
    }""")
    check(drawn > 5, f"{what}: {drawn} colors are drawn")


def middle(page, number=0):
    canvas = page.locator("canvas").nth(number)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    return box, box["x"] + box["width"] / 2, box["y"] + 120


def window(page, number=0):
    """The stretch that a chart shows, as its strip tells it: the canvas has it in its attributes."""
    return tuple(float(page.locator("canvas").nth(number).get_attribute(f"data-{end}")) for end in ("from", "to"))


def readout(page, number=0):
    return page.locator(".readout").nth(number).inner_text()


def drag(page, from_x, to_x, y):
    page.mouse.move(from_x, y)
    page.mouse.down()
    page.mouse.move((from_x + to_x) / 2, y, steps=4)
    page.mouse.move(to_x, y, steps=4)
    page.mouse.up()
    page.wait_for_timeout(120)


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


@use("long")
def an_event_is_opened(page, check, folder):
    first = window(page)
    card = page.locator(".event").nth(1)
    card.click()
    page.wait_for_timeout(300)
    peak = float(card.get_attribute("data-peak"))
    shown = window(page)
    check(shown[0] < peak < shown[1] and shown[1] - shown[0] < (first[1] - first[0]) / 20, "it is zoomed to")
    for word in ("actual", "expected", "score"):
        check(word in readout(page), f"a clicked event fills the readout: {readout(page)}")
    check(card.get_attribute("aria-current") == "true", "its card is marked")
    check(page.url.endswith("#" + card.get_attribute("id")), "the address is its own")
    check(card.get_attribute("data-peak") and "times as far off as usual" in card.inner_text(), "it says why")
    page.screenshot(path=os.path.join(folder, "event.png"))


@use("long", anchor="#2019-12-06")
def a_day_in_the_address_opens_its_event(page, check, folder):
    check(page.locator(".event[aria-current]").count() == 1, "the event of the day is open")
    check("2019-12-06" in readout(page), f"its values are read: {readout(page)}")


@use("bikes", anchor="#2012-10-29")
def a_day_without_an_event_is_shown(page, check, folder):
    check("2012-10-29" in readout(page) and "22" in readout(page), f"the day is read: {readout(page)}")


@use("targets", width=390, anchor="#panel-37")
def a_closed_panel_opens(page, check, folder):
    page.wait_for_timeout(300)
    check(page.locator("#panel-37").evaluate("each => each.open"), "the panel of the address is open")
    top = page.locator("#panel-37").bounding_box()["y"]
    check(-50 < top < 500, f"and in sight: {top}")
    page.screenshot(path=os.path.join(folder, "panel-390.png"))


@use("series")
def series_are_searched_sorted_and_opened(page, check, folder):
    lanes = page.locator(".lanes tbody tr")
    check(lanes.count() == 500, f"500 lanes, not {lanes.count()}")
    scores = [float(each.get_attribute("data-score")) for each in lanes.all()[:40]]
    check(scores[0] == max(scores) or scores[0] > 1, "the worst comes first")
    page.get_by_role("button", name="Sort by store").click()
    check("S000" in lanes.first.inner_text(), "sorted by name")
    page.get_by_role("button", name="Sort by peak score").click()
    first = [float(each.get_attribute("data-score")) for each in lanes.all()[:20]]
    check(first == sorted(first, reverse=True), "sorted by score")
    page.get_by_role("searchbox", name="Search the lanes").fill("s333")
    check(page.locator(".lanes tbody tr:visible").count() == 1, "one is found")
    page.locator(".lanes tbody tr:visible a").click()
    page.wait_for_timeout(400)
    panel = page.locator("details.panel:has(h2:text-is('S333'))")
    check(panel.count() == 1 and panel.locator("canvas").is_visible(), "a series without a section gets a chart")
    page.screenshot(path=os.path.join(folder, "series-opened.png"))


@use("targets")
def a_lane_leads_to_its_time(page, check, folder):
    strip = page.locator(".lanes td.time svg").first
    box = strip.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 8)
    check("score" in page.locator(".tip").inner_text(), "a cell says its score")
    first = window(page)
    page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + 8)
    page.wait_for_timeout(300)
    shown = window(page)
    check(shown[1] - shown[0] < (first[1] - first[0]) / 4, "a cell zooms to its time")


@use("events")
def events_are_searched_and_saved(page, check, folder):
    cards = page.locator(".event:visible")
    check(cards.count() > 200, f"{cards.count()} cards")
    page.locator("#event-search").fill("2015-08-22")
    few = cards.count()
    check(0 < few < 40, f"{few} are found")
    check(f"{few} of" in page.locator("#event-count").inner_text(), "and counted")
    page.locator("#event-sort").select_option("time")
    times = [float(each.get_attribute("data-peak")) for each in cards.all()]
    check(times == sorted(times), "they are in order of time")
    with page.expect_download() as download:
        page.locator("#event-save").click()
    lines = open(download.value.path(), encoding="utf-8").read().splitlines()
    check(len(lines) == few + 1 and lines[0].startswith("name,start,end"), f"those in sight are saved: {len(lines)}")


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


@use("evil")
def names_are_only_text(page, check, folder):
    check(page.evaluate("window.evil") is None, "no script of the data runs")
    check("</script>" in page.locator("h2").all_inner_texts()[1] + page.locator("body").inner_text(), "it is shown")
    page.locator(".event").first.click()
    with page.expect_download() as download:
        page.locator("[title^='Save the rows']").nth(0).click()
    page.locator(".lanes th button").first.click()
    check(page.evaluate("window.evil") is None, "nor later")
    ran = page.evaluate("""() => { const made = document.createElement("script"); made.textContent = "window.evil = 2";
        document.body.append(made); return window.evil; }""")
    check(ran is None, "the policy lets no other script run")
    page.problems[:] = [each for each in page.problems if "Content Security Policy" not in each]


@use("three")
def it_is_for_everybody(page, check, folder):
    bare = page.evaluate("""() => [...document.querySelectorAll("button, input, select, a, canvas")]
        .filter((each) => !(each.textContent.trim() || each.ariaLabel || each.closest("label")))
        .map((each) => each.outerHTML)""")
    check(not bare, f"everything to use has a name: {bare}")
    check(page.locator("table:not(:has(caption))").count() == 0, "tables have captions")
    check(page.locator("canvas:not([role])").count() == 0, "charts have a role")
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((each) => each.id)")
    check(len(ids) == len(set(ids)), "no name is used twice")
    page.keyboard.press("Tab")
    check("Skip" in page.evaluate("document.activeElement.textContent"), "the first Tab skips to the anomalies")


@use("three")
def paper_shows_everything(page, check, folder):
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.wait_for_timeout(200)
    check(page.locator("details:not([open])").count() == 0, "all is open on paper")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    check(light == "rgb(255, 255, 255)", f"paper is white: {light}")
    page.pdf(path=os.path.join(folder, "paper.pdf"), print_background=True)
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    check(page.locator("details:not([open])").count() > 0, "and closed again")


def contrast(page, check, scheme):
    """Contrast ratios (WCAG 2): text on the page at least 4.5, lines 3; lines against each other 1.5."""
    ratios = page.evaluate("""() => {
        const style = getComputedStyle(document.documentElement);
        const light = (name) => {
            const probe = document.createElement("i");
            probe.style.color = style.getPropertyValue("--" + name);
            document.body.append(probe);
            const parts = getComputedStyle(probe).color.match(/[\\d.]+/g).slice(0, 3).map((each) => {
                const share = each / 255;
                return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
            });
            probe.remove();
            return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
        };
        const ratio = (one, two) => {
            const [a, b] = [light(one), light(two)];
            return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        };
        const all = {};
        for (const name of ["ink", "muted", "link", "anomaly", "actual", "expected"]) all[name + " page"] = ratio(name, "page");
        all["actual expected"] = ratio("actual", "expected");
        all["expected anomaly"] = ratio("expected", "anomaly");
        all["actual anomaly"] = ratio("actual", "anomaly");
        for (let level = 0; level < 6; level += 1) all[`s${level} s${level + 1}`] = ratio("s" + level, "s" + (level + 1));
        return all;
    }""")
    for pair, value in ratios.items():
        one, two = pair.split()
        least = 1.12 if one[0] == "s" and one[1:].isdigit() else 1.5 if two != "page" else (
            3 if one in ("actual", "expected") else 4.5)
        print(f"contrast {scheme:5} {pair:18} {value:5.2f}")
        check(value >= least, f"contrast {scheme} {pair}: {value:.2f} is below {least}")
