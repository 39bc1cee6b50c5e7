// The weekly order: everything here only adds to a page that works without it.
import { moveByKeys } from "./order/keys.js";
import { narrow } from "./order/narrow.js";
import { stepOnPhones } from "./order/phone.js";
import { saveWhileTyping } from "./order/save.js";
import { keepSums } from "./order/sums.js";

document.documentElement.classList.add("scripts");
const form = document.getElementById("order");
if (form) {
  const sums = keepSums(form);
  saveWhileTyping(form, sums);
  moveByKeys(form);
  narrow(form, sums);
  stepOnPhones(form);
  // Another door: the form takes along what is typed, as its button does.
  form.elements.to?.addEventListener("change", () => form.requestSubmit(form.querySelector("button")));
}
