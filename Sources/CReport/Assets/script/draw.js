// Draws one panel: its values with the forecasts, the residuals below, and a strip of all rows.
let colors = {};
const stamps = new Map();

function readColors() {
  const style = getComputedStyle(document.documentElement);
  colors = {};
  stamps.clear();
  for (const name of ["page", "ink", "muted", "rule", "actual", "expected", "band", "fan", "anomaly",
    "training", "validation", "event", "window"]) {
    colors[name] = style.getPropertyValue("--" + name).trim();
  }
}

function geometry(width, labelWidth) {
  const isNarrow = width < 560;
  const main = { top: 20, height: isNarrow ? 190 : width > 1000 ? 310 : 250 };
  const residual = { top: main.top + main.height + 18, height: isNarrow ? 56 : 72 };
  const axis = residual.top + residual.height;
  const strip = { top: axis + 30, height: isNarrow ? 30 : 34 };
  return {
    left: labelWidth + 10, right: width - 10, width: width - 20 - labelWidth, main, residual, axis,
    strip, height: strip.top + strip.height + 4, total: width, isNarrow
  };
}

function scaleX(range, geo) {
  const factor = geo.width / (range[1] - range[0]);
  return {
    width: geo.width, x: (place) => geo.left + (place - range[0]) * factor,
    place: (x) => range[0] + (x - geo.left) / factor
  };
}

function scaleY(range, lane) {
  return (value) => lane.top + (range[1] - value) / (range[1] - range[0]) * lane.height;
}

function mainRange(panel) {
  const { rowsAt: x, next } = panel, { from, to } = view;
  let range = [Infinity, -Infinity];
  for (const values of [panel.actual, panel.expected]) reach(x, values, from, to, range);
  const limits = [range[0], range[1]];
  for (const values of [panel.low, panel.high, ...panel.bounds]) {
    reach(x, values, from, to, limits);
  }
  if (next && next.rowsAt.length && to >= next.rowsAt[0]) {
    range = reach(next.rowsAt, next.expected, from, to, range);
    for (const band of next.bands) {
      for (const values of [band.low, band.high]) reach(next.rowsAt, values, from, to, limits);
    }
  }
  return padded(range, limits, 0.4);
}

function residualRange(panel) {
  const { from, to } = view, limits = [Infinity, -Infinity];
  const range = reach(panel.rowsAt, panel.residual, from, to, [0, 0]);
  reach(panel.rowsAt, panel.lowEdge, from, to, limits);
  reach(panel.rowsAt, panel.highEdge, from, to, limits);
  return padded(range, limits, 0.6);
}

function line(canvas, runs, y, color, width, dash = []) {
  canvas.strokeStyle = color;
  canvas.lineWidth = width;
  canvas.setLineDash(dash);
  canvas.lineJoin = "bevel";
  for (const run of runs) {
    canvas.beginPath();
    run.forEach(([place, mean], index) => canvas[index ? "lineTo" : "moveTo"](place, y(mean)));
    if (run.length === 1) canvas.lineTo(run[0][0] + 1, y(run[0][1]));
    canvas.stroke();
  }
  canvas.setLineDash([]);
}

// The area between two edges, each with its runs of the same places.
function area(canvas, lower, upper, y, color, low = 1, high = 1) {
  canvas.fillStyle = color;
  lower.forEach((run, at) => {
    const other = upper[at];
    if (!other) return;
    canvas.beginPath();
    other.forEach((each, index) => canvas[index ? "lineTo" : "moveTo"](each[0], y(each[high])));
    for (let index = run.length - 1; index >= 0; index -= 1) {
      canvas.lineTo(run[index][0], y(run[index][low]));
    }
    canvas.closePath();
    canvas.fill();
  });
}

function clipped(canvas, geo, lane, draw) {
  canvas.save();
  canvas.beginPath();
  canvas.rect(geo.left, lane.top, geo.width, lane.height);
  canvas.clip();
  draw();
  canvas.restore();
}

function dot(canvas, x, y, size, color) {
  canvas.beginPath();
  canvas.arc(x, y, size, 0, 2 * Math.PI);
  canvas.fillStyle = color;
  canvas.strokeStyle = colors.page;
  canvas.lineWidth = 1.25;
  canvas.fill();
  canvas.stroke();
}

// A dot that is drawn once and copied: hundreds of arcs take a browser a tenth of a second.
function stamp(canvas, x, y, size, color) {
  const half = size + 2, key = color + size;
  if (!stamps.has(key)) {
    const made = element("canvas", { width: 8 * half, height: 8 * half });
    const context = made.getContext("2d");
    context.scale(4, 4);
    dot(context, half, half, size, color);
    stamps.set(key, made);
  }
  canvas.drawImage(stamps.get(key), x - half, y - half, 2 * half, 2 * half);
}
