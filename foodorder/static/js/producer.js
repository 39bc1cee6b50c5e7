// The farmer's week: − and + beside the quantity, "Same as last week", and how many offers will be published.
// Quantities are integers of thousandths; people read and type the decimal mark of their language.
const language = document.documentElement.lang;

const read = (text) => {
  const plain = text.replace(/[\s\u00a0]/g, "");
  const number = Number(plain.includes(",") && plain.includes(".") ? NaN : plain.replace(",", "."));
  return Number.isFinite(number) ? Math.round(number * 1000) : NaN;
};
const write = (milli) =>
  (milli / 1000).toLocaleString(language, { useGrouping: false, maximumFractionDigits: 3 });

function quantityOf(card) {
  return card.querySelector("[data-stepper] input");
}

function startSteppers(form) {
  for (const stepper of form.querySelectorAll("[data-stepper]")) {
    const stride = Number(stepper.dataset.stepper);
    const field = stepper.querySelector("input");
    for (const button of stepper.querySelectorAll("[data-by]")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        const now = field.value.trim() ? read(field.value) : 0;
        if (Number.isNaN(now)) return;
        const next = Math.max(0, now + Number(button.dataset.by) * stride);
        field.value = next ? write(next) : "";
        field.dispatchEvent(new Event("input", { bubbles: true }));
      });
    }
  }
}

function sameAsLastWeek(form) {
  const link = form.querySelector("[data-same]");
  link?.addEventListener("click", (event) => {
    event.preventDefault();
    for (const card of form.querySelectorAll("[data-card]")) {
      const field = quantityOf(card);
      const box = card.querySelector("[data-unlimited]");
      if (field.value.trim() || box.checked) continue;
      if ("lastUnlimited" in card.dataset) box.checked = true;
      else if (card.dataset.last) field.value = write(Number(card.dataset.last));
    }
    form.dispatchEvent(new Event("input"));
  });
}

// The button says how many; every form of the word comes from the page, for languages bend it.
function countOffers(form) {
  const button = form.querySelector("[data-publish]");
  const labels = JSON.parse(form.dataset.labels);
  const count = () => {
    const cards = [...form.querySelectorAll("[data-card]")];
    const wanted = cards.filter(
      (card) => quantityOf(card).value.trim() || card.querySelector("[data-unlimited]").checked,
    );
    button.textContent = labels[wanted.length] ?? labels[0];
  };
  form.addEventListener("input", count);
  form.addEventListener("change", count);
  count();
}

for (const form of document.querySelectorAll("[data-week-form]")) {
  startSteppers(form);
  sameAsLastWeek(form);
  countOffers(form);
}

// On a telephone the present week must be in sight among its neighbours.
document.querySelector(".weeks [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
