"""What holds of every page: it fits its width, something is drawn, colors differ in lightness."""


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
