// The three lanes of a panel.
function drawLines(canvas, panel, geo, scale, y) {
  const { from, to } = view, x = panel.rowsAt;
  const of = (values) => trace(x, values, from, to, scale, panel.step);
  area(canvas, of(panel.low).runs, of(panel.high).runs, y, colors.band, 2, 3);
  const actual = of(panel.actual), expected = of(panel.expected);
  if (actual.isDense) {
    canvas.globalAlpha = 0.28;
    area(canvas, actual.runs, actual.runs, y, colors.actual, 2, 3);
    canvas.globalAlpha = 1;
  }
  line(canvas, expected.runs, y, colors.expected, 2);
  line(canvas, actual.runs, y, colors.actual, 1.25);
  for (const bound of panel.bounds) line(canvas, of(bound).runs, y, colors.expected, 1, [4, 3]);
  drawNext(canvas, panel, scale, y);
}

// The rows to come, from the last value on: the forecast and its fan.
function drawNext(canvas, panel, scale, y) {
  const next = panel.next;
  if (!next || !next.rowsAt.length) return;
  const last = panel.actual.length - 1;
  const start = Number.isFinite(panel.actual[last])
    ? [[scale.x(panel.rowsAt[last]), panel.actual[last], panel.actual[last], panel.actual[last]]] : [];
  const of = (values) => {
    const run = [...start];
    values.forEach((value, lead) => {
      if (Number.isFinite(value)) run.push([scale.x(next.rowsAt[lead]), value, value, value]);
    });
    return run.length > start.length ? [run] : [];
  };
  for (const band of next.bands) area(canvas, of(band.low), of(band.high), y, colors.fan);
  const runs = of(next.expected);
  line(canvas, runs, y, colors.expected, 2);
  if (next.expected.length < 20) {
    for (const [place, value] of (runs[0] || []).slice(start.length)) {
      dot(canvas, place, y(value), 3, colors.expected);
    }
  }
}

function drawMarks(canvas, panel, values, scale, y) {
  const seen = panel.marks.filter((row) =>
    panel.rowsAt[row] >= view.from && panel.rowsAt[row] <= view.to);
  for (const row of seen) {
    if (Number.isFinite(values[row])) {
      stamp(canvas, scale.x(panel.rowsAt[row]), y(values[row]), seen.length > 120 ? 3 : 4, colors.anomaly);
    }
  }
}

function drawGrid(canvas, geo, lane, y, range, wanted) {
  canvas.font = "12px system-ui, sans-serif";
  canvas.textBaseline = "middle";
  canvas.textAlign = "right";
  for (const tick of numberTicks(range[0], range[1], wanted)) {
    const at = Math.round(y(tick.place)) + 0.5;
    canvas.fillStyle = colors.rule;
    canvas.fillRect(geo.left, at - 0.5, geo.width, 1);
    canvas.fillStyle = colors.muted;
    canvas.fillText(tick.label, geo.left - 8, at);
  }
}

function drawTimes(canvas, geo, scale) {
  canvas.fillStyle = colors.muted;
  canvas.fillRect(geo.left, geo.axis, geo.width, 1);
  canvas.textBaseline = "top";
  canvas.textAlign = "center";
  const wanted = Math.max(2, Math.min(10, geo.width / 95));
  let end = -Infinity;
  for (const tick of ticksOf(view.from, view.to, wanted)) {
    const at = scale.x(tick.place), half = canvas.measureText(tick.label).width / 2;
    canvas.fillRect(Math.round(at), geo.axis, 1, 5);
    // A label that would be cut, or touch the one before it, is left out.
    if (at - half < Math.max(end + 6, 0) || at + half > geo.total) continue;
    canvas.fillText(tick.label, at, geo.axis + 8);
    end = at + half;
  }
}

// Shades what the rows were used for, and says so above.
function drawParts(canvas, panel, geo, scale) {
  canvas.font = "600 12px system-ui, sans-serif";
  canvas.textBaseline = "alphabetic";
  canvas.textAlign = "left";
  for (const part of panel.parts) {
    const left = Math.max(geo.left, scale.x(part.from));
    const right = Math.min(geo.right, scale.x(part.to));
    if (right <= left) continue;
    if (colors[part.kind]) {
      canvas.fillStyle = colors[part.kind];
      canvas.fillRect(left, geo.main.top, right - left, geo.axis - geo.main.top);
    }
    canvas.fillStyle = colors.muted;
    if (canvas.measureText(part.kind).width < right - left - 6) canvas.fillText(part.kind, left + 3, 13);
  }
}

function drawStrip(canvas, panel, geo) {
  const whole = scaleX(view.whole, geo), lane = geo.strip;
  const range = padded(reach(panel.rowsAt, panel.actual, ...view.whole, [Infinity, -Infinity]));
  const y = scaleY(range, lane);
  canvas.fillStyle = colors.rule;
  canvas.fillRect(geo.left, lane.top + lane.height, geo.width, 1);
  const all = trace(panel.rowsAt, panel.actual, ...view.whole, whole, panel.step);
  if (all.isDense) {
    canvas.globalAlpha = 0.35;
    area(canvas, all.runs, all.runs, y, colors.muted, 2, 3);
    canvas.globalAlpha = 1;
  }
  line(canvas, all.runs, y, colors.muted, 1);
  canvas.fillStyle = colors.anomaly;
  for (const row of panel.marks) {
    canvas.fillRect(whole.x(panel.rowsAt[row]) - 1, lane.top + lane.height - 5, 2, 5);
  }
  const left = whole.x(view.from), right = whole.x(view.to);
  canvas.fillStyle = colors.window;
  canvas.fillRect(left, lane.top, right - left, lane.height);
  canvas.fillStyle = colors.muted;
  for (const edge of [left, right]) {
    canvas.fillRect(edge - 1, lane.top, 2, lane.height);
    canvas.fillRect(edge - 3, lane.top + lane.height / 2 - 7, 6, 14);
  }
}
