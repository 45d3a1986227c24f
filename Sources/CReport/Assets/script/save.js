// Saves charts as PNG, events and rows as CSV; nothing leaves the machine.
function save(name, blob) {
  const address = URL.createObjectURL(blob);
  const link = element("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

function fileName(text, ending) {
  return (text.normalize().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "") || "chart").slice(0, 60)
    + ending;
}

function savePicture(index) {
  const panel = decoded(index), width = Math.max(600, charts.get(index).holder.clientWidth);
  const height = geometry(width, 40).height, scale = 2, head = 34;
  const canvas = element("canvas", { width: width * scale, height: (height + head + 10) * scale });
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  // The background goes below, since painting begins with a clear canvas.
  context.translate(0, head);
  paint(context, panel, width, null);
  context.globalCompositeOperation = "destination-over";
  context.fillStyle = colors.page;
  context.fillRect(0, -head, width, height + head + 10);
  context.globalCompositeOperation = "source-over";
  context.fillStyle = colors.ink;
  context.font = "600 15px system-ui, sans-serif";
  context.textAlign = "left";
  context.textBaseline = "alphabetic";
  context.fillText(panel.name, 10, -12, width - 20);
  canvas.toBlob((blob) => save(fileName(panel.name, ".png"), blob));
}

// A spreadsheet takes what begins with = and the like for a formula.
function csvName(text) {
  return csvCell(/^[=+\-@\t\r\n＝＋－＠]/u.test(text) ? "'" + text : text);
}

function csvCell(text) {
  return /[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
}

function csvNumber(value) {
  return Number.isFinite(value) ? "" + value : "";
}

function saveCSV(name, lines) {
  save(name, new Blob([lines.map((cells) => cells.join(",") + "\n").join("")], { type: "text/csv" }));
}

// The cards in sight, in the order in which they lie.
function saveEvents(cards) {
  const lines = [["name", "start", "end", "peak", "kind", "score", "what"]];
  for (const card of [...cards[0].parentElement.children].filter((each) => !each.hidden)) {
    const { panel, from, to, peak, kind, score } = card.dataset;
    lines.push([csvName(data.panels[panel].name), ...[from, to, peak].map((at) => timeLabel(+at)), kind,
      score, csvCell(card.querySelector("p").textContent)]);
  }
  saveCSV("anomalies-shown.csv", lines);
}

function saveRows(index) {
  const panel = decoded(index), lines = [["time", "target", "actual", "expected", "residual", "score"]];
  panel.rowsAt.forEach((place, row) => {
    if (place < view.from || place > view.to) return;
    const time = timeLabel(place).replace(/,/g, "");
    lines.push([time, csvName(panel.target), ...[panel.actual[row], panel.expected[row],
      +(panel.residual[row]).toPrecision(6), panel.score[row]].map(csvNumber)]);
  });
  saveCSV(fileName(panel.name, ".csv"), lines);
}
