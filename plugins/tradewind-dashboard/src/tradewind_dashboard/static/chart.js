import { money, percent } from "./shown.js";

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const look = () => ({
  autoSize: true,
  layout: { background: { color: colour("--page") }, textColor: colour("--text"), attributionLogo: false, fontSize: 11 },
  grid: { vertLines: { color: colour("--tile") }, horzLines: { color: colour("--tile") } },
  rightPriceScale: { borderColor: colour("--edge"), minimumWidth: 70 },
  timeScale: { borderColor: colour("--edge"), timeVisible: true, minBarSpacing: 0.001 },
  localization: { locale: "en" },
});
const TONES = ["--line", "--up", "--down", "--hold"];
const dressed = [];
const dress = () => { for (const one of dressed) one(); };
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", dress);

const empty = (box) => {
  box.textContent = "The charts' library was not there at the build.";
  return null;
};

// Equity above, drawdown below, on one axis of time.
export const account = (box) => {
  const { createChart, BaselineSeries, LineSeries } = window.LightweightCharts || {};
  if (!createChart) return empty(box);
  box.setAttribute("role", "img");
  box.setAttribute("aria-label", "Equity and drawdown of the account over time; the figures stand above.");
  const chart = createChart(box, look());
  const quiet = { priceLineVisible: false };
  const equity = chart.addSeries(LineSeries, { ...quiet, lineWidth: 2, title: "equity", priceFormat: { type: "custom", formatter: money, minMove: 0.01 } }, 0);
  const drawdown = chart.addSeries(BaselineSeries, { ...quiet, lineWidth: 1, baseValue: { type: "price", price: 0 }, title: "drawdown", priceFormat: { type: "custom", formatter: percent, minMove: 0.0001 } }, 1);
  chart.panes()[0].setStretchFactor(3);
  dressed.push(() => {
    chart.applyOptions(look());
    equity.applyOptions({ color: colour("--line") });
    const down = colour("--down");
    drawdown.applyOptions({ bottomLineColor: down, topLineColor: down, bottomFillColor1: `${down}22`, bottomFillColor2: `${down}55`, topFillColor1: `${down}22`, topFillColor2: `${down}22` });
  });
  dress();
  const at = (one) => Math.floor(one.time_ms / 1000);
  let last = 0;
  // All is shown until somebody looks closer.
  let moved = false;
  for (const name of ["wheel", "pointerdown"]) box.addEventListener(name, () => { moved = true; }, { passive: true });
  const fit = () => { if (!moved) chart.timeScale().fitContent(); };
  return {
    fit,
    draw(points) {
      const byTime = new Map(points.map((one) => [at(one), one]));
      const times = [...byTime.keys()].sort((a, b) => a - b);
      equity.setData(times.map((time) => ({ time, value: Number(byTime.get(time).equity) })));
      drawdown.setData(times.map((time) => ({ time, value: -byTime.get(time).drawdown })));
      last = times.length ? times[times.length - 1] : 0;
      fit();
      document.documentElement.dataset.drawn = String(times.length);
    },
    add(point) {
      const time = at(point);
      if (time < last) return;
      last = time;
      equity.update({ time, value: Number(point.equity) });
      drawdown.update({ time, value: -point.drawdown });
      fit();
    },
  };
};

// Lines of a plugin's panel: the first column is the time.
export const lines = (box, columns, rows) => {
  const { createChart, LineSeries } = window.LightweightCharts || {};
  if (!createChart) return empty(box);
  const chart = createChart(box, look());
  const byTime = new Map(rows.filter((row) => Number.isFinite(row.time_ms)).map((row) => [Math.floor(row.time_ms / 1000), row]));
  const times = [...byTime.keys()].sort((a, b) => a - b);
  const drawn = columns.slice(1).map((name) => {
    const series = chart.addSeries(LineSeries, { lineWidth: 2, priceLineVisible: false, title: name });
    series.setData(times.filter((time) => Number.isFinite(byTime.get(time)[name])).map((time) => ({ time, value: byTime.get(time)[name] })));
    return series;
  });
  dressed.push(() => {
    chart.applyOptions(look());
    drawn.forEach((series, k) => series.applyOptions({ color: colour(TONES[k % TONES.length]) }));
  });
  dress();
  chart.timeScale().fitContent();
  return chart;
};
