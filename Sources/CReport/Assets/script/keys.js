// The keyboard on a chart.
function key(chart, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const act = {
    ArrowLeft: () => event.shiftKey ? read(chart, -1) : pan(-0.2),
    ArrowRight: () => event.shiftKey ? read(chart, 1) : pan(0.2),
    ArrowUp: () => zoom(0.7), ArrowDown: () => zoom(1 / 0.7),
    "+": () => zoom(0.7), "=": () => zoom(0.7), "-": () => zoom(1 / 0.7), _: () => zoom(1 / 0.7),
    0: back, Home: () => show(view.whole[0], view.whole[0] + view.to - view.from),
    End: () => show(view.whole[1] - view.to + view.from, view.whole[1]),
    n: () => nextEvent(chart, 1), p: () => nextEvent(chart, -1),
    Escape: () => { view.event = null; view.place = null; chart.canvas.blur(); redraw(); }
  }[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

// Points at the next row, keeps it in sight and says what is there.
function read(chart, way) {
  const panel = decoded(chart.index), x = panel.rowsAt;
  const row = view.place === null ? rowAfter(x, (view.from + view.to) / 2)
    : Math.min(Math.max(nearestRow(x, view.place) + way, 0), x.length - 1);
  const span = view.to - view.from;
  if (x[row] < view.from) show(x[row] - span * 0.1, x[row] + span * 0.9);
  if (x[row] > view.to) show(x[row] - span * 0.9, x[row] + span * 0.1);
  point(x[row]);
  say(chart);
}

function say(chart) {
  chart.spoken.textContent = words(decoded(chart.index)).map((part) => part.join(" ")).join(", ");
}

// Goes to the first anomalous row after or before the one that is pointed at.
function nextEvent(chart, way) {
  const panel = decoded(chart.index);
  const places = panel.marks.map((row) => panel.rowsAt[row]);
  const from = view.place === null ? (way > 0 ? -Infinity : Infinity) : view.place;
  const found = way > 0 ? places.find((place) => place > from)
    : places.reverse().find((place) => place < from);
  if (found === undefined) return;
  const half = (view.to - view.from) / 2;
  if (found < view.from || found > view.to) show(found - half, found + half);
  point(found);
  say(chart);
}
