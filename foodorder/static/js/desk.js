// Acceptance at a desk: Enter and the arrows go from line to line, a row is saved as one leaves it.
// Without this script the table is one form with one button.
const form = document.querySelector("[data-desk]");

function rowOf(element) {
  return element.closest("tr[data-line]");
}

function sameColumn(field, step) {
  const all = [...form.querySelectorAll(`[data-column="${field.dataset.column}"]`)];
  return all[all.indexOf(field) + step];
}

function go(field, step) {
  const next = sameColumn(field, step);
  if (!next) {
    field.blur();
    return;
  }
  next.focus();
  next.select();
}

function say(row, text) {
  row.querySelector("[data-state]").textContent = text;
}

function content(row) {
  const fields = new FormData();
  for (const field of row.querySelectorAll("[name]")) fields.append(field.name, field.value);
  for (const name of ["csrf_token", "words"]) fields.append(name, form.elements.namedItem(name).value);
  return fields;
}

// The row as the server has it now; whoever writes in it already keeps what they are writing.
function show(row, told) {
  const template = document.createElement("template");
  template.innerHTML = told.html;
  const fresh = template.content.firstElementChild;
  const line = row.dataset.line;
  if (row.contains(document.activeElement)) {
    for (const name of ["key", "expected"]) {
      row.querySelector(`[name="${name}-${line}"]`).value = fresh.querySelector(`[name="${name}-${line}"]`).value;
    }
    row.querySelector("[data-state]").replaceWith(fresh.querySelector("[data-state]"));
    if (told.message) say(row, told.message);
  } else {
    row.replaceWith(fresh);
  }
  (row.isConnected ? row : fresh).classList.toggle("is-wrong", told.status !== 200);
}

async function save(row) {
  if (row.dataset.changed !== "yes" || row.dataset.saving) return;
  if (!row.querySelector('[data-column="q"]')?.value.trim()) return;
  row.dataset.saving = "yes";
  row.dataset.changed = "";
  try {
    const answer = await fetch(form.action, {
      method: "POST", body: content(row), headers: { Accept: "application/json" }, redirect: "manual",
    });
    if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 400) {
      row.dataset.changed = "yes";
      say(row, form.dataset.expired);
      return;
    }
    const told = (await answer.json()).lines[0];
    delete row.dataset.saving;
    show(row, told);
  } catch {
    row.dataset.changed = "yes";
    say(row, form.dataset.failed);
  } finally {
    delete row.dataset.saving;
  }
}

function begin() {
  form.addEventListener("input", (event) => {
    const row = rowOf(event.target);
    if (row) row.dataset.changed = "yes";
  });
  form.addEventListener("focusout", (event) => {
    const row = rowOf(event.target);
    if (row && !row.contains(event.relatedTarget)) save(row);
  });
  form.addEventListener("keydown", (event) => {
    const field = event.target;
    if (!field.dataset.column) return;
    if (event.key === "Enter" || event.key === "ArrowDown") go(field, 1);
    else if (event.key === "ArrowUp") go(field, -1);
    else return;
    event.preventDefault();
    if (event.key === "Enter") save(rowOf(field));
  });
  window.addEventListener("online", () => {
    for (const row of form.querySelectorAll('tr[data-changed="yes"]')) save(row);
  });
  window.addEventListener("beforeunload", (event) => {
    if (form.querySelector('tr[data-changed="yes"]')) event.preventDefault();
  });
  form.addEventListener("submit", () => {
    for (const row of form.querySelectorAll('tr[data-changed="yes"]')) row.dataset.changed = "";
  });
}

if (form) begin();
