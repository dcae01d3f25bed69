// What stands on the first page: it is shown anew with every event.
import { cell, count, exact, fill, gain, moment, money, number, percent, place, tile, worded } from "./shown.js";

const WORDS = { live: "LIVE - REAL MONEY", practice: "PRACTICE - a venue of practice, no real money moves", paper: "PAPER - no real money moves", replay: "PAPER, REPLAY - history is told again", over: "NOT RUNNING" };
const GAPS = { stops: "every stop fills at its trigger", gap_5: "all prices gap by 5%", gap_10: "all prices gap by 10%", gap_20: "all prices gap by 20%" };

const modeOf = (session) => {
  if (!session.runs) return "over";
  if (session.mode === "live" || session.mode === "practice") return session.mode;
  return session.live.replay ? "replay" : "paper";
};

const tiles = (session, now, fall) => {
  const { live } = session;
  const started = Number(session.initial_balance);
  const tone = started && now >= started ? "up" : "down";
  const made = [
    tile("equity", money(now), tone),
    tile("since the start", started ? percent(now / started - 1) : "", tone),
    tile("drawdown", percent(fall)),
    tile("strategies", session.strategies.join(", ")),
    tile("symbols", session.symbols.join(", ")),
    tile("last bar", moment(live ? live.last_bar : session.ended) || "none yet"),
    tile("began", moment(session.started)),
  ];
  if (live) made.push(tile("bars", count(live.bars)));
  if (live && live.parity_streak !== null && live.parity_streak !== undefined) made.push(tile("parity streak", `${count(live.parity_streak)} bars`));
  if (!session.runs) made.push(tile("ended", session.end_reason || "without a word", "bad"));
  if (live && live.machine) {
    made.push(tile("memory", `${Math.round(live.machine.memory_bytes / 1048576)} MB`));
    if (live.machine.bar_ms) made.push(tile("a bar takes", `${live.machine.bar_ms.median.toFixed(1)} ms`));
  }
  place("tiles").replaceChildren(...made);
};

const positions = (session, now) => fill(place("positions"),
  ["symbol", "slot", "side", "#quantity", "entered", "#at", "#mark", "#stop", "#distance", "#effective risk", "#profit"],
  session.positions.map((one) => {
    const side = one.side === "long" ? 1 : -1;
    const away = one.stop === null ? null : (side * (one.mark - one.stop)) / one.mark;
    const risk = one.stop === null ? null : Math.max(0, side * (one.mark - one.stop) * one.quantity) / now;
    return { cells: [
      cell(one.symbol), cell(one.slot), cell(one.side), number(exact(one.quantity)), cell(moment(one.entry_time)), number(money(one.entry_price)),
      number(money(one.mark)), one.stop === null ? number("NO STOP", "bad") : number(money(one.stop)), number(percent(away)), number(percent(risk)),
      gain(one.unrealised_pnl),
    ] };
  }), "Nothing is open.");

// The account now: what its engine says, or what was written down last.
export const standing = (session) => (session.live ? session.live.equity : session.point ? Number(session.point.equity) : Number(session.initial_balance));

// On paper the session counts for itself; a venue decides what it pays, and there only the command can tell.
const parity = ({ id, mode }, live) => {
  const tells = `\`tradewind parity ${id}\` tells, given the options that the session was started with: whether every decision was the backtester's, and where every cent went.`;
  if (!live) return `Nothing is counted: it does not run. ${tells}`;
  if (mode !== "paper") return `Not counted here: at a venue prices and fees are the venue's own. ${tells}`;
  return `The last bars were carried out again after every bar: ${count(live.parity_streak)} times in a row they led to the same account, to the last bit.`;
};

export const show = (session, fall) => {
  const mode = modeOf(session);
  const { live } = session;
  document.body.className = mode;
  place("said").textContent = WORDS[mode];
  document.title = `${mode === "live" ? "LIVE " : ""}Tradewind`;
  const now = standing(session);
  tiles(session, now, fall);
  positions(session, now);
  fill(place("stress"), ["if", "#is lost", "#of equity"], Object.entries(session.stress.loss).map(([name, loss]) => (
    { cells: [cell(GAPS[name] || name), number(money(loss)), number(percent(session.stress.share[name]))] })), "");
  fill(place("halts"), ["breaker", "scope", "why", "raised", "cleared", "by"], session.halts.map((one) => (
    { cells: [cell(one.breaker, one.cleared ? "" : "bad"), cell(one.scope), cell(one.detail, "wide"), cell(moment(one.raised)), cell(moment(one.cleared) || "stands", one.cleared ? "" : "bad"), cell(one.cleared_by)] })), "None was ever raised.");
  const troubles = Object.entries((live && live.troubles) || {}).map(([name, one]) => [name, one.text, one.todo]);
  const sick = Object.entries((live && live.quarantined) || {}).map(([name, why]) => [name, why, "Exchange its strategy, or mend it."]);
  fill(place("troubles"), ["what", "says", "what to do"], [...troubles, ...sick].map(([name, text, todo]) => (
    { cells: [cell(name, "bad"), cell(text, "wide"), cell(todo, "wide")] })), "None.");
  worded(place("parity"), parity(session, live));
  fill(place("slots"), ["slot", "strategy", "state"], Object.entries((live && live.strategies) || Object.fromEntries(session.strategies.map((name) => [name, name]))).map(([slot, name]) => {
    const why = live && live.quarantined[slot];
    return { cells: [cell(slot), cell(name), cell(why ? `is not asked any more: ${why}` : live ? "is asked at every bar" : "does not run", why ? "bad" : "")] };
  }), "None.");
  document.documentElement.dataset.shown = String(session.id);
};
