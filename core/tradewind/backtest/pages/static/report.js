"use strict";
(() => {
  const place = (id) => document.getElementById(id);
  const source = place("payload");
  if (!source || !window.LightweightCharts) return;
  const { createChart, LineSeries, AreaSeries, BaselineSeries } = window.LightweightCharts;
  const payload = JSON.parse(source.textContent);

  const bytes = (text) => {
    const raw = atob(text);
    const found = new Uint8Array(raw.length);
    for (let k = 0; k < raw.length; k += 1) found[k] = raw.charCodeAt(k);
    return found.buffer;
  };
  const floats = (text) => new Float32Array(bytes(text));
  const times = (text) => new Uint32Array(bytes(text));
  const moments = (told) => {
    if (typeof told === "string") return times(told);
    const found = new Uint32Array(told.rows);
    const gaps = new Map(told.gaps);
    for (let row = 0, at = told.start; row < told.rows; row += 1, at += told.step) {
      at += told.step * (gaps.get(row) || 0);
      found[row] = at;
    }
    return found;
  };
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const money = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });
  const exact = new Intl.NumberFormat("en", { maximumSignificantDigits: 8 });
  const short = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 6 });
  // What stands at an axis: no zeros that say nothing, and no more places than there is room for.
  const marked = (value) => (Math.abs(value) >= 1e7 ? short : Math.abs(value) >= 100 ? money : exact).format(value);
  const amount = (step) => ({ type: "custom", formatter: marked, minMove: step });
  // A scale on which equal distances are equal returns, where a price has grown so much that its beginning is flat.
  const scaled = (values) => {
    const [low, high] = values.reduce(([a, b], one) => [Math.min(a, one), Math.max(b, one)], [Infinity, -Infinity]);
    return { mode: low > 0 && high > 4 * low ? 1 : 0 };
  };
  const share = (value) => `${(100 * value).toFixed(2)}%`;
  const stamp = (seconds) => new Date(1000 * seconds).toISOString().slice(0, 16).replace("T", " ");

  const look = () => ({
    autoSize: true,
    layout: {
      background: { color: colour("--page") }, textColor: colour("--text"), attributionLogo: false, fontSize: 11,
    },
    grid: { vertLines: { color: colour("--tile") }, horzLines: { color: colour("--tile") } },
    rightPriceScale: { borderColor: colour("--edge"), minimumWidth: 76 },
    timeScale: { borderColor: colour("--edge"), timeVisible: true, minBarSpacing: 0.001 },
    localization: { locale: "en" },
  });

  // The lowest index whose time is not before a moment.
  const indexOf = (list, moment) => {
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle] < moment) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  // Candles; those that fall on the same column of pixels are drawn as the one that they make together: nothing that
  // could be seen is lost, and fifty thousand are drawn as fast as a thousand.
  class Candles {
    priceValueBuilder(row) { return [row.high, row.low, row.close]; }
    isWhitespace(row) { return row.close === undefined; }
    defaultOptions() { return { up: "green", down: "red", color: "green" }; }
    update(data, options) { this.data = data; this.options = options; }
    renderer() { return { draw: (target, price) => this.draw(target, price) }; }
    draw(target, price) {
      const { bars, visibleRange, barSpacing } = this.data || {};
      if (!bars || !visibleRange) return;
      target.useBitmapCoordinateSpace(({ context, horizontalPixelRatio: across, verticalPixelRatio: down }) => {
        const wide = Math.max(1, Math.round(0.7 * barSpacing * across) | 1);
        const last = Math.min(bars.length, Math.ceil(visibleRange.to) + 1);
        const columns = { up: [], down: [] };
        for (let k = Math.max(0, Math.floor(visibleRange.from)); k < last;) {
          const x = Math.round(bars[k].x * across);
          let { open, high, low, close } = bars[k].originalData;
          for (k += 1; k < last && Math.round(bars[k].x * across) === x; k += 1) {
            const next = bars[k].originalData;
            if (next.high > high) high = next.high;
            if (next.low < low) low = next.low;
            close = next.close;
          }
          columns[close >= open ? "up" : "down"].push([x, open, high, low, close]);
        }
        const at = (value) => Math.round(price(value) * down);
        for (const tone of ["up", "down"]) {
          context.fillStyle = this.options[tone];
          for (const [x, open, high, low, close] of columns[tone]) {
            const top = at(high);
            context.fillRect(x, top, 1, Math.max(1, at(low) - top));
            if (wide === 1) continue;
            const [upper, lower] = open > close ? [at(open), at(close)] : [at(close), at(open)];
            context.fillRect(x - (wide >> 1), upper, wide, Math.max(1, lower - upper));
          }
        }
      });
    }
  }

  // Trades over the candles: span from entry to exit, first stop, and both ends.
  class Trades {
    constructor(trades, opens) {
      this.trades = trades;
      this.from = trades.entry_time.map((moment) => Math.max(0, indexOf(opens, moment + 1) - 1));
      this.to = trades.exit_time.map((moment) => Math.max(0, indexOf(opens, moment + 1) - 1));
    }
    attached({ chart, series }) { this.chart = chart; this.series = series; }
    updateAllViews() {}
    paneViews() { return [{ renderer: () => ({ draw: (target) => this.draw(target) }), zOrder: () => "top" }]; }
    draw(target) {
      const range = this.chart.timeScale().getVisibleLogicalRange();
      if (!range) return;
      target.useMediaCoordinateSpace(({ context }) => {
        const scale = this.chart.timeScale();
        const wide = range.to - range.from;
        for (let k = 0; k < this.from.length; k += 1) {
          if (this.to[k] < range.from || this.from[k] > range.to) continue;
          this.one(context, scale, k, wide < 600);
        }
      });
    }
    one(context, scale, k, closely) {
      const { entry, exit, stop, pnl, side } = this.trades;
      const x1 = scale.logicalToCoordinate(this.from[k]);
      const x2 = scale.logicalToCoordinate(this.to[k]);
      const y1 = this.series.priceToCoordinate(entry[k]);
      const y2 = this.series.priceToCoordinate(exit[k]);
      if (x1 === null || x2 === null || y1 === null || y2 === null) return;
      const tone = colour(pnl[k] >= 0 ? "--up" : "--down");
      context.globalAlpha = 0.14;
      context.fillStyle = tone;
      context.fillRect(x1, Math.min(y1, y2), Math.max(1, x2 - x1), Math.max(1, Math.abs(y2 - y1)));
      context.globalAlpha = 1;
      context.strokeStyle = tone;
      context.lineWidth = 1.2;
      context.beginPath();
      context.moveTo(x1, y1);
      context.lineTo(x2, y2);
      context.stroke();
      if (!closely) return;
      const ys = Number.isFinite(stop[k]) ? this.series.priceToCoordinate(stop[k]) : null;
      if (ys !== null) {
        context.strokeStyle = colour("--down");
        context.setLineDash([4, 3]);
        context.beginPath();
        context.moveTo(x1, ys);
        context.lineTo(x2, ys);
        context.stroke();
        context.setLineDash([]);
      }
      const up = side[k] > 0 ? 1 : -1;
      context.fillStyle = colour("--line");
      context.beginPath();
      context.moveTo(x1, y1);
      context.lineTo(x1 - 5, y1 + 8 * up);
      context.lineTo(x1 + 5, y1 + 8 * up);
      context.fill();
      context.fillStyle = tone;
      context.beginPath();
      context.arc(x2, y2, 3.5, 0, 2 * Math.PI);
      context.fill();
    }
  }

  const points = (curve) => {
    const time = times(curve.time);
    return Array.from(floats(curve.value), (value, k) => ({ time: time[k], value }));
  };

  const decode = (one) => {
    const t = one.trades;
    const [open, high, low, close] = [one.open, one.high, one.low, one.close].map(floats);
    return {
      ...one, time: moments(one.time), open, high, low, close,
      trades: {
        ...t, entry_time: Array.from(times(t.entry_time)), exit_time: Array.from(times(t.exit_time)),
        entry: floats(t.entry), exit: floats(t.exit), stop: floats(t.stop), pnl: floats(t.pnl),
      },
    };
  };

  // Price, equity, drawdown and exposure lie one under the other on one axis of time.
  const chart = createChart(place("chart"), look());
  // What is compared shares a scale, unless one of the two would be a flat line on it.
  const spread = (curve) => floats(curve.value).reduce(([a, b], one) => [Math.min(a, one), Math.max(b, one)], [Infinity, -Infinity]);
  const flat = (one, all) => Math.log(one[1] / one[0]) < 0.15 * Math.log(Math.max(one[1], all[1]) / Math.min(one[0], all[0]));
  const percent = { type: "custom", formatter: share, minMove: 0.0001 };
  const quiet = { priceLineVisible: false, lineWidth: 1 };
  const { curves, symbols, labels } = payload;
  const first = symbols.length ? 1 : 0;
  const line = (curve, pane, options) => {
    if (!curve) return null;
    const series = chart.addSeries(options.kind || LineSeries, { ...quiet, ...options }, pane);
    series.setData(points(curve));
    return series;
  };
  const zero = { kind: BaselineSeries, baseValue: { type: "price", price: 0 }, priceFormat: percent };
  const worthy = { priceFormat: amount(0.01) };
  const [mine, theirs] = [curves.equity, curves.other].map((one) => one && spread(one));
  const apart = theirs && mine[0] > 0 && theirs[0] > 0 && (flat(mine, theirs) || flat(theirs, mine)) ? 1 : 0;
  const worth = line(curves.equity, first, { ...worthy, lineWidth: 2, title: labels.equity });
  const other = line(curves.other, first + apart, { ...worthy, title: labels.other });
  const fall = line(curves.drawdown, first + apart + 1, { ...zero, title: "drawdown" });
  const deeper = line(curves.other_drawdown, first + apart + 1, { priceFormat: percent });
  const open = line(curves.exposure, first + apart + 2, { kind: AreaSeries, priceFormat: percent, title: "exposure" });
  const sized = (...all) => scaled(all.filter(Boolean).flatMap((one) => Array.from(floats(one.value))));
  worth.priceScale().applyOptions(apart ? sized(curves.equity) : sized(curves.equity, curves.other));
  if (apart) other.priceScale().applyOptions(sized(curves.other));

  let shown = null;
  let candles = null;
  let resting = "";
  const show = (k) => {
    performance.mark("candles");
    shown = decode(symbols[k]);
    if (!candles) candles = chart.addCustomSeries(new Candles(), {}, 0);
    const last = shown.close[shown.close.length - 1] || 1;
    const digits = Math.max(2, 5 - Math.ceil(Math.log10(Math.abs(last) || 1)));
    candles.applyOptions({ priceFormat: amount(10 ** -digits) });
    const { time, high, low, close } = shown;
    candles.priceScale().applyOptions(scaled(close));
    const rows = new Array(time.length);
    for (let i = 0; i < time.length; i += 1) rows[i] = { time: time[i], open: shown.open[i], high: high[i], low: low[i], close: close[i] };
    candles.setData(rows);
    if (drawn) candles.detachPrimitive(drawn);
    drawn = new Trades(shown.trades, time);
    candles.attachPrimitive(drawn);
    const many = shown.together > 1 ? ` Each candle is ${shown.together} bars.` : "";
    const count = shown.trades.side.length;
    const key = ": entry ▲, exit ●, first stop dashed when you look closely.";
    resting = `${count ? `${count.toLocaleString("en")} ${count > 1 ? "trades" : "trade"}${key}` : "No trades."}${many}`;
    place("legend").textContent = resting;
    dress();
    chart.timeScale().fitContent();
  };
  let drawn = null;
  const rose = () => {
    const end = shown.close.length - 1;
    return end < 0 || shown.close[end] >= shown.open[end];
  };

  function dress() {
    chart.applyOptions(look());
    const [up, down, line, hold] = ["--up", "--down", "--line", "--hold"].map(colour);
    if (candles) candles.applyOptions({ up, down, color: rose() ? up : down });
    worth.applyOptions({ color: line });
    for (const one of [other, deeper]) if (one) one.applyOptions({ color: hold });
    fall.applyOptions({ bottomLineColor: down, topLineColor: down, bottomFillColor1: `${down}22`, bottomFillColor2: `${down}55`, topFillColor1: `${down}22`, topFillColor2: `${down}22` });
    if (open) open.applyOptions({ lineColor: hold, topColor: `${hold}55`, bottomColor: `${hold}11` });
  }

  const told = (moved) => {
    const parts = [stamp(moved.time)];
    const bar = candles && moved.seriesData.get(candles);
    if (bar) {
      parts.push(...["open", "high", "low", "close"].map((name) => `${name[0].toUpperCase()} ${exact.format(bar[name])}`));
      const t = shown.trades;
      const k = t.entry_time.findIndex((entered, n) => entered < moved.time + shown.step && moved.time <= t.exit_time[n]);
      if (k >= 0) parts.push(`in at ${exact.format(t.entry[k])}, out at ${exact.format(t.exit[k])} (${t.reasons[t.reason[k]]}): ${money.format(t.pnl[k])}`);
    }
    const now = moved.seriesData.get(worth);
    if (now) parts.push(`equity ${money.format(now.value)}`);
    const deep = moved.seriesData.get(fall);
    if (deep) parts.push(`drawdown ${share(deep.value)}`);
    return parts.join("   ");
  };

  if (symbols.length) {
    show(0);
    const choice = place("symbol");
    if (choice) choice.addEventListener("change", () => show(choice.selectedIndex));
  }
  chart.panes().forEach((pane, k) => pane.setStretchFactor([...(symbols.length ? [5] : []), ...(apart ? [1.6, 1.2] : [2.4]), 1.3, 1.3][k]));
  chart.subscribeCrosshairMove((moved) => { place("legend").textContent = moved.time ? told(moved) : resting; });
  dress();
  // All is shown in whatever width there is, until somebody looks closer; on paper in that of a page.
  const box = place("chart");
  let moved = false;
  const fit = () => { if (!moved) chart.timeScale().fitContent(); };
  for (const name of ["wheel", "pointerdown"]) box.addEventListener(name, () => { moved = true; }, { passive: true });
  new ResizeObserver(() => requestAnimationFrame(fit)).observe(box);
  window.addEventListener("beforeprint", () => {
    chart.applyOptions({ autoSize: false });
    chart.resize(680, 620, true);
    fit();
  });
  window.addEventListener("afterprint", () => chart.applyOptions({ autoSize: true }));
  fit();
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", dress);
  requestAnimationFrame(() => requestAnimationFrame(() => {
    if (symbols.length) performance.measure("candles drawn", "candles");
    document.documentElement.dataset.drawn = String(Math.round(performance.now()));
  }));
})();
