// Lines for the columns of a screen. Where several rows share a column the line is their mean, and an area
// beside it reaches from the lowest to the highest: a line through all of them would be a solid block.
//
// `step` is the way from one row to the next where rows were left out when the page was written.
function trace(x, values, from, to, scale, step) {
  const runs = [];
  let run = null;
  const first = Math.max(0, rowAfter(x, from) - 1), last = Math.min(x.length - 1, rowAfter(x, to));
  const rows = step ? Math.max(last - first, (x[last] - x[first]) / step) : last - first;
  const density = rows / scale.width, isDense = density > 1.5;
  const add = (place, mean, low, high) => {
    if (!run) runs.push(run = []);
    run.push([place, mean, low, high]);
  };
  if (!isDense) {
    for (let row = first; row <= last; row += 1) {
      const value = values[row];
      if (Number.isFinite(value)) add(scale.x(x[row]), value, value, value); else run = null;
    }
    return { runs, isDense };
  }
  let row = first;
  while (row <= last) {
    const column = Math.floor(scale.x(x[row]));
    let sum = 0, count = 0, low = Infinity, high = -Infinity;
    for (; row <= last && Math.floor(scale.x(x[row])) === column; row += 1) {
      const value = values[row];
      if (!Number.isFinite(value)) continue;
      sum += value;
      count += 1;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (count) add(column + 0.5, sum / count, low, high); else run = null;
  }
  for (const run of runs) smooth(run, Math.min(5, Math.floor(density - 0.5)), step ? 2 : 0);
  return { runs, isDense };
}

// Means over so many columns to both sides: the more rows a column has, the less their order is seen.
// Where rows were left out, one column alone does not have the lowest and the highest.
function smooth(run, columns, around) {
  const sums = [0], whole = run.map((each) => each.slice());
  for (const each of run) sums.push(sums[sums.length - 1] + each[1]);
  run.forEach((each, at) => {
    const from = Math.max(0, at - columns), to = Math.min(run.length, at + columns + 1);
    each[1] = (sums[to] - sums[from]) / (to - from);
    for (let near = Math.max(0, at - around); near <= at + around && near < run.length; near += 1) {
      each[2] = Math.min(each[2], whole[near][2]);
      each[3] = Math.max(each[3], whole[near][3]);
    }
  });
}

// The lowest and the highest of some values in sight.
function reach(x, values, from, to, range) {
  const last = Math.min(x.length - 1, rowAfter(x, to));
  for (let row = Math.max(0, rowAfter(x, from) - 1); row <= last; row += 1) {
    const value = values[row];
    if (value < range[0]) range[0] = value;
    if (value > range[1]) range[1] = value;
  }
  return range;
}

// A range with room around it. Limits far beyond the values do not flatten them.
function padded(range, limits, share) {
  let [low, high] = range;
  if (!(low <= high)) return [0, 1];
  const most = Number.MAX_VALUE / 8;
  low = Math.max(low, -most);
  high = Math.min(high, most);
  const span = high - low || Math.abs(high) * 0.2 || 1;
  if (limits) {
    low = Math.min(low, Math.max(limits[0], low - share * span));
    high = Math.max(high, Math.min(limits[1], high + share * span));
  }
  const room = (high - low || span) * 0.05;
  return [low - room, high + room];
}
