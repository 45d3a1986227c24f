// Mouse, pen and fingers: drag to zoom, double-click to go back, the strip below to move.
function listen(chart) {
  const canvas = chart.canvas, touches = new Map();
  let drag = null;
  const position = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const whole = () => scaleX(view.whole, chart.geo);

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !chart.geo) return;
    const { x, y } = position(event);
    canvas.setPointerCapture(event.pointerId);
    if (event.pointerType === "touch") touches.set(event.pointerId, x);
    if (y > chart.geo.strip.top - 8) drag = startOfStrip(x, whole());
    else if (event.pointerType === "touch" || event.shiftKey) drag = { kind: "pan", x };
    else drag = { kind: "select", x };
  });
  function startOfStrip(x, scale) {
    const [left, right] = [scale.x(view.from), scale.x(view.to)];
    const near = (edge) => Math.abs(x - edge) < 10;
    if (near(left) && Math.abs(x - left) <= Math.abs(x - right)) return { kind: "left" };
    if (near(right)) return { kind: "right" };
    if (x < left || x > right) {
      const half = (view.to - view.from) / 2, middle = scale.place(x);
      show(middle - half, middle + half);
    }
    return { kind: "move", x };
  }

  canvas.addEventListener("pointermove", (event) => {
    if (!chart.geo) return;
    const { x, y } = position(event);
    if (!drag) {
      const isInside = x >= chart.geo.left - 4 && x <= chart.geo.right + 4 && y < chart.geo.axis;
      canvas.style.cursor = y > chart.geo.strip.top - 8 ? "ew-resize" : "crosshair";
      point(isInside ? chart.scale.place(x) : null);
      return;
    }
    if (touches.size === 2) return pinch(event.pointerId, x);
    if (drag.kind === "select") {
      const held = (edge) => Math.min(Math.max(edge, chart.geo.left), chart.geo.right);
      chart.selection = [held(drag.x), held(x)];
      redraw();
    } else if (drag.kind === "pan") {
      touches.has(event.pointerId) && touches.set(event.pointerId, x);
      pan((drag.x - x) / chart.geo.width);
      drag.x = x;
    } else if (drag.kind === "move") {
      pan((x - drag.x) / chart.geo.width * (view.whole[1] - view.whole[0]) / (view.to - view.from));
      drag.x = x;
    } else {
      const place = whole().place(x), least = leastSpan();
      if (drag.kind === "left") show(Math.min(place, view.to - least), view.to);
      else show(view.from, Math.max(place, view.from + least));
    }
  });
  function pinch(id, x) {
    const [other] = [...touches].filter(([each]) => each !== id).map(([, at]) => at);
    const before = Math.abs(touches.get(id) - other), after = Math.abs(x - other);
    touches.set(id, x);
    if (before > 4 && after > 4) zoom(before / after, chart.scale.place((x + other) / 2));
  }

  function end(event, isDone) {
    touches.delete(event.pointerId);
    if (!drag) return;
    const [from, to] = (chart.selection || [0, 0]).slice().sort((one, two) => one - two);
    const wasClick = !chart.selection || to - from < 5;
    if (isDone && drag.kind === "select" && !wasClick) {
      show(chart.scale.place(from), chart.scale.place(to));
    }
    if (isDone && wasClick && (drag.kind === "select" || drag.kind === "pan")) {
      point(chart.scale.place(position(event).x));
    }
    chart.selection = null;
    drag = touches.size ? { kind: "pan", x: [...touches.values()][0] } : null;
    redraw();
  }
  canvas.addEventListener("pointerup", (event) => end(event, true));
  canvas.addEventListener("pointercancel", (event) => end(event, false));
  // A finger leaves when it is lifted; what it has read stays.
  canvas.addEventListener("pointerleave", (event) => {
    if (!drag && event.pointerType !== "touch") point(chosenPlace());
  });
  canvas.addEventListener("dblclick", back);
  // The wheel scrolls the page unless the chart was clicked, or a key says that it is meant.
  canvas.addEventListener("wheel", (event) => {
    const isMeant = event.ctrlKey || event.metaKey || event.shiftKey
      || document.activeElement === canvas;
    if (!isMeant || !chart.scale) return;
    event.preventDefault();
    const way = event.deltaY || event.deltaX;
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY) && !event.shiftKey) pan(event.deltaX / 500);
    else zoom(Math.exp(Math.max(-1, Math.min(1, way / 300))), chart.scale.place(position(event).x));
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => key(chart, event));
}

// What is pointed at while no pointer is there: the peak of the event that was clicked.
function chosenPlace() {
  return view.event ? view.event.peak : null;
}
