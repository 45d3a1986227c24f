// Puts everything in its place.
readColors();
startView();
document.body.classList.add("live");
for (const holder of document.querySelectorAll(".chart[data-panel]")) makeChart(holder);
startOverview();
startEvents();
document.addEventListener("toggle", redraw, true);

function recolor() {
  readColors();
  for (const chart of charts.values()) if (chart.isSeen) chart.draw();
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolor);

// Paper is light, and shows what is closed.
const closed = new Set();
function toPaper() {
  document.documentElement.classList.add("paper");
  for (const details of document.querySelectorAll("details:not([open])")) {
    closed.add(details);
    details.open = true;
  }
  for (const chart of charts.values()) chart.isSeen = true;
  recolor();
}
function fromPaper() {
  document.documentElement.classList.remove("paper");
  for (const details of closed) details.open = false;
  closed.clear();
  recolor();
}
addEventListener("beforeprint", toPaper);
addEventListener("afterprint", fromPaper);
