// Replaces a report's static charts by ones that zoom, with dygraphs.
//
// All charts of one page share their rows, so a zoom or a pointer in one is passed on by range and row
// number. Colors are read from the style sheet, again whenever light turns dark.
(function () {
  "use strict";
  if (typeof Dygraph === "undefined") return;
  var data = JSON.parse(document.getElementById("data").textContent);
  var x = data.x || Array.from({ length: data.count }, function (_, row) {
    return data.start + row * data.step;
  });
  var isWhole = data.dates && x.every(function (ms) { return ms % 86400000 === 0; });
  var stamps = data.dates ? x.map(function (ms) { return new Date(ms); }) : x;
  var graphs = [];

  function color(name) {
    return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  }
  function readable(value) {
    if (value === null || value === undefined || isNaN(value)) return "n/a";
    var size = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
    var digits = Number.isInteger(value) ? 0 : Math.min(9, Math.max(0, 3 - size));
    return value.toLocaleString("en-US", { maximumFractionDigits: digits });
  }
  function label(at) {
    if (!data.dates) return readable(+at);
    var text = new Date(+at).toISOString();
    if (isWhole) return text.slice(0, 10);
    return text.slice(0, 10) + " " + text.slice(11, text.slice(17, 19) === "00" ? 16 : 19);
  }
  var drawing = reportDrawing(data, color);

  function options(extra) {
    var common = {
      // An empty title keeps a strip above the data free for the names of the parts.
      title: data.parts.length ? " " : "", titleHeight: 20,
      labelsUTC: true, legend: "never", gridLineColor: color("rule"),
      axisLineColor: color("muted"), gridLineWidth: 1, xRangePad: 4, yRangePad: 6,
      highlightCircleSize: 3, strokeWidth: 1.25, axisLabelFontSize: 12,
      // Where there is a range selector, dygraphs would pan on dragging.
      interactionModel: Dygraph.defaultInteractionModel,
      rangeSelectorHeight: 34, rangeSelectorPlotFillColor: "",
      rangeSelectorPlotStrokeColor: color("muted"), rangeSelectorPlotLineWidth: 1,
      rangeSelectorBackgroundStrokeColor: color("rule"),
      rangeSelectorForegroundStrokeColor: color("muted"),
      axes: {
        x: { drawGrid: false },
        y: { axisLabelWidth: 62, axisLabelFormatter: readable, pixelsPerLabel: 24 }
      }
    };
    return Object.assign(common, extra);
  }
  function live(id) {
    var element = document.getElementById(id);
    element.textContent = "";
    element.classList.add("live");
    return element;
  }

  function or(value, other) { return value === null ? other : value; }
  function edge(limit, expected) {
    return limit === null || expected === null ? null : limit - expected;
  }

  function drawTarget(target, index) {
    var isAnomaly = new Set(target.anomalies);
    var bounds = target.bounds.map(function (_, number) { return "bound " + number; });
    var series = [], residuals = [];
    stamps.forEach(function (stamp, row) {
      var actual = target.actual[row], expected = target.expected[row];
      var residual = actual === null || expected === null ? null : actual - expected;
      var flagged = isAnomaly.has(row);
      series.push([
        stamp,
        expected === null ? [null, null, null]
          : [or(target.low[row], expected), expected, or(target.high[row], expected)],
        [actual, actual, actual],
        flagged ? [actual, actual, actual] : [null, null, null]
      ].concat(target.bounds.map(function (bound) {
        return [bound[row], bound[row], bound[row]];
      })));
      residuals.push([stamp, edge(target.high[row], expected), edge(target.low[row], expected),
        residual, flagged ? residual : null]);
    });
    var legend = document.getElementById("legend-" + index);
    var still = legend.innerHTML;
    function tell(row) {
      var actual = target.actual[row], expected = target.expected[row];
      var parts = [["", label(stamps[row])], ["actual", readable(actual)],
        ["expected", readable(expected)]];
      if (actual !== null && expected !== null) {
        parts.push(["residual", readable(actual - expected)]);
        if (target.score[row] !== null) parts.push(["score", readable(target.score[row])]);
      }
      legend.textContent = "";
      parts.forEach(function (part) {
        var span = document.createElement("span"), value = document.createElement("b");
        span.textContent = part[0] + (part[0] ? " " : "");
        value.textContent = part[1];
        span.appendChild(value);
        legend.appendChild(span);
      });
    }
    var hidden = { highlightCircleSize: 0 };
    // Drawn without circles, which would crowd the row that is pointed at.
    var looks = bounds.reduce(function (all, name) {
      all[name] = hidden;
      return all;
    }, {});
    var points = { highlightCircleSize: 5, drawHighlightPointCallback: drawing.mark };
    var names = ["expected", "actual", "anomaly"].concat(
      bounds.map(function () { return "expected"; }));
    var upper = new Dygraph(live("series-" + index), series, options({
      labels: ["x", "expected", "actual", "anomaly"].concat(bounds), customBars: true,
      colors: names.map(color),
      series: Object.assign({ anomaly: points }, looks), plotter: drawing.plot,
      underlayCallback: drawing.shade,
      showRangeSelector: true
    }));
    var lower = new Dygraph(live("residuals-" + index), residuals, options({
      labels: ["x", "upper", "lower", "residual", "anomaly"],
      colors: [color("muted"), color("muted"), color("actual"), color("anomaly")],
      series: { anomaly: points, upper: hidden, lower: hidden }, plotter: drawing.plot,
      underlayCallback: drawing.shade
    }));
    graphs.push(
      { graph: upper, tell: tell, hush: function () { legend.innerHTML = still; },
        colors: names },
      { graph: lower, tell: tell, hush: function () { legend.innerHTML = still; },
        colors: ["muted", "muted", "actual", "anomaly"] });
  }

  function drawLosses() {
    if (!data.losses || !document.getElementById("losses")) return;
    var legend = document.getElementById("legend-losses"), still = legend.innerHTML;
    var graph = new Dygraph(live("losses"), data.losses.values, options({
      labels: data.losses.labels, colors: [color("actual"), color("expected")],
      strokeWidth: 1.75, xRangePad: 8, title: "",
      series: data.losses.labels.length > 2 ? { validation: { strokePattern: [5, 3] } } : {},
      axes: {
        x: {
          drawGrid: false, pixelsPerLabel: 60,
          axisLabelFormatter: function (epoch) { return Number.isInteger(epoch) ? epoch : ""; }
        },
        y: { axisLabelWidth: 62, axisLabelFormatter: readable }
      },
      highlightCallback: function (_, at, points) {
        legend.textContent = "epoch " + at + points.map(function (point) {
          return "   " + point.name + " " + point.yval.toPrecision(4);
        }).join("");
      },
      unhighlightCallback: function () { legend.innerHTML = still; }
    }));
    graphs.lossGraph = graph;
  }

  function link() {
    var isBusy = false;
    graphs.forEach(function (one) {
      one.graph.updateOptions({
        drawCallback: function (graph, isFirst) {
          if (isBusy || isFirst) return;
          isBusy = true;
          var range = graph.xAxisRange();
          graphs.forEach(function (other) {
            var now = other.graph.xAxisRange();
            if (other !== one && (now[0] !== range[0] || now[1] !== range[1])) {
              other.graph.updateOptions({ dateWindow: range });
            }
          });
          isBusy = false;
        },
        highlightCallback: function (_, at, points, row) {
          graphs.forEach(function (other) {
            if (other !== one) other.graph.setSelection(row);
            other.tell(row);
          });
        },
        unhighlightCallback: function () {
          graphs.forEach(function (other) {
            if (other !== one) other.graph.clearSelection();
            other.hush();
          });
        }
      }, true);
    });
  }

  function recolor() {
    graphs.forEach(function (one) {
      one.graph.updateOptions(options({ colors: one.colors.map(color) }));
    });
    if (graphs.lossGraph) {
      graphs.lossGraph.updateOptions({
        colors: [color("actual"), color("expected")], gridLineColor: color("rule"),
        axisLineColor: color("muted") });
    }
  }

  data.targets.forEach(drawTarget);
  drawLosses();
  link();
  document.querySelectorAll(".hint").forEach(function (hint) { hint.hidden = false; });
  document.querySelectorAll("tr[data-row]").forEach(function (line) {
    line.addEventListener("click", function () {
      var row = +line.dataset.row, reach = Math.max(20, Math.round(x.length / 100));
      var from = x[Math.max(0, row - reach)], to = x[Math.min(x.length - 1, row + reach)];
      show(from, to);
      graphs.forEach(function (one) {
        one.graph.setSelection(row);
        one.tell(row);
      });
      graphs[2 * +line.dataset.target].graph.graphDiv.scrollIntoView({ block: "center" });
    });
  });
  function show(from, to) { graphs[0].graph.updateOptions({ dateWindow: [from, to] }); }
  document.getElementById("show-all").addEventListener("click", function () {
    show(x[0], x[x.length - 1]);
  });
  document.getElementById("show-judged").addEventListener("click", function () {
    show(x[data.judged[0]], x[data.judged[1]]);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolor);
})();
