// How numbers and times are written.
function readable(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "n/a";
  const size = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  if (size >= 15 || (value !== 0 && size < -4)) return value.toExponential(3);
  const digits = Number.isInteger(value) ? 0 : Math.min(9, Math.max(0, 3 - size));
  return value.toLocaleString("en-US", { maximumFractionDigits: digits });
}

function timeLabel(place) {
  if (!data.dates) return readable(place);
  const text = new Date(place).toISOString();
  if (data.days) return text.slice(0, 10);
  return text.slice(0, 10) + " " + text.slice(11, text.slice(17, 19) === "00" ? 16 : 19);
}

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

// Round numbers and round dates for axes.
function numberTicks(low, high, wanted) {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span)) return [];
  const power = 10 ** Math.floor(Math.log10(span / wanted));
  const step = power * [1, 2, 5, 10].find((factor) => power * factor >= span / wanted * 0.999);
  const decimals = Math.max(0, Math.min(9, -Math.floor(Math.log10(step) + 1e-9)));
  const ticks = [];
  for (let index = Math.ceil(low / step); index * step <= high && ticks.length < 50; index += 1) {
    const label = step >= 1e12 || step < 1e-6 ? (index * step).toExponential(1)
      : (index * step).toLocaleString("en-US", {
        minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    ticks.push({ place: index * step, label: label.replace(/^-(0(\.0+)?)$/, "$1") });
  }
  return ticks;
}

const monthNames = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const clockSteps = [1, 5, 15, 60, 300, 900, 1800, 3600, 10800, 21600, 43200, 86400, 172800, 604800]
  .map((seconds) => seconds * 1000);
const monthSteps = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200];

// The first label, and every one where a new year begins, says the year.
function dateTicks(low, high, wanted) {
  const target = (high - low) / wanted, ticks = [];
  if (!(target > 0)) return ticks;
  if (target > 12 * dayLength) {
    const step = monthSteps.find((months) => months >= 0.75 * target / dayLength / 30.4) || 12000;
    const first = new Date(low);
    let month = first.getUTCFullYear() * 12 + first.getUTCMonth();
    month -= ((month % step) + step) % step;
    for (; ticks.length < 60; month += step) {
      const year = Math.floor(month / 12), date = new Date(0);
      date.setUTCFullYear(year, month - 12 * year, 1);
      if (+date > high) break;
      if (+date < low) continue;
      const name = monthNames[month - 12 * year];
      const label = step >= 12 ? "" + year
        : month % 12 === 0 ? "" + year : ticks.length ? name : name + " " + year;
      ticks.push({ place: +date, label });
    }
    return ticks;
  }
  const step = clockSteps.find((length) => length >= target) || 14 * dayLength;
  for (let index = Math.ceil(low / step); index * step <= high && ticks.length < 60; index += 1) {
    const date = new Date(index * step), text = date.toISOString();
    const day = date.getUTCDate() + " " + monthNames[date.getUTCMonth()];
    const isDay = step >= dayLength || text.slice(11, 19) === "00:00:00";
    const year = ticks.length ? "" : " " + date.getUTCFullYear();
    ticks.push({
      place: index * step,
      label: isDay ? day + year : text.slice(11, step < 60000 ? 19 : 16) });
  }
  return ticks;
}

function ticksOf(low, high, wanted) {
  return data.dates ? dateTicks(low, high, wanted) : numberTicks(low, high, wanted);
}
