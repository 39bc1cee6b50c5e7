// Saves what is typed. A form with data-autosave="ADDRESS" is posted there shortly after each change, token
// included; the answer is 2xx. What could not be sent stays on this device and is sent when the line is back.
// The id of the form must name whose draft it is, for several people may share one computer.
// A page can listen: the form sends "autosaved" with the answer's JSON, if there is any.
const PAUSE = 800;
const RETRY = 5000;

export function keepDrafts() {
  for (const form of document.querySelectorAll("form[data-autosave]")) keepDraft(form);
}

function keepDraft(form) {
  const status = document.querySelector("[data-autosave-status]");
  const key = `draft:${location.pathname}:${form.id}`;
  let timer = 0;
  let sending = false;
  let changed = false;

  function say(state) {
    if (!status) return;
    const time = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
    status.dataset.state = state;
    status.value = status.dataset[state].replace("{time}", time);
  }

  function typed() {
    const fields = new FormData(form);
    fields.delete("csrf_token");
    return JSON.stringify([...fields].filter(([, value]) => typeof value === "string"));
  }

  function remember() {
    try { localStorage.setItem(key, typed()); } catch { /* a full or forbidden store must not stop the typing */ }
  }

  function forget() {
    try { localStorage.removeItem(key); } catch { /* as above */ }
  }

  async function save() {
    if (sending) return;
    sending = true;
    changed = false;
    say("saving");
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: "POST",
        body: new FormData(form),
        headers: { Accept: "application/json" },
        redirect: "error",
      });
      if (!answer.ok) throw new Error(String(answer.status));
      const isJson = answer.headers.get("Content-Type")?.startsWith("application/json");
      const detail = isJson ? await answer.json() : null;
      if (!changed) forget();
      say("saved");
      form.dispatchEvent(new CustomEvent("autosaved", { detail }));
    } catch {
      changed = true;
      remember();
      say("failed");
    } finally {
      sending = false;
      if (changed) later(status?.dataset.state === "failed" ? RETRY : PAUSE);
    }
  }

  function later(pause) {
    clearTimeout(timer);
    timer = setTimeout(save, pause);
  }

  function restore() {
    let kept;
    try { kept = JSON.parse(localStorage.getItem(key) ?? "null"); } catch { kept = null; }
    if (!kept) return;
    for (const [name, value] of kept) {
      const field = form.elements.namedItem(name);
      if (field instanceof HTMLInputElement && !["checkbox", "radio", "hidden", "file"].includes(field.type)) {
        field.value = value;
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }
    }
  }

  form.addEventListener("input", () => {
    changed = true;
    remember();
    later(PAUSE);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    if (navigator.onLine) forget();
  });
  window.addEventListener("online", () => changed && save());
  restore();
}
