"use strict";
(() => {
  const place = (id) => document.getElementById(id);
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const money = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });
  const exact = new Intl.NumberFormat("en", { maximumSignificantDigits: 8 });
  const percent = (value) => (value === null || value === undefined ? "" : `${(100 * value).toFixed(2)}%`);
  const OUTCOMES = ["", "filled", "sent", "expired", "blocked:already_open", "blocked:cooldown", "blocked:daily_risk", "blocked:drawdown", "blocked:stale_data"];

  const ask = async (path) => {
    const answer = await fetch(`/api/v1${path}`, { headers: { accept: "application/json" } });
    const told = await answer.json();
    if (answer.status === 401) throw new Error("Log in with the link that the terminal shows.");
    if (!answer.ok) throw new Error(told.error || `the answer was ${answer.status}`);
    return told;
  };

  // Everything that is shown is text: names of symbols and strategies come from outside.
  const cell = (value, tone) => {
    const made = document.createElement("td");
    made.textContent = value === null || value === undefined ? "" : String(value);
    if (tone) made.className = tone;
    return made;
  };
  const fill = (id, heads, rows, empty) => {
    const table = place(id);
    table.replaceChildren();
    const top = table.createTHead().insertRow();
    for (const head of heads) {
      const made = document.createElement("th");
      made.textContent = head;
      top.append(made);
    }
    const body = table.createTBody();
    for (const { cells, click } of rows) {
      const row = body.insertRow();
      row.append(...cells);
      if (click) { row.className = "asks"; row.addEventListener("click", click); }
    }
    if (!rows.length) body.insertRow().append(cell(empty));
  };

  let chart = null;
  let equity = null;
  let drawdown = null;
  const draw = (points) => {
    const { createChart, AreaSeries, LineSeries } = window.LightweightCharts || {};
    if (!createChart) { place("chart").textContent = "The charts' library was not there at the build."; return; }
    if (!chart) {
      chart = createChart(place("chart"), { autoSize: true, layout: { attributionLogo: false } });
      equity = chart.addSeries(LineSeries, { lineWidth: 2, priceLineVisible: false, title: "equity" }, 0);
      drawdown = chart.addSeries(AreaSeries, { lineWidth: 1, priceLineVisible: false, title: "drawdown", priceFormat: { type: "custom", formatter: percent, minMove: 0.0001 } }, 1);
      chart.panes()[0].setStretchFactor(3);
    }
    dress();
    const byTime = new Map(points.map((one) => [Math.floor(one.time_ms / 1000), one]));
    const times = [...byTime.keys()].sort((a, b) => a - b);
    equity.setData(times.map((time) => ({ time, value: Number(byTime.get(time).equity) })));
    drawdown.setData(times.map((time) => ({ time, value: -byTime.get(time).drawdown })));
    chart.timeScale().fitContent();
    document.documentElement.dataset.drawn = String(times.length);
  };
  const dress = () => {
    if (!chart) return;
    chart.applyOptions({
      layout: { background: { color: colour("--page") }, textColor: colour("--text"), attributionLogo: false },
      grid: { vertLines: { color: colour("--tile") }, horzLines: { color: colour("--tile") } },
      rightPriceScale: { borderColor: colour("--edge") }, timeScale: { borderColor: colour("--edge"), timeVisible: true },
    });
    equity.applyOptions({ color: colour("--line") });
    drawdown.applyOptions({ lineColor: colour("--down"), topColor: `${colour("--down")}11`, bottomColor: `${colour("--down")}55` });
  };
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", dress);

  const tile = (name, value, tone) => {
    const box = document.createElement("div");
    const dt = document.createElement("dt");
    const dd = document.createElement("dd");
    dt.textContent = name;
    dd.textContent = value;
    if (tone) dd.className = tone;
    box.append(dt, dd);
    return box;
  };

  const show = (session) => {
    const live = session.live;
    const mode = !session.runs ? "over" : session.mode === "live" ? "live" : live && live.replay ? "replay" : "paper";
    const words = { live: "LIVE - REAL MONEY", paper: "PAPER - no real money moves", replay: "PAPER, REPLAY - history is told again", over: "NOT RUNNING" };
    place("mode").className = mode;
    place("said").textContent = words[mode];
    document.title = `${mode === "live" ? "LIVE " : ""}Tradewind`;
    const started = Number(session.initial_balance);
    const now = live ? live.equity : session.point ? Number(session.point.equity) : started;
    const tiles = [
      tile("equity", money.format(now), started && now >= started ? "up" : "down"),
      tile("since the start", started ? percent(now / started - 1) : "", started && now >= started ? "up" : "down"),
      tile("drawdown", session.point ? percent(session.point.drawdown) : ""),
      tile("strategies", session.strategies.join(", ")),
      tile("symbols", session.symbols.join(", ")),
      tile("last bar", live ? live.last_bar || "none yet" : session.ended || ""),
      tile("began", session.started),
      tile("bars", live ? live.bars : ""),
    ];
    if (!session.runs) tiles.push(tile("ended", session.end_reason || "without a word", "bad"));
    if (live && live.machine) {
      tiles.push(tile("memory", `${Math.round(live.machine.memory_bytes / 1048576)} MB`));
      if (live.machine.bar_ms) tiles.push(tile("a bar takes", `${live.machine.bar_ms.median} ms`));
    }
    place("tiles").replaceChildren(...tiles);
    fill("positions", ["symbol", "slot", "side", "quantity", "entered", "at", "mark", "stop", "to the stop", "at risk", "profit"],
      session.positions.map((one) => {
        const side = one.side === "long" ? 1 : -1;
        const away = one.stop === null ? null : (side * (one.mark - one.stop)) / one.mark;
        const risk = one.stop === null ? null : Math.max(0, side * (one.mark - one.stop) * one.quantity) / now;
        return { cells: [
          cell(one.symbol), cell(one.slot), cell(one.side), cell(exact.format(one.quantity)), cell(one.entry_time), cell(money.format(one.entry_price)),
          cell(money.format(one.mark)), one.stop === null ? cell("NO STOP", "bad") : cell(money.format(one.stop)), cell(percent(away)), cell(percent(risk)),
          cell(money.format(one.unrealised_pnl), one.unrealised_pnl >= 0 ? "up" : "down"),
        ] };
      }), "Nothing is open.");
    const names = { stops: "every stop fills at its trigger", gap_5: "all prices gap by 5%", gap_10: "all prices gap by 10%", gap_20: "all prices gap by 20%" };
    fill("stress", ["if", "is lost", "of equity"], Object.entries(session.stress.loss).map(([name, loss]) => (
      { cells: [cell(names[name] || name), cell(money.format(loss)), cell(percent(session.stress.share[name]))] })), "");
    fill("halts", ["breaker", "scope", "why", "raised", "cleared", "by"], session.halts.map((one) => (
      { cells: [cell(one.breaker, one.cleared ? "" : "bad"), cell(one.scope), cell(one.detail, "wide"), cell(one.raised), cell(one.cleared || "stands"), cell(one.cleared_by)] })), "None was ever raised.");
    const troubles = Object.entries((live && live.troubles) || {});
    const sick = Object.entries((live && live.quarantined) || {}).map(([name, why]) => [name, { text: why }]);
    fill("troubles", ["what", "says"], [...troubles, ...sick].map(([name, one]) => (
      { cells: [cell(name, "bad"), cell(Object.values(one).filter((part) => typeof part === "string").join(" "), "wide")] })), "None.");
    document.documentElement.dataset.shown = String(session.id);
  };

  let chosen = 0;
  let stream = null;
  const decisions = async () => {
    const outcome = encodeURIComponent(place("outcome").value);
    const rows = await ask(`/sessions/${chosen}/decisions?limit=200&outcome=${outcome}`);
    fill("decisions", ["bar", "symbol", "strategy", "signal", "outcome", "risk", "quantity", "price", "set by", "why"], rows.map((one) => ({
      cells: [one.bar_open_ms_iso, one.symbol, one.strategy_name, one.signal_type, one.outcome, percent(one.effective_risk), one.quantity, one.price, one.binding, one.reason].map((value) => cell(value)),
      click: async () => {
        const told = await ask(`/sessions/${chosen}/explain?symbol=${encodeURIComponent(one.symbol)}&time_ms=${one.bar_open_ms}`).catch((error) => ({ text: error.message }));
        place("words").textContent = told.text;
        place("words").hidden = false;
      },
    })), "Nothing was asked for.");
  };
  const slow = async () => {
    const [points, trades] = await Promise.all([ask(`/sessions/${chosen}/equity`), ask(`/sessions/${chosen}/trades`)]);
    draw(points);
    fill("trades", ["symbol", "side", "entered", "at", "left", "at", "quantity", "fees", "profit", "why"], trades.map((one) => (
      { cells: [cell(one.symbol), cell(one.side), cell(one.entry_time_iso), cell(one.entry_price), cell(one.exit_time_iso), cell(one.exit_price), cell(one.quantity), cell(one.fees), cell(money.format(Number(one.pnl)), Number(one.pnl) >= 0 ? "up" : "down"), cell(one.exit_reason)] })), "None is closed.");
    await decisions();
    place("log").textContent = (await ask("/log")).text;
    const stored = await ask("/backtests");
    fill("backtests", ["id", "strategy", "symbols", "timeframe", "from", "to", "return"], stored.reverse().slice(0, 100).map((one) => (
      { cells: [cell(one.id), cell(one.strategy), cell(one.symbols.join(", ")), cell(one.timeframe), cell(one.start), cell(one.end), cell(percent(one.total_return))] })), "None is stored.");
  };
  const follow = async (id) => {
    chosen = id;
    if (stream) stream.close();
    show(await ask(`/sessions/${id}`));
    await slow();
    stream = new EventSource(`/api/v1/sessions/${id}/events`);
    let last = 0;
    stream.onmessage = (event) => {
      const told = JSON.parse(event.data);
      if (told.error) { place("note").textContent = told.error; return; }
      place("note").textContent = "";
      show(told);
      if (told.point && told.point.time_ms !== last) { last = told.point.time_ms; slow().catch(complain); }
    };
    stream.onerror = () => { place("note").textContent = "The dashboard does not answer; it is asked again."; };
  };
  const complain = (error) => { place("note").textContent = error.message; };

  const begin = async () => {
    if (window.location.pathname === "/login") {
      const token = window.location.hash.slice(1);
      window.history.replaceState(null, "", "/");
      const answer = await fetch("/api/v1/login", { method: "POST", headers: { "content-type": "application/json", "x-tradewind": "1" }, body: JSON.stringify({ token }) });
      if (!answer.ok) throw new Error((await answer.json()).error);
    }
    const sessions = (await ask("/sessions")).filter((one) => one.id > 0);
    for (const name of OUTCOMES) place("outcome").append(new Option(name || "every outcome", name));
    place("outcome").addEventListener("change", () => decisions().catch(complain));
    if (!sessions.length) throw new Error("There is no session yet: `tradewind run` makes one.");
    for (const one of sessions) place("sessions").append(new Option(`${one.runs ? "● " : ""}${one.id} ${one.mode} ${one.strategies.join(", ")} ${one.symbols.join(", ")}`, one.id));
    place("sessions").addEventListener("change", () => follow(Number(place("sessions").value)).catch(complain));
    place("main").hidden = false;
    await follow(sessions[0].id);
  };
  begin().catch(complain);
})();
