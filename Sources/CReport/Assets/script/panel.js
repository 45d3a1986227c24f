// A chart that zooms, in the place of the static ones of a panel.
const charts = new Map();
const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const chart = charts.get(+entry.target.dataset.panel);
    chart.isSeen = entry.isIntersecting;
    if (chart.isSeen) chart.draw();
  }
}, { rootMargin: "1200px" });

function button(text, label, act) {
  return element("button", { type: "button", title: label, "aria-label": label, onclick: act }, text);
}

function makeChart(holder) {
  const index = +holder.dataset.panel, panel = data.panels[index];
  const help = "Drag: zoom. Double-click: back. Wheel with Ctrl, or after a click: zoom. "
    + "Keys: arrows move, + and - zoom, 0 goes back, Shift and arrows read row by row, "
    + "n and p go to the next and the previous anomaly.";
  const canvas = element("canvas", {
    tabindex: 0, role: "application", "aria-roledescription": "chart", "aria-label":
      `${panel.name}: actual and expected values and residuals, ${panel.marks.length} anomalous rows. ${help}` });
  const readout = element("p", { class: "readout" });
  const spoken = element("p", { class: "hidden", role: "status" });
  const tools = element("div", { class: "tools" },
    button("Judged rows", "Show the judged rows", () => show(...view.home)),
    button("All rows", "Show all rows", () => show(...view.whole)),
    button("+", "Zoom in", () => zoom(0.5)), button("−", "Zoom out", () => zoom(2)));
  const saving = element("div", { class: "tools" },
    button("PNG", `Save the chart of ${panel.name} as a picture`, () => savePicture(index)),
    button("CSV", `Save the rows in sight of ${panel.name}`, () => saveRows(index)));
  const chart = { index, canvas, readout, spoken, holder, isSeen: false, selection: null, draw };
  const thinned = panel.actual.length === panel.rows ? ""
    : `Drawn from ${readable(panel.actual.length)} of ${readable(panel.rows)} rows, the extreme ones and `
      + "those of the largest anomalies among them; predictions.csv has all that were judged.";
  holder.replaceChildren(
    element("div", { class: "bar" }, readout, tools), canvas,
    element("div", { class: "bar" }, element("p", { class: "muted small" }, thinned), saving), spoken);
  charts.set(index, chart);
  redraws.add(() => { if (chart.isSeen) draw(); });
  seen.observe(holder);
  new ResizeObserver(() => { if (chart.isSeen) draw(); }).observe(holder);
  listen(chart);
  tell(chart);

  function draw() {
    const width = holder.clientWidth;
    if (!width) return;
    const panel = decoded(index), ratio = devicePixelRatio || 1;
    const height = geometry(width, 40).height;
    const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== wide || canvas.height !== high) {
      [canvas.width, canvas.height] = [wide, high];
      canvas.style.height = height + "px";
    }
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    Object.assign(chart, paint(context, panel, width, chart.selection));
    [canvas.dataset.from, canvas.dataset.to] = [view.from, view.to];
    tell(chart);
  }
}

// Says what is at the place that is pointed at.
function tell(chart) {
  const readout = chart.readout;
  if (view.place === null) {
    readout.className = "readout muted";
    readout.textContent = matchMedia("(pointer: coarse)").matches
      ? "Tap the chart to read its values, pinch to zoom."
      : "Point at the chart to read its values, drag across it to zoom.";
    return;
  }
  readout.className = "readout";
  readout.replaceChildren(...words(decoded(chart.index)).map(([name, value]) =>
    element("span", {}, name ? name + " " : "", element("b", {}, value))));
}

function words(panel) {
  const at = pointed(panel);
  const parts = [["", timeLabel(at.place)]];
  if (Number.isFinite(at.actual)) parts.push(["actual", readable(at.actual)]);
  parts.push(["expected", readable(at.expected)]);
  for (const [share, low, high] of at.bands || []) {
    if (Number.isFinite(low) && Number.isFinite(high)) {
      parts.push([Math.round(share * 100) + " %", `${readable(low)} to ${readable(high)}`]);
    }
  }
  if (Number.isFinite(at.low) && Number.isFinite(at.high)) {
    parts.push(["no surprise", `${readable(at.low)} to ${readable(at.high)}`]);
  }
  if (Number.isFinite(at.residual)) parts.push(["residual", readable(at.residual)]);
  if (Number.isFinite(at.score)) parts.push(["score", readable(at.score)]);
  return parts;
}

function legend() {
  const words = { actual: "actual", expected: "expected, one row ahead", band: "no surprise",
    fan: "rows to come", mark: "anomaly" };
  return element("div", { class: "legend" }, ...Object.entries(words).map(([kind, word]) =>
    element("span", {}, element("i", { class: "key " + kind }), word)));
}

// The chart of a panel; of a series without a section one is made.
function open(index) {
  let section = document.getElementById("panel-" + index);
  if (!section) {
    const panel = data.panels[index];
    const holder = element("div", { class: "chart", "data-panel": index });
    section = element("details", { class: "panel", id: "panel-" + index, open: true },
      element("summary", {}, element("h2", {}, panel.name)), legend(), holder);
    document.getElementById("panels").prepend(section);
    makeChart(holder);
  }
  section.open = true;
  const chart = charts.get(index);
  chart.isSeen = true;
  return chart;
}
