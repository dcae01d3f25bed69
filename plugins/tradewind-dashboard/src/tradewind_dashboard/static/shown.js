// Everything that is shown is text: names of symbols and strategies come from outside.
export const place = (id) => document.getElementById(id);
export const money = (value) => new Intl.NumberFormat("en", { maximumFractionDigits: 2, minimumFractionDigits: 2 }).format(value);
export const count = (value) => new Intl.NumberFormat("en").format(value);
export const exact = (value) => new Intl.NumberFormat("en", { maximumSignificantDigits: 8 }).format(value);
export const percent = (value) => (value === null || value === undefined ? "" : `${(100 * value).toFixed(2)}%`);
// A moment as 2024-12-30 08:00, or with seconds that are not zero: everything is UTC.
export const moment = (text) => (text ? String(text).replace("T", " ").replace(/(\.\d+)?Z$/, "").replace(/:00$/, "") : "");

// Words between backticks are something to type.
export const worded = (place, text) => {
  place.replaceChildren(...String(text).split("`").map((part, k) => {
    if (k % 2 === 0) return document.createTextNode(part);
    const made = document.createElement("code");
    made.textContent = part;
    return made;
  }));
};

export const cell = (value, tone) => {
  const made = document.createElement("td");
  if (value !== null && value !== undefined && value !== "") worded(made, value);
  if (tone) made.className = tone;
  return made;
};
export const number = (value, tone) => cell(value, tone ? `number ${tone}` : "number");
export const gain = (value) => number(money(value), value >= 0 ? "up" : "down");

// Rows are {cells, click}; heads that begin with "#" are of numbers. A column in which nothing stands is left out.
export const fill = (table, all, rows, empty) => {
  const kept = all.map((_, k) => !rows.length || rows.some(({ cells }) => cells[k].childNodes.length));
  const heads = all.filter((_, k) => kept[k]);
  table.replaceChildren();
  const top = table.createTHead().insertRow();
  for (const head of heads) {
    const made = document.createElement("th");
    made.textContent = head.replace(/^#/, "");
    if (head.startsWith("#")) made.className = "number";
    top.append(made);
  }
  const body = table.createTBody();
  for (const { cells, click } of rows) {
    const row = body.insertRow();
    row.append(...cells.filter((_, k) => kept[k]));
    if (!click) continue;
    row.className = "asks";
    row.tabIndex = 0;
    row.addEventListener("click", click);
    row.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); click(event); } });
  }
  if (!rows.length) {
    const only = cell(empty, "none");
    only.colSpan = heads.length;
    body.insertRow().append(only);
  }
};

export const tile = (name, value, tone) => {
  const box = document.createElement("div");
  const dt = document.createElement("dt");
  const dd = document.createElement("dd");
  dt.textContent = name;
  dd.textContent = value;
  if (tone) dd.className = tone;
  box.append(dt, dd);
  return box;
};

export const findings = (table, found, empty) => fill(table, ["", "area", "found", "what to do"], found.map((one) => (
  { cells: [cell(one.level, `level ${one.level}`), cell(one.area), cell(one.text, "wide"), cell(one.todo, "wide")] })), empty);

export const ask = async (path, body) => {
  const more = body === undefined ? {} : {
    method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json", "x-tradewind": "1" },
  };
  const answer = await fetch(`/api/v1${path}`, more);
  const told = await answer.json();
  if (answer.status === 401 && body === undefined) throw new Error("Log in with the link that the terminal shows.");
  if (!answer.ok) throw new Error([told.error || told.text || `the answer was ${answer.status}`, told.hint].filter(Boolean).join(" "));
  return told;
};
export const complain = (error) => { place("note").textContent = error.message; };
