"""What a user does on a page, and the list of what is tried."""
from collections import namedtuple

Use = namedtuple("Use", "function report width anchor touch")
USES = []


def use(report, width=1280, anchor="", touch=False):
    def add(function):
        USES.append(Use(function, report, width, anchor, touch))
        return function
    return add


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
