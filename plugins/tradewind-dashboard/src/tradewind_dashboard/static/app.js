import { account } from "./chart.js";
import { controls, enable, swapping } from "./controls.js";
import { PAGES, compare, decisions, older, panels } from "./lists.js";
import { show, standing } from "./panels.js";
import { ask, complain, place } from "./shown.js";

let session = null;
let stream = null;
let chart = null;
let bar = "";
let points = [];
let asking = false;
let peak = { at: 0, equity: 0 };

// Pages that tell of bars: they are asked for again when one has closed.
const LIVELY = new Set(["orders", "decisions", "books", "health", "plugins"]);

const opened = () => (PAGES[window.location.hash.slice(1)] ? window.location.hash.slice(1) : "now");

const turn = async () => {
  const name = opened();
  for (const box of document.querySelectorAll("[data-tab]")) box.hidden = box.dataset.tab !== name;
  for (const link of document.querySelectorAll("#tabs a")) {
    const here = link.hash === `#${name}`;
    if (here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  // What was drawn while it was hidden had no width.
  if (name === "now" && chart) requestAnimationFrame(() => requestAnimationFrame(chart.fit));
  document.documentElement.dataset.opened = "";
  try {
    if (session) await PAGES[name](session.id);
  } finally { document.documentElement.dataset.opened = name; }
};

// How far the account is below its peak, which the last point that was written down tells.
const fallen = (told, now) => {
  const { point } = told;
  if (point && point.time_ms !== peak.at) peak = { at: point.time_ms, equity: Number(point.equity) / (1 - point.drawdown) };
  peak.equity = Math.max(peak.equity, now);
  return peak.equity > 0 ? 1 - now / peak.equity : 0;
};

// What was written down since: a replay writes many bars at a time.
const catchUp = async () => {
  if (asking) return;
  asking = true;
  try {
    const from = points.length ? points[points.length - 1].time_ms : -1;
    points.push(...await ask(`/sessions/${session.id}/equity?after_ms=${from}`));
    chart.draw(points);
  } finally { asking = false; }
};

const hear = (told) => {
  session = told;
  const now = standing(told);
  const fall = fallen(told, now);
  show(told, fall);
  enable(told);
  const { live, point } = told;
  if (chart && point && points.length && point.time_ms > points[points.length - 1].time_ms) catchUp().catch(complain);
  if (chart && live && live.last_bar_ms) chart.add({ time_ms: live.last_bar_ms + live.market_bar_ms, equity: now, drawdown: fall });
  const newest = `${live ? live.bars : told.ended} ${told.halts.length}`;
  if (newest === bar) return;
  const first = bar === "";
  bar = newest;
  if (!first && LIVELY.has(opened())) PAGES[opened()](session.id).catch(complain);
};

const follow = async (id) => {
  if (stream) stream.close();
  bar = "";
  peak = { at: 0, equity: 0 };
  place("words").hidden = true;
  points = await ask(`/sessions/${id}/equity`);
  chart = chart || account(place("chart"));
  if (chart) chart.draw(points);
  hear(await ask(`/sessions/${id}`));
  await turn();
  stream = new EventSource(`/api/v1/sessions/${id}/events`);
  let lost = false;
  stream.onmessage = (event) => {
    const told = JSON.parse(event.data);
    if (told.error) { complain(new Error(told.error)); lost = true; return; }
    if (lost) { place("note").textContent = ""; lost = false; }
    hear(told);
  };
  stream.onerror = () => { lost = true; complain(new Error("The dashboard does not answer; it is asked again.")); };
};

const login = async () => {
  const token = window.location.hash.slice(1);
  window.history.replaceState(null, "", "/");
  await ask("/login", { token });
};

const begin = async () => {
  if (window.location.pathname === "/login") await login();
  const sessions = (await ask("/sessions")).filter((one) => one.id > 0);
  if (!sessions.length) throw new Error("There is no session yet: `tradewind run` makes one.");
  for (const name of ["", ...await ask("/outcomes")]) place("outcome").append(new Option(name || "every outcome", name));
  for (const one of sessions) place("sessions").append(new Option(`${one.runs ? "● " : ""}${one.id} ${one.mode} ${one.strategies.join(", ")} ${one.symbols.join(", ")}`, one.id));
  const { controls: allowed } = await ask("/controls");
  controls(allowed, () => session);
  swapping(allowed, () => session);
  place("sessions").addEventListener("change", () => follow(Number(place("sessions").value)).catch(complain));
  place("outcome").addEventListener("change", () => decisions(session.id).catch(complain));
  place("older").addEventListener("click", () => older(session.id).catch(complain));
  place("compare").addEventListener("click", () => compare().catch(complain));
  window.addEventListener("hashchange", () => turn().catch(complain));
  for (const id of ["main", "tabs", "sessions"]) place(id).hidden = false;
  await panels();
  await follow(sessions[0].id);
};
begin().catch(complain);
