// Arrow keys and Enter move like in a spreadsheet. Enter in an empty field takes over last week's quantity.
export function moveByKeys(form) {
  const rows = [...form.querySelectorAll("tr[data-r]")];
  const isCell = (field) => field instanceof HTMLInputElement && field.name.startsWith("q-");

  function below(field, by) {
    const column = field.closest("td").cellIndex;
    for (let at = rows.indexOf(field.closest("tr")) + by; at >= 0 && at < rows.length; at += by) {
      const row = rows[at];
      if (row.hidden || row.closest("[hidden]") || !row.closest("details").open) continue;
      const found = row.cells[column]?.querySelector("input");
      if (found) return found;
    }
    return null;
  }

  function beside(field, by) {
    const cells = [...field.closest("tr").querySelectorAll("input")];
    return cells[cells.indexOf(field) + by] ?? null;
  }

  form.addEventListener("keydown", (event) => {
    const field = event.target;
    if (!isCell(field) || event.ctrlKey || event.metaKey || event.altKey) return;
    const whole = field.selectionStart === 0 && field.selectionEnd === field.value.length;
    const atStart = whole || field.selectionEnd === 0;
    const atEnd = whole || field.selectionStart === field.value.length;
    let next = null;
    if (event.key === "Enter") {
      event.preventDefault();
      if (!field.value && field.placeholder && !event.shiftKey) {
        field.value = field.placeholder;
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }
      next = below(field, event.shiftKey ? -1 : 1);
    } else if (event.key === "ArrowDown") next = below(field, 1);
    else if (event.key === "ArrowUp") next = below(field, -1);
    else if (event.key === "ArrowLeft" && atStart) next = beside(field, -1);
    else if (event.key === "ArrowRight" && atEnd) next = beside(field, 1);
    if (!next) return;
    event.preventDefault();
    next.focus();
  });

  form.addEventListener("focusin", ({ target }) => { if (isCell(target)) target.select(); });
}
