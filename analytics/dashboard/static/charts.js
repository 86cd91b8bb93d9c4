// Lines over time or over a number, drawn by uPlot; what they show stands in a table for those who cannot see them.
import { byId, el, legend, table } from "./dom.js";
import { onColours, t } from "./page.js";

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
function alone(u, place) {
  const values = u.data[place];
  return values.flatMap((value, at) => (value !== null && (values[at - 1] ?? null) === null && (values[at + 1] ?? null) === null ? [at] : []));
}
const FONT = "12px system-ui, sans-serif";

/**
 * A chart in the element of this id. `series`: [{name, colour, fill, dash, points}]; `format` writes a value,
 * `across` one of the horizontal axis. Returns a function that takes columns of numbers: [x, y1, y2, …].
 */
export function chart(id, { series, format, across, isTime = true, height = 220, range, rangeX, paths, caption, marker }) {
  const place = byId(id);
  const plot = el("div", { class: "plot", "aria-hidden": "true" });
  const readout = el("p", { class: "readout", "aria-hidden": "true" });
  const behind = el("div");
  const details = el("details", {}, el("summary", {}, t("chart.table")), behind);
  plot.append(readout);
  place.replaceChildren(legend(series), plot, details);
  let drawn = null, last = null;

  const axis = (more) => ({
    stroke: () => colour("muted"), font: FONT, ticks: { show: false }, grid: { stroke: () => colour("line"), width: 1 }, ...more,
  });
  const options = () => ({
    width: Math.max(120, plot.clientWidth), height, padding: [8, 20, 0, 0],
    scales: { x: { time: isTime, ...(rangeX ? { range: rangeX } : {}) }, y: { range: range ?? ((_, low, high) => [0, high > 0 ? high * 1.08 : 1]) } },
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    axes: [
      axis({ grid: { show: false }, values: (_, all) => all.map(across), space: 58, size: 26 }),
      axis({ values: (_, all) => all.map(format), size: 58, space: 36 }),
    ],
    series: [{}, ...series.map((each) => ({
      label: each.colour, stroke: () => colour(each.colour), width: each.width ?? 1.75, dash: each.dash,
      // Of a line that is interrupted, what stands alone would not be seen.
      points: { show: true, size: each.points ? 7 : 5, fill: () => colour(each.colour), ...(each.points ? {} : { filter: alone }) },
      paths: paths ?? undefined, spanGaps: false,
    }))],
    hooks: {
      setCursor: [(u) => {
        const at = u.cursor.idx;
        readout.textContent = at === null || at === undefined ? "" :
          [across(u.data[0][at]), ...series.map((each, place) => `${each.name} ${(u.data[place + 1][at] ?? null) === null ? "–" : format(u.data[place + 1][at])}`)].join(" · ");
      }],
      draw: marker ? [(u) => {
        const x = u.valToPos(marker(), "x", true);
        u.ctx.save();
        u.ctx.strokeStyle = colour("text");
        u.ctx.lineWidth = devicePixelRatio;
        u.ctx.setLineDash([]);
        u.ctx.beginPath();
        u.ctx.moveTo(x, u.bbox.top);
        u.ctx.lineTo(x, u.bbox.top + u.bbox.height);
        u.ctx.stroke();
        u.ctx.restore();
      }] : [],
    },
  });
  function draw(columns) {
    last = columns;
    if (drawn === null) drawn = new uPlot(options(), columns, plot);
    else drawn.setData(columns);
    if (details.open) tell();
  }
  function tell() {
    const rows = last[0].map((x, at) => [across(x), ...series.map((_, place) => (last[place + 1][at] ?? null) === null ? null : format(last[place + 1][at]))]);
    behind.replaceChildren(table(caption, [{ title: t(isTime ? "chart.time" : "chart.across") }, ...series.map(({ name }) => ({ title: name, number: true }))],
      isTime ? rows.reverse() : rows));
  }
  details.addEventListener("toggle", () => (details.open && last ? tell() : null));
  new ResizeObserver(() => drawn?.setSize({ width: Math.max(120, plot.clientWidth), height })).observe(plot);
  onColours(() => drawn?.redraw(false, true));
  return draw;
}

/** A column for every slice of a window, with what is missing as `missing`. */
export function slices({ from_s, to_s, slice_s }, found, missing) {
  const first = Math.ceil(from_s / slice_s) * slice_s;
  const xs = [];
  // The last slice is not over and would look like a fall.
  for (let at = first; at + slice_s <= to_s; at += slice_s) xs.push(at);
  return [xs, (name) => xs.map((at) => found.get(`${name}|${at}`) ?? missing)];
}
