// The lanes: sorted by a click on a heading, searched, and a way to each panel.
function startOverview() {
  const table = document.querySelector("table.lanes");
  if (!table) return;
  const body = table.tBodies[0], lanes = [...body.rows];
  const [low, high] = laneSpan();
  const keys = {
    name: (lane) => data.panels[lane.dataset.panel].name, count: (lane) => -lane.dataset.count,
    score: (lane) => -lane.dataset.score, error: (lane) => -(lane.dataset.error || -1)
  };
  const heads = [...table.querySelectorAll("th[data-sort]")];
  for (const head of lanes.length > 1 ? heads : []) {
    const sort = head.dataset.sort;
    const control = button(head.textContent, "Sort by " + head.textContent, () => {
      const isTurned = head.getAttribute("aria-sort") === (sort === "name" ? "ascending" : "descending");
      for (const other of heads) other.removeAttribute("aria-sort");
      const isUp = (sort === "name") !== isTurned;
      head.setAttribute("aria-sort", isUp ? "ascending" : "descending");
      const key = keys[sort];
      lanes.sort((one, two) => {
        const [a, b] = [key(one), key(two)];
        const order = sort === "name" ? a.localeCompare(b, "en", { numeric: true }) : a - b;
        return (isTurned ? -order : order) || one.dataset.panel - two.dataset.panel;
      });
      body.append(...lanes);
    });
    head.replaceChildren(control);
  }
  const search = document.getElementById("lane-search");
  if (search) {
    search.hidden = false;
    search.addEventListener("input", () => {
      const wanted = search.value.trim().toLowerCase();
      for (const lane of lanes) lane.hidden = !keys.name(lane).toLowerCase().includes(wanted);
    });
  }
  const tip = element("div", { class: "tip", hidden: true });
  document.body.append(tip);
  const cell = (event) => {
    const strip = event.target.closest("td.time");
    if (!strip || !body.contains(strip)) return null;
    const box = strip.firstElementChild.getBoundingClientRect(), cells = strip.dataset.cells;
    const number = Math.floor((event.clientX - box.left) / box.width * cells.length);
    if (number < 0 || number >= cells.length) return null;
    const length = (high - low) / cells.length;
    return {
      panel: +strip.parentElement.dataset.panel, level: cells[number], from: low + number * length,
      to: low + (number + 1) * length };
  };
  table.addEventListener("mousemove", (event) => {
    const at = cell(event);
    tip.hidden = !at;
    if (!at) return;
    const levels = data.levels, level = +at.level;
    const words = at.level === "-" ? "not judged" : level === 0 ? "score up to " + levels[0]
      : level === levels.length ? "score above " + levels[level - 1]
        : `score ${levels[level - 1]} to ${levels[level]}`;
    tip.textContent = `${data.panels[at.panel].name}, ${timeLabel(firstIn(at))}: ${words}`;
    tip.style.left = Math.min(event.clientX + 12, innerWidth - tip.offsetWidth - 8) + "px";
    tip.style.top = event.clientY + 16 + "px";
  });
  table.addEventListener("mouseleave", () => { tip.hidden = true; });
  table.addEventListener("click", (event) => {
    const at = cell(event);
    if (!at) return;
    const middle = (at.from + at.to) / 2;
    const half = Math.max((at.to - at.from) * 2, leastSpan() * 8, (high - low) / 16);
    view.event = null;
    const chart = open(at.panel);
    show(middle - half, middle + half);
    chart.holder.closest("details").scrollIntoView({ block: "start", behavior: calm() });
  });
}

// The first row of a panel in a stretch, or where the stretch begins.
function firstIn({ panel, from, to }) {
  const x = decoded(panel).rowsAt, row = rowAfter(x, from);
  return row < x.length && x[row] < to ? x[row] : from;
}

// What the lanes divide, as the page was written.
function laneSpan() {
  const table = document.querySelector("table.lanes");
  return [+table.dataset.from, +table.dataset.to];
}

function calm() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
}
