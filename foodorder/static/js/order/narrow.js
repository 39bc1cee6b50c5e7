// Search and filters at once: rows are hidden, never removed, so that sums stay and nothing typed is lost.
const LETTERS = { organic: "o", scheme: "s", local: "l", season: "n" };

const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

export function narrow(form) {
  const rows = [...form.querySelectorAll("tr[data-r]")];
  const foods = [...form.querySelectorAll("details.food")];
  const sections = [...form.querySelectorAll("section.group")];
  const fields = form.elements;
  const allergens = [...form.querySelectorAll('[name="without"]')];
  const nothing = document.getElementById("none-found");
  const words = new Map();

  function wordsOf(row) {
    if (!words.has(row)) {
      const food = row.closest("details").querySelector("h3").textContent;
      words.set(row, folded(`${food} ${row.firstElementChild.textContent}`));
    }
    return words.get(row);
  }

  function apply() {
    const search = folded(fields.search.value).split(/\s+/).filter(Boolean);
    const letters = Object.entries(LETTERS).filter(([name]) => fields[name].checked).map(([, letter]) => letter);
    const without = new Set(allergens.filter((box) => box.checked).map((box) => box.value));
    const mine = fields.mine.checked;
    for (const row of rows) {
      const fits = letters.every((letter) => row.dataset.t.includes(letter))
        && !(without.size && row.dataset.a?.split(" ").some((number) => without.has(number)))
        && !(mine && !row.dataset.e && ![...row.querySelectorAll("input")].some((input) => input.value))
        && search.every((word) => wordsOf(row).includes(word));
      row.hidden = !fits && !row.querySelector("[aria-invalid]");
      if (row.nextElementSibling?.classList.contains("problem")) row.nextElementSibling.hidden = row.hidden;
    }
    const narrowed = search.length || letters.length || without.size || mine;
    for (const food of foods) {
      food.hidden = !food.querySelector("tr[data-r]:not([hidden])");
      if (search.length && !food.hidden) food.open = true;
    }
    for (const section of sections) section.hidden = !section.querySelector("details.food:not([hidden])");
    nothing.hidden = sections.some((section) => !section.hidden);
    tell(narrowed);
  }

  function tell() {
    const address = new URL(location.href);
    for (const name of ["search", "mine", ...Object.keys(LETTERS), "without"]) address.searchParams.delete(name);
    if (fields.search.value.trim()) address.searchParams.set("search", fields.search.value.trim());
    for (const name of ["mine", ...Object.keys(LETTERS)]) if (fields[name].checked) address.searchParams.set(name, "1");
    for (const box of allergens) if (box.checked) address.searchParams.append("without", box.value);
    // The page that answered a button has an address that cannot be opened again.
    if (/\/order\/?$|\/kitchen\/?$/.test(address.pathname)) history.replaceState(null, "", address);
    const count = allergens.filter((box) => box.checked).length;
    const title = form.querySelector(".order-without summary span");
    title.textContent = title.textContent.replace(/ \(\d+\)$/, "") + (count ? ` (${count})` : "");
  }

  form.addEventListener("input", ({ target }) => {
    if (target === fields.search || target.closest(".chip")) apply();
  });
  fields.search.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  document.getElementById("show-all")?.addEventListener("click", (event) => {
    event.preventDefault();
    fields.search.value = "";
    for (const box of form.querySelectorAll(".order-filters [type=checkbox]")) box.checked = false;
    apply();
    event.target.hidden = true;
  });
}
