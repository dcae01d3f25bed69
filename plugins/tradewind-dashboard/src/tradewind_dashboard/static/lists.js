// What is asked for when its page is opened, and again after every bar while it is open.
import { lines } from "./chart.js";
import { ask, cell, exact, fill, findings, gain, moment, money, number, percent, place, tile } from "./shown.js";

const trimmed = (text) => (text === "" || text === null ? "" : exact(Number(text)));

const orders = async (id) => {
  const [asked, trades] = await Promise.all([ask(`/sessions/${id}/orders?limit=200`), ask(`/sessions/${id}/trades?limit=200`)]);
  fill(place("orders"), ["symbol", "what", "side", "status", "#quantity", "#limit", "#trigger", "#executed", "#average", "time", "why", "id"], asked.map((one) => ({
    cells: [cell(one.symbol), cell(one.what), cell(one.side), cell(one.status, one.open ? "open" : ""), number(trimmed(one.quantity)), number(trimmed(one.limit)), number(trimmed(one.trigger)), number(trimmed(one.executed)), number(trimmed(one.average)), cell(moment(one.time)), cell(one.why, "wide"), cell(one.id, "faint")],
  })), "None was placed.");
  fill(place("trades"), ["symbol", "side", "entered", "#at", "left", "#at", "#quantity", "#fees", "#profit", "why"], trades.map((one) => ({
    cells: [cell(one.symbol), cell(one.side), cell(moment(one.entry_time_iso)), number(trimmed(one.entry_price)), cell(moment(one.exit_time_iso)), number(trimmed(one.exit_price)), number(trimmed(one.quantity)), number(money(Number(one.fees))), gain(Number(one.pnl)), cell(one.exit_reason)],
  })), "None is closed.");
};

let seen = [];
export const decisions = async (id, before) => {
  const outcome = encodeURIComponent(place("outcome").value);
  const more = await ask(`/sessions/${id}/decisions?limit=100&outcome=${outcome}${before ? `&before=${before}` : ""}`);
  seen = before ? [...seen, ...more] : more;
  place("older").hidden = more.length < 100;
  fill(place("decisions"), ["bar", "symbol", "strategy", "signal", "outcome", "#asked", "#risk", "#quantity", "#price", "set by", "why"], seen.map((one) => ({
    cells: [cell(moment(one.bar_open_ms_iso)), cell(one.symbol), cell(one.strategy_name), cell(one.signal_type), cell(one.outcome), number(percent(one.requested_risk)), number(percent(one.effective_risk)), number(trimmed(one.quantity)), number(trimmed(one.price)), cell(one.binding), cell(one.reason, "wide")],
    click: async () => {
      const told = await ask(`/sessions/${id}/explain?symbol=${encodeURIComponent(one.symbol)}&time_ms=${one.bar_open_ms}`).catch((error) => ({ text: error.message }));
      place("words").textContent = told.text;
      place("words").hidden = false;
      place("words").scrollIntoView({ block: "nearest" });
    },
  })), "Nothing was asked for.");
};
// Who reads older ones is not sent back by a bar that closes.
const newest = (id) => (seen.length > 100 ? Promise.resolve() : decisions(id));
export const older = (id) => decisions(id, seen.length ? seen[seen.length - 1].id : 0);

const books = async (id) => {
  const [found, asked] = await Promise.all([ask(`/sessions/${id}/reconciliation`), ask(`/sessions/${id}/journal`)]);
  findings(place("reconciliation"), found, "Nothing is kept yet.");
  fill(place("journal"), ["asked", "what", "by", "way", "done", "what came of it"], asked.map((one) => ({
    cells: [cell(moment(one.asked)), cell([one.verb, ...Object.values(one.arguments)].filter(Boolean).join(" ")), cell(one.by, "wide"), cell(one.via), cell(moment(one.done) || "waits", one.done ? "" : "bad"), cell(one.answer, "wide")],
  })), "Nobody asked for anything.");
};

const strategies = async () => {
  const found = await ask("/strategies");
  const choice = place("swap-strategy");
  if (!choice.options.length) for (const one of found) choice.append(new Option(one.name, one.name));
  fill(place("installed"), ["name", "what it does", "made for", "from"], found.map((one) => (
    { cells: [cell(one.name), cell(one.summary, "wide"), cell(one.timeframe), cell(one.distribution)] })), "None.");
};

