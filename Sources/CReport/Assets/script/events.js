// The cards of events: sorted, filtered, searched, and opened by their address.
function startEvents() {
  const list = document.getElementById("event-list");
  const cards = list ? [...list.children] : [];
  const tools = document.querySelector("#events .tools");
  if (tools) {
    tools.hidden = false;
    const [search, sort, kind, count] = ["search", "sort", "kind", "count"]
      .map((name) => document.getElementById("event-" + name));
    const text = new Map(cards.map((card) => [card, card.textContent.toLowerCase()]));
    const name = (card) => data.panels[card.dataset.panel].name;
    const orders = {
      score: (one, two) => two.dataset.score - one.dataset.score,
      time: (one, two) => one.dataset.peak - two.dataset.peak,
      late: (one, two) => two.dataset.peak - one.dataset.peak,
      name: (one, two) => name(one).localeCompare(name(two), "en", { numeric: true })
    };
    const choose = () => {
      const wanted = search ? search.value.trim().toLowerCase().split(/\s+/) : [];
      for (const card of cards) {
        card.hidden = (kind.value !== "" && card.dataset.kind !== kind.value)
          || !wanted.every((word) => text.get(card).includes(word));
      }
      const left = cards.filter((card) => !card.hidden).length;
      count.textContent = left < cards.length ? `${left} of ${cards.length}` : "";
    };
    sort.addEventListener("change", () => list.append(...cards.sort(orders[sort.value])));
    kind.addEventListener("change", choose);
    if (search) search.addEventListener("input", choose);
    document.getElementById("event-save").addEventListener("click", () => saveEvents(cards));
  }
  if (list) {
    list.addEventListener("click", (event) => {
      const card = event.target.closest(".event");
      if (!card || getSelection().toString()) return;
      event.preventDefault();
      if (decodeURIComponent(location.hash.slice(1)) === card.id) go();
      else location.hash = card.id;
    });
  }
  addEventListener("hashchange", go);
  addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a[href^='#panel-']");
    if (!link) return;
    event.preventDefault();
    history.pushState(null, "", link.getAttribute("href"));
    go();
  });
  if (location.hash) go();
}

// Follows the address: an event, a panel, or a time.
function go() {
  let name = location.hash.slice(1);
  try { name = decodeURIComponent(name); } catch { return; }
  const panel = /^panel-(\d+)$/.exec(name);
  if (panel && data.panels[panel[1]]) {
    view.event = null;
    const chart = open(+panel[1]);
    redraw();
    chart.holder.closest("details").scrollIntoView({ block: "start", behavior: calm() });
    return;
  }
  const card = document.getElementById(name) || cardAt(name);
  if (card && card.classList.contains("event")) showEvent(card);
  else goToTime(name);
}

// The largest event at a time, such as 2012-10-29 or 2012-10-29T13:00.
function cardAt(name) {
  const from = data.dates ? Date.parse(name + (name.length > 10 ? "Z" : "")) : NaN;
  if (!Number.isFinite(from)) return null;
  const to = name.length > 10 ? from : from + dayLength - 1;
  return [...document.querySelectorAll(".event")]
    .filter((card) => +card.dataset.from <= to && +card.dataset.to >= from)
    .sort((one, two) => two.dataset.score - one.dataset.score)[0] || null;
}

function goToTime(name) {
  const place = data.dates ? Date.parse(name + (name.length > 10 ? "Z" : "")) : Number(name);
  if (name === "" || !(place >= view.whole[0] && place <= view.whole[1])) return;
  const half = Math.max(leastSpan() * 8, (view.home[1] - view.home[0]) / 10);
  show(place - half, place + half);
  point(place);
}

function showEvent(card) {
  for (const other of document.querySelectorAll(".event[aria-current]")) {
    other.removeAttribute("aria-current");
  }
  card.hidden = false;
  card.setAttribute("aria-current", "true");
  const [from, to, peak] = ["from", "to", "peak"].map((name) => +card.dataset[name]);
  const index = +card.dataset.panel, chart = open(index);
  const length = view.whole[1] - view.whole[0];
  const reach = Math.max(leastSpan() * 7, (to - from) * 0.75, Math.min(length / 50, leastSpan() * 20));
  view.event = { panel: index, from, to, peak };
  show(from - reach, to + reach);
  view.place = peak;
  chart.draw();
  tell(chart);
  say(chart);
  const list = card.parentElement;
  if (list.scrollHeight > list.clientHeight) list.scrollTop = card.offsetTop - list.offsetTop - 40;
  const box = chart.canvas.getBoundingClientRect();
  if (box.top < 0 || box.bottom > innerHeight) {
    chart.holder.closest("details").scrollIntoView({ block: "start", behavior: calm() });
  }
}
