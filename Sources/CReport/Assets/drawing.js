// What the charts draw on their canvases: parts, lines, bands, thresholds and marks.
//
// A line of 50,000 points is thinned to the columns of the screen before it is drawn; handed whole to a
// canvas it takes a browser many seconds.
function reportDrawing(data, color) {
  "use strict";
  // Shades the parts, and writes their names into the strip that an empty title keeps free.
  function shade(canvas, area, graph) {
    var strip = graph.graphDiv.querySelector(".parts");
    if (!strip) {
      strip = document.createElement("div");
      strip.className = "parts";
      graph.graphDiv.appendChild(strip);
    }
    strip.textContent = "";
    data.parts.forEach(function (part) {
      var left = Math.max(area.x, graph.toDomXCoord(part.from));
      var right = Math.min(area.x + area.w, graph.toDomXCoord(part.to));
      if (right <= left) return;
      if (part.kind !== "test") {
        canvas.fillStyle = color(part.kind);
        canvas.fillRect(left, area.y, right - left, area.h);
      }
      if (right - left < 9 * part.label.length) return;
      var label = document.createElement("span");
      label.textContent = part.label;
      label.style.left = left + "px";
      strip.appendChild(label);
    });
  }
  // An edge of what is normal.
  function level(canvas, area, points) {
    canvas.strokeStyle = color("muted");
    canvas.setLineDash([5, 4]);
    stretches(points, area.w).forEach(function (run) {
      canvas.beginPath();
      run.forEach(function (point, index) {
        canvas[index ? "lineTo" : "moveTo"](point.canvasx, point.canvasy);
      });
      canvas.stroke();
    });
  }
  // The stretches of a line without gaps, each with the few points for every column of the
  // screen that draw the same line as all of them.
  function stretches(points, width) {
    var all = [], run = [];
    points.forEach(function (point) {
      if (isNaN(point.canvasy) || point.yval === null) {
        if (run.length) all.push(run);
        run = [];
      } else {
        run.push(point);
      }
    });
    if (run.length) all.push(run);
    return points.length < 4 * width ? all : all.map(thin);
  }
  function thin(points) {
    var kept = [], start = 0;
    while (start < points.length) {
      var column = Math.floor(points[start].canvasx), low = start, high = start, end = start;
      while (end < points.length && Math.floor(points[end].canvasx) === column) {
        if (points[end].canvasy < points[low].canvasy) low = end;
        if (points[end].canvasy > points[high].canvasy) high = end;
        end += 1;
      }
      [start, Math.min(low, high), Math.max(low, high), end - 1].forEach(function (index, at, of) {
        if (at === 0 || index !== of[at - 1]) kept.push(points[index]);
      });
      start = end;
    }
    return kept;
  }
  function plot(drawing) {
    var canvas = drawing.drawingContext, name = drawing.setName;
    canvas.save();
    if (name === "upper" || name === "lower") {
      level(canvas, drawing.plotArea, drawing.points);
    } else if (name === "anomaly") {
      var marked = drawing.points.filter(function (point) {
        return point.yval !== null && !isNaN(point.canvasy);
      });
      marked.forEach(function (point) {
        mark(null, null, canvas, point.canvasx, point.canvasy, null, marked.length > 120 ? 3 : 4);
      });
    } else {
      // Where lines lie closely they are drawn lightly, so that others show through.
      var isBound = name.indexOf("bound") === 0;
      var isDense = drawing.points.length > 4 * drawing.plotArea.w;
      if (isDense && name === "actual") canvas.globalAlpha = 0.55;
      stretches(drawing.points, drawing.plotArea.w).forEach(function (run) {
        if (name === "expected") band(canvas, run, drawing.dygraph);
        canvas.beginPath();
        run.forEach(function (point, index) {
          canvas[index ? "lineTo" : "moveTo"](point.canvasx, point.canvasy);
        });
        canvas.strokeStyle = drawing.color;
        canvas.lineWidth = name === "expected" ? 2 : isBound ? 1 : 1.1;
        canvas.setLineDash(isBound ? [4, 3] : []);
        canvas.lineJoin = "round";
        canvas.stroke();
      });
    }
    canvas.restore();
  }
  function band(canvas, run, graph) {
    function y(value, point) { return isNaN(value) ? point.canvasy : graph.toDomYCoord(value); }
    canvas.beginPath();
    run.forEach(function (point, index) {
      canvas[index ? "lineTo" : "moveTo"](point.canvasx, y(point.yval_plus, point));
    });
    for (var index = run.length - 1; index >= 0; index -= 1) {
      canvas.lineTo(run[index].canvasx, y(run[index].yval_minus, run[index]));
    }
    canvas.closePath();
    canvas.fillStyle = color("band");
    canvas.fill();
  }
  function mark(graph, name, canvas, cx, cy, _, size) {
    canvas.beginPath();
    canvas.arc(cx, cy, size, 0, 2 * Math.PI);
    canvas.fillStyle = color("anomaly");
    canvas.strokeStyle = color("page");
    canvas.lineWidth = 1.25;
    canvas.fill();
    canvas.stroke();
  }

  return { shade: shade, plot: plot, mark: mark };
}
