// What the page was written with: panels with their rows, decoded when they are first looked at.
const data = JSON.parse(document.getElementById("data").textContent);
const dayLength = 86400000;

// An axis is [first, unit, step, count, step, count, ...]: `count` times `step` units to the next row.
function decodeAxis(axis) {
  if (!axis.length) return new Float64Array(0);
  const x = [axis[0]];
  let at = axis[0];
  for (let pair = 2; pair < axis.length; pair += 2) {
    const step = axis[pair] * axis[1];
    for (let count = axis[pair + 1]; count > 0; count -= 1) x.push(at += step);
  }
  return Float64Array.from(x);
}

function axisPlace(axis, index) {
  let at = axis[0], left = index;
  for (let pair = 2; pair < axis.length && left > 0; pair += 2) {
    const count = Math.min(left, axis[pair + 1]);
    at += axis[pair] * axis[1] * count;
    left -= count;
  }
  return at;
}

function numbers(list, shift = 0) {
  const values = new Float64Array(list.length + shift).fill(NaN);
  list.forEach((value, index) => { if (value !== null) values[index + shift] = value; });
  return values;
}

// Where the rows of a panel begin and end, and where the judged ones do; without decoding it.
function extent(panel) {
  const rows = panel.actual.length;
  const ahead = panel.next && panel.next.x.length ? axisPlace(panel.next.x, Infinity) : -Infinity;
  const last = axisPlace(panel.x, Infinity);
  return {
    first: panel.x[0], last, ahead,
    judged: axisPlace(panel.x, Math.min(panel.judged, Math.max(0, rows - 1)))
  };
}

function decoded(index) {
  const panel = data.panels[index];
  if (panel.rowsAt) return panel;
  panel.rowsAt = decodeAxis(panel.x);
  const last = panel.rowsAt.length - 1;
  panel.step = last + 1 < panel.rows ? (panel.rowsAt[last] - panel.rowsAt[0]) / (panel.rows - 1) : 0;
  for (const name of ["actual", "expected"]) panel[name] = numbers(panel[name]);
  for (const name of ["low", "high", "score"]) panel[name] = numbers(panel[name], panel.judged);
  panel.bounds = panel.bounds.map((bound) => numbers(bound));
  panel.residual = panel.actual.map((value, row) => value - panel.expected[row]);
  panel.lowEdge = panel.low.map((value, row) => value - panel.expected[row]);
  panel.highEdge = panel.high.map((value, row) => value - panel.expected[row]);
  if (panel.next) {
    panel.next.rowsAt = decodeAxis(panel.next.x);
    panel.next.expected = numbers(panel.next.expected);
    for (const band of panel.next.bands) {
      band.low = numbers(band.low);
      band.high = numbers(band.high);
    }
  }
  return panel;
}

// The first row at a place or after it.
function rowAfter(x, place) {
  let low = 0, high = x.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x[middle] < place) low = middle + 1; else high = middle;
  }
  return low;
}

function nearestRow(x, place) {
  const row = rowAfter(x, place);
  if (row === 0) return 0;
  if (row === x.length) return x.length - 1;
  return place - x[row - 1] < x[row] - place ? row - 1 : row;
}
