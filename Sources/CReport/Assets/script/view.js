// What all charts show: one stretch of the axis, and the row that is pointed at.
const view = { from: 0, to: 1, whole: [0, 1], home: [0, 1], place: null, event: null };
const redraws = new Set();

function startView() {
  let first = Infinity, last = -Infinity, judged = Infinity, ahead = -Infinity;
  for (const panel of data.panels) {
    if (!panel.actual.length) continue;
    const ends = extent(panel);
    first = Math.min(first, ends.first);
    last = Math.max(last, ends.last);
    judged = Math.min(judged, ends.judged);
    ahead = Math.max(ahead, ends.ahead);
  }
  const end = Math.max(last, ahead, first + 1e-9);
  view.whole = [first - 0.004 * (end - first), end + 0.008 * (end - first)];
  // A long forecast does not push the judged rows aside.
  const longest = last + 0.5 * (last - judged);
  const home = Math.min(end, longest);
  view.home = home > judged
    ? [judged - 0.008 * (home - judged), home + 0.015 * (home - judged)] : view.whole.slice();
  [view.from, view.to] = view.home;
}

// The shortest stretch that can be shown: a few rows.
function leastSpan() {
  const rows = Math.max(2, ...data.panels.map((panel) => panel.rows));
  return Math.max((view.whole[1] - view.whole[0]) / rows * 3, 1e-9);
}

function show(from, to) {
  const [first, last] = view.whole;
  const span = Math.min(Math.max(to - from, leastSpan()), last - first);
  const middle = (from + to) / 2;
  from = Math.min(Math.max(middle - span / 2, first), last - span);
  view.from = from;
  view.to = from + span;
  redraw();
}

function zoom(factor, around = (view.from + view.to) / 2) {
  show(around - (around - view.from) * factor, around + (view.to - around) * factor);
}

function pan(share) {
  const way = share * (view.to - view.from);
  const [first, last] = view.whole;
  const held = Math.min(Math.max(way, first - view.from), last - view.to);
  show(view.from + held, view.to + held);
}

function isShown(range) {
  const close = (view.whole[1] - view.whole[0]) * 1e-6;
  return Math.abs(view.from - range[0]) < close && Math.abs(view.to - range[1]) < close;
}

// Back to the judged rows; from there to all rows.
function back() {
  show(...(isShown(view.home) ? view.whole : view.home));
}

function point(place) {
  if (view.place === place) return;
  view.place = place;
  redraw();
}

let isWaiting = false;
function redraw() {
  if (isWaiting) return;
  isWaiting = true;
  requestAnimationFrame(() => {
    isWaiting = false;
    for (const draw of redraws) draw();
  });
}
