// Paints a panel on a canvas, and on what is saved as a picture.
function labelWidth(canvas, ranges, geo) {
  canvas.font = "12px system-ui, sans-serif";
  const labels = ranges.flatMap((range, lane) =>
    numberTicks(range[0], range[1], lane ? 3 : 5).map((tick) => tick.label));
  return Math.min(90, Math.max(24, ...labels.map((label) => canvas.measureText(label).width)));
}

// Paints, and returns where things are.
function paint(canvas, panel, width, selection) {
  const ranges = [mainRange(panel), residualRange(panel)];
  const geo = geometry(width, labelWidth(canvas, ranges));
  const scale = scaleX([view.from, view.to], geo);
  const y = scaleY(ranges[0], geo.main), below = scaleY(ranges[1], geo.residual);
  canvas.clearRect(0, 0, geo.total, geo.height);
  drawParts(canvas, panel, geo, scale);
  drawHighlight(canvas, panel, geo, scale);
  drawGrid(canvas, geo, geo.main, y, ranges[0], 5);
  drawGrid(canvas, geo, geo.residual, below, ranges[1], 3);
  clipped(canvas, geo, geo.main, () => drawLines(canvas, panel, geo, scale, y));
  clipped(canvas, geo, geo.residual, () => {
    const of = (values) => trace(panel.rowsAt, values, view.from, view.to, scale, panel.step);
    const residual = of(panel.residual);
    if (residual.isDense) {
      canvas.globalAlpha = 0.28;
      area(canvas, residual.runs, residual.runs, below, colors.actual, 2, 3);
      canvas.globalAlpha = 1;
    }
    line(canvas, residual.runs, below, colors.actual, 1.1);
    for (const edge of [panel.lowEdge, panel.highEdge]) {
      line(canvas, of(edge).runs, below, colors.muted, 1, [5, 4]);
    }
  });
  canvas.font = "600 12px system-ui, sans-serif";
  canvas.fillStyle = colors.muted;
  canvas.textAlign = "left";
  canvas.textBaseline = "alphabetic";
  canvas.fillText("residuals", geo.left + 3, geo.residual.top - 4);
  drawMarks(canvas, panel, panel.actual, scale, y);
  drawMarks(canvas, panel, panel.residual, scale, below);
  canvas.font = "12px system-ui, sans-serif";
  drawTimes(canvas, geo, scale);
  drawStrip(canvas, panel, geo);
  drawPointer(canvas, panel, geo, scale, y, below);
  if (selection) {
    canvas.fillStyle = colors.window;
    const [left, right] = [Math.min(...selection), Math.max(...selection)];
    canvas.fillRect(left, geo.main.top, right - left, geo.axis - geo.main.top);
  }
  return { geo, scale };
}

// The event that was clicked.
function drawHighlight(canvas, panel, geo, scale) {
  const event = view.event;
  if (!event || data.panels[event.panel] !== panel) return;
  const left = scale.x(event.from), right = scale.x(event.to);
  const start = Math.max(geo.left, Math.min(left, (left + right) / 2 - 5));
  const end = Math.min(geo.right, Math.max(right, (left + right) / 2 + 5));
  if (end <= start) return;
  canvas.fillStyle = colors.event;
  canvas.fillRect(start, geo.main.top, end - start, geo.axis - geo.main.top);
}

function drawPointer(canvas, panel, geo, scale, y, below) {
  if (view.place === null || view.place < view.from || view.place > view.to) return;
  const at = pointed(panel), x = Math.round(scale.x(at.place));
  canvas.fillStyle = colors.muted;
  canvas.fillRect(x, geo.main.top, 1, geo.axis - geo.main.top);
  const within = (lane, height) => height >= lane.top && height <= lane.top + lane.height;
  if (within(geo.main, y(at.expected))) dot(canvas, x + 0.5, y(at.expected), 3.5, colors.expected);
  if (within(geo.main, y(at.actual))) {
    dot(canvas, x + 0.5, y(at.actual), at.isMarked ? 5 : 3.5, at.isMarked ? colors.anomaly : colors.actual);
  }
  if (within(geo.residual, below(at.residual))) {
    dot(canvas, x + 0.5, below(at.residual), 3, at.isMarked ? colors.anomaly : colors.actual);
  }
}

// What a panel has at the place that is pointed at.
function pointed(panel) {
  const next = panel.next, last = panel.rowsAt[panel.rowsAt.length - 1];
  if (next && next.rowsAt.length && view.place > (last + next.rowsAt[0]) / 2) {
    const row = nearestRow(next.rowsAt, view.place);
    return {
      place: next.rowsAt[row], actual: NaN, expected: next.expected[row], residual: NaN, score: NaN,
      bands: next.bands.map((band) => [band.share, band.low[row], band.high[row]])
    };
  }
  const row = nearestRow(panel.rowsAt, view.place);
  return {
    row, place: panel.rowsAt[row], actual: panel.actual[row], expected: panel.expected[row],
    residual: panel.residual[row], score: row < panel.score.length ? panel.score[row] : NaN,
    low: row < panel.low.length ? panel.low[row] : NaN,
    high: row < panel.high.length ? panel.high[row] : NaN, isMarked: panel.marks.includes(row)
  };
}
