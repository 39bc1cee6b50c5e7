// On a telephone: food types begin folded unless something is ordered of them, one day is chosen, and each
// offer has big buttons for less and more. Made when a food is opened, for there may be thousands of rows.
import { readQuantity, typed } from "./numbers.js";
import { rowData } from "./sums.js";

const narrowScreen = matchMedia("(max-width: 47.99rem)");

export function stepOnPhones(form) {
  const foods = form.querySelectorAll("details.food");

  function button(text, by, label) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "step";
    made.textContent = text;
    made.dataset.by = by;
    made.setAttribute("aria-label", label);
    return made;
  }

  // One pair of buttons a row serves whichever day is chosen.
  function equip(food) {
    if (food.dataset.steps || !food.open) return;
    food.dataset.steps = "1";
    for (const row of food.querySelectorAll("tr[data-r]")) {
      const cell = document.createElement("td");
      cell.className = "steps";
      cell.append(button("−", -1, form.dataset.less), button("+", 1, form.dataset.more));
      row.append(cell);
    }
  }

  // A day by its place in the week's delivery days, from 1; 0 for all of them.
  function choose(place) {
    form.querySelector(`#only-${place}`).checked = true;
    if (!place) { delete form.dataset.day; return; }
    form.dataset.day = place;
    for (const row of form.querySelectorAll("tr[data-r]")) {
      row.classList.toggle("off", !row.cells[place + 2].querySelector("input"));
    }
  }

  function begin() {
    if (!narrowScreen.matches || form.dataset.phone) return;
    form.dataset.phone = "1";
    const narrowed = new URLSearchParams(location.search).has("search");
    const folded = [...foods].filter((food) => !narrowed && !food.querySelector("tr.has, [aria-invalid]"));
    // Equip first, fold then: among folded details browsers insert slowly.
    for (const food of foods) if (!folded.includes(food)) equip(food);
    for (const food of folded) food.open = false;
    for (const food of foods) food.addEventListener("toggle", () => equip(food));
    // What was refused is shown whole; a quantity that only cannot be as it is says so in its row.
    if (!document.querySelector(".error-summary")) choose(1);
  }

  form.addEventListener("click", ({ target }) => {
    const step = target.closest?.(".step");
    if (!step) return;
    const row = step.closest("tr");
    const input = row.cells[Number(form.dataset.day) + 2].querySelector("input");
    const facts = rowData(row);
    const by = Number(step.dataset.by) * (facts.pack || Math.max(facts.step, 1000 - (1000 % facts.step) || facts.step));
    const now = readQuantity(input.value);
    if (!input.value && by > 0 && input.placeholder) input.value = input.placeholder;
    else {
      const next = Math.max(0, (Number.isNaN(now) ? 0 : now) + by);
      input.value = next && next < facts.minimum ? (by > 0 ? typed(facts.minimum) : "") : next ? typed(next) : "";
    }
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });

  form.addEventListener("change", ({ target }) => {
    if (target.name === "only") choose(Number(target.value));
  });
  begin();
  narrowScreen.addEventListener("change", begin);
}
