"""Events, lanes and addresses lead where they say; pages are for everybody and for paper."""
import os

from hands import readout, use, window


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
