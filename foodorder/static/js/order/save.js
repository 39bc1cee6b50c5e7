// Saves what is typed: only the changed cells, shortly after the typing. What the server has not acknowledged
// stays on this device, by kitchen, cycle and door, until it has.
const PAUSE = 700;
const RETRY = 5000;

export function saveWhileTyping(form, sums) {
  const status = document.getElementById("saved");
  const login = document.getElementById("log-in");
  const address = form.getAttribute("action");
  const key = `order:${address}:${form.elements.point.value}`;
  const pending = new Map();
  const sentValue = new Map();
  let timer = 0, sending = false, stale = false;

  const say = (state, time = "") => {
    status.dataset.state = state === "login" ? "failed" : state;
    status.value = status.dataset[state].replace("{time}", time);
    login.hidden = state !== "login";
  };

  function remember() {
    try {
      if (pending.size) localStorage.setItem(key, JSON.stringify([...pending]));
      else localStorage.removeItem(key);
    } catch { /* a full or forbidden store must not stop the typing */ }
  }

  function later(pause) {
    clearTimeout(timer);
    timer = setTimeout(save, pause);
  }

  async function save() {
    if (sending || !pending.size) return;
    sending = true;
    clearTimeout(timer);
    say("saving");
    const batch = new Map(pending);
    try {
      const answer = await post(batch) ?? (await freshToken() && await post(batch));
      if (!answer) { say("login"); return later(RETRY); }
      for (const [name, value] of batch) if (pending.get(name) === value) pending.delete(name);
      for (const [name, value] of batch) sentValue.set(name, value);
      remember();
      const told = await answer.json();
      form.elements.version.value = told.version;
      stale ||= told.stale;
      mark(told.problems);
      say(stale ? "stale" : "saved", told.saved);
      if (pending.size) later(PAUSE);
    } catch {
      say("failed");
      later(RETRY);
    } finally {
      sending = false;
    }
  }

  // The answer; null when the log-in or its token has run out.
  async function post(batch) {
    const body = new URLSearchParams([["version", form.elements.version.value], ...batch]);
    const answer = await fetch(address, {
      method: "POST", body, redirect: "manual",
      headers: { Accept: "application/json", "X-CSRFToken": form.elements.csrf_token.value },
    });
    if (answer.type === "opaqueredirect" || [400, 401, 403].includes(answer.status)) return null;
    if (!answer.ok) throw new Error(String(answer.status));
    return answer;
  }

  // Somebody may have logged in again in another window.
  async function freshToken() {
    const answer = await fetch(form.dataset.token, { headers: { Accept: "application/json" }, redirect: "manual" });
    if (!answer.ok) return false;
    const { token } = await answer.json();
    for (const field of document.querySelectorAll('[name="csrf_token"]')) field.value = token;
    return true;
  }

  function mark(problems) {
    const changed = new Set();
    for (const row of form.querySelectorAll("tr.problem")) if (!(row.dataset.for in problems)) row.remove();
    for (const field of form.querySelectorAll("[aria-invalid]")) {
      if (field.name in problems) continue;
      field.removeAttribute("aria-invalid");
      field.removeAttribute("aria-describedby");
      changed.add(field);
    }
    for (const [name, sentence] of Object.entries(problems)) {
      const field = form.elements.namedItem(name);
      if (!field) continue;
      let place = document.getElementById(`e-${name}`);
      if (!place) {
        const row = document.createElement("tr");
        row.className = "problem";
        row.dataset.for = name;
        place = row.insertCell();
        // A wider cell would add columns to a table whose widths are fixed.
        place.colSpan = 4 + Number(form.dataset.days);
        place.id = `e-${name}`;
        field.closest("tr").after(row);
      }
      if (place.dataset.said !== sentence) {
        place.dataset.said = sentence;
        place.textContent = `⚠ ${sentence}`;
      }
      if (!field.hasAttribute("aria-invalid")) changed.add(field);
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", place.id);
    }
    for (const field of changed) sums.changed(field);
  }

  form.addEventListener("input", ({ target }) => {
    const food = /^rt?-(\d+)$/.exec(target.name ?? "")?.[1];
    if (!food && !target.name?.startsWith("q-")) return;
    // A reason is a choice and words: the server reads both together.
    for (const name of food ? [`r-${food}`, `rt-${food}`] : [target.name]) {
      pending.set(name, form.elements.namedItem(name).value);
    }
    remember();
    later(PAUSE);
  });

  // The server knows what was saved: send the rest only, a telephone need not carry ten thousand empty fields.
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    const quiet = [...form.querySelectorAll('input[name^="q-"]')].filter((field) => !pending.has(field.name));
    for (const field of quiet) field.disabled = true;
    setTimeout(() => { for (const field of quiet) field.disabled = false; });
    try { localStorage.removeItem(key); } catch { /* as above */ }
  });

  window.addEventListener("online", save);
  document.addEventListener("visibilitychange", () => (document.hidden || pending.size) && save());

  let kept = [];
  try { kept = JSON.parse(localStorage.getItem(key) ?? "[]"); } catch { /* as above */ }
  for (const [name, value] of kept) {
    const field = form.elements.namedItem(name);
    if (!field) continue;
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  // Whoever is quick types before this script is there.
  for (const field of form.querySelectorAll('input[name^="q-"]')) {
    if (field.value !== field.defaultValue && !pending.has(field.name)) field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
