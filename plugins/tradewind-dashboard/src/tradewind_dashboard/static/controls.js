// What may be done, when settings allow it: dangerous things want the session's name typed.
import { ask, complain, place } from "./shown.js";

const DEEDS = [
  ["pause", "Pause", "", ""],
  ["resume", "Resume", "", "Entries are taken again, also after a breaker that stopped them."],
  ["stop", "Stop", "danger", "No new entries, and the session ends after the bar at hand. What is open stays open; stops remain at the exchange."],
  ["flatten", "Flatten", "danger", "Everything is closed at what it fetches, and the session ends. Entries stay paused."],
  ["panic", "Panic", "danger", "A program of its own, with this account's keys and REST alone, sells what our stops at the venue protect and takes all our orders away. Entries are paused. It is for when the engine does not answer."],
];

export const phrase = (session) => `${session.mode} ${session.id}`;

const sure = (title, text, words) => new Promise((decided) => {
  const box = place("sure");
  place("sure-title").textContent = title;
  place("sure-text").textContent = text;
  place("sure-phrase").textContent = words;
  place("sure-input").value = "";
  place("sure-yes").disabled = true;
  place("sure-input").oninput = () => { place("sure-yes").disabled = place("sure-input").value.trim() !== words; };
  box.onclose = () => decided(box.returnValue === "yes" ? place("sure-input").value.trim() : null);
  box.returnValue = "no";
  box.showModal();
  place("sure-input").focus();
});

const command = async (session, body) => {
  place("note").textContent = `${body.verb}: asked for.`;
  const told = await ask(`/sessions/${session.id}/commands`, body);
  place("note").textContent = [told.text, ...((told.more && told.more.plan) || [])].join("\n");
};

const breaker = (session) => session.halts.find((one) => !one.cleared);

export const controls = (allowed, current) => {
  place("swap-do").hidden = true;
  place("controls").hidden = !allowed;
  place("controls").replaceChildren();
  if (!allowed) return;
  for (const [verb, label, tone, text] of DEEDS) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text ? `${label}…` : label;
    button.dataset.verb = verb;
    button.className = tone;
    button.addEventListener("click", async () => {
      const session = current();
      const up = verb === "resume" ? breaker(session) : null;
      const body = { verb, ...(up ? { breaker: up.breaker } : {}) };
      if (text) {
        body.confirm = await sure(`${label} session ${session.id}?`, up ? `${up.breaker} stands: ${up.detail || up.scope}. ${text}` : text, phrase(session));
        if (body.confirm === null) return;
      }
      await command(session, body).catch(complain);
    });
    place("controls").append(button);
  }
};

export const enable = (session) => {
  for (const button of place("controls").children) {
    const { verb } = button.dataset;
    button.hidden = verb === "panic" && session.mode === "paper";
    button.disabled = verb === "stop" && !session.runs;
  }
};

// What another strategy would do is told to everybody; to let it happen needs the controls.
export const swapping = (allowed, current) => {
  let wanted = null;
  place("swap").addEventListener("submit", async (event) => {
    event.preventDefault();
    wanted = { strategy: place("swap-strategy").value, policy: place("swap-policy").value };
    place("plan").hidden = false;
    place("plan").textContent = "It is tried on the bars that are known …";
    place("swap-do").hidden = true;
    try {
      const told = await ask(`/sessions/${current().id}/swap-plan`, wanted);
      const plan = (told.more && told.more.plan) || [];
      place("plan").textContent = [told.text, ...plan.map((line) => `  ${line}`)].join("\n");
      place("swap-do").hidden = !allowed || !plan.length;
    } catch (error) { place("plan").textContent = error.message; }
  });
  place("swap-do").addEventListener("click", async () => {
    const session = current();
    const confirm = await sure(`${wanted.strategy} takes over in session ${session.id}?`, place("plan").textContent, phrase(session));
    if (confirm !== null) await command(session, { verb: "swap", ...wanted, confirm }).catch(complain);
  });
};