const health = async (id) => {
  findings(place("freshness"), await ask(`/sessions/${id}/freshness`), "It does not run: nothing is waited for.");
  const told = await ask("/health");
  place("level").textContent = told.level;
  place("level").className = `level ${told.level}`;
  place("looked").textContent = `Looked at ${moment(told.looked)} UTC, and again after half a minute.`;
  findings(place("findings"), told.findings, "");
};

let chosen = [];
const backtests = async () => {
  const stored = (await ask("/backtests")).reverse().slice(0, 200);
  chosen = chosen.filter((id) => stored.some((one) => one.id === id));
  const mark = () => { place("compare").disabled = chosen.length !== 2; };
  fill(place("stored"), ["", "id", "strategy", "symbols", "timeframe", "from", "to", "#return", ""], stored.map((one) => {
    const box = document.createElement("input");
    box.type = "checkbox";
    box.ariaLabel = `Compare ${one.id}`;
    box.checked = chosen.includes(one.id);
    box.addEventListener("change", () => {
      chosen = box.checked ? [...chosen, one.id] : chosen.filter((id) => id !== one.id);
      mark();
    });
    const link = document.createElement("a");
    link.href = `/backtests/${encodeURIComponent(one.id)}`;
    link.target = "_blank";
    link.rel = "noopener";
    link.textContent = "report";
    const first = cell("");
    first.append(box);
    const last = cell("");
    last.append(link);
    const tone = one.total_return >= 0 ? "up" : "down";
    return { cells: [first, cell(one.id), cell(one.strategy), cell(one.symbols.join(", "), "wide"), cell(one.timeframe), cell(moment(one.start)), cell(moment(one.end)), number(percent(one.total_return), tone), last] };
  }), "None is stored.");
  mark();
};
export const compare = async () => {
  const [first, second] = chosen;
  const told = await ask(`/backtests/compare?first=${first}&second=${second}`);
  const value = (one) => (typeof one === "number" ? new Intl.NumberFormat("en", { maximumSignificantDigits: 5 }).format(one) : one === null ? "" : String(one));
  place("same").textContent = told.same ? "The same trades and equity, to the last bit." : `${told.only_first.length} trades only in ${first}, ${told.only_second.length} only in ${second}, ${told.changed} with another profit. ${told.inputs.join("; ")}`;
  place("beside").href = `/backtests/compare?first=${first}&second=${second}`;
  fill(place("differences"), ["figure", `#${first}`, `#${second}`], Object.entries(told.metrics).map(([name, pair]) => (
    { cells: [cell(name.replaceAll("_", " ")), ...pair.map((one) => number(value(one)))] })), "All figures are the same.");
  place("comparison").hidden = false;
};

const log = async () => { place("text").textContent = (await ask("/log")).text || "Nothing is logged."; };

export const panels = async () => {
  const listed = await ask("/panels");
  place("plugins-tab").hidden = !listed.length;
  return listed;
};
const plugins = async (id) => {
  const made = await Promise.all((await panels()).map(async (panel) => {
    const section = document.createElement("section");
    const head = document.createElement("h2");
    head.textContent = panel.title;
    const hint = document.createElement("p");
    hint.className = "hint";
    hint.textContent = `${panel.summary} From ${panel.distribution}.`;
    section.append(head, hint);
    const { rows, error } = await ask(`/sessions/${id}/panels/${encodeURIComponent(panel.name)}`);
    if (error) hint.append(cell(` It shows nothing: ${error}.`, "bad").textContent);
    else if (panel.shows === "series") {
      const box = document.createElement("div");
      box.className = "small chart";
      section.append(box);
      return { section, draw: () => lines(box, panel.columns, rows) };
    } else if (panel.shows === "figures") {
      const list = document.createElement("dl");
      list.className = "tiles";
      list.append(...rows.map((row) => tile(row.name, row.value)));
      section.append(list);
    } else {
      const box = document.createElement("div");
      box.className = "scroll tall";
      const table = document.createElement("table");
      const heads = panel.columns.map((name) => (rows.every((row) => typeof row[name] === "number" || row[name] === null) ? `#${name}` : name));
      fill(table, heads, rows.map((row) => ({ cells: panel.columns.map((name) => (typeof row[name] === "number" ? number(exact(row[name])) : cell(row[name], "wide"))) })), "Nothing.");
      box.append(table);
      section.append(box);
    }
    return { section, draw: () => null };
  }));
  place("plugin-panels").replaceChildren(...made.map((one) => one.section));
  for (const one of made) one.draw();
};

export const PAGES = { now: async () => {}, orders, decisions: newest, books, strategies, health, backtests, plugins, log };
