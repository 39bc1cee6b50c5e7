// The lines on the page: what a form says becomes a note; what waits or was refused is shown beside its line.
import { thousandths, verdict } from "./numbers.js";

const LONGEST_SIDE = 1600;
// What a person writes in a line's form.
const TYPED = ["q", "reason", "words", "temperature", "lot", "weighed"];

export function card(line) {
  return document.querySelector(`[data-lines] [data-line="${line}"]`);
}

function field(form, name) {
  return form.querySelector(`[name^="${name}-"]`);
}

function point(form, name, words) {
  const wrong = field(form, name);
  wrong.closest("details")?.setAttribute("open", "");
  wrong.setCustomValidity(words);
  wrong.reportValidity();
  wrong.addEventListener("input", () => wrong.setCustomValidity(""), { once: true });
  wrong.addEventListener("change", () => wrong.setCustomValidity(""), { once: true });
  wrong.focus();
  return false;
}

// What would be refused anyway is said at once, while the crate still stands there.
export function isComplete(form, refused, words) {
  const accepted = refused ? 0 : thousandths(field(form, "q").value);
  const announced = Number(form.dataset.announced);
  if (accepted === null || accepted > announced) return true;
  if (accepted < announced && !field(form, "reason").value) return point(form, "reason", words.reason);
  const measured = form.querySelector("[data-temperature]");
  const beyond = measured && ["tooWarm", "tooCold"].includes(verdict(measured));
  if (beyond && accepted && !field(form, "words").value.trim()) return point(form, "words", words.beyond);
  return true;
}

// Pictures of telephones are larger than any line at a loading bay.
async function small(file) {
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve) => { canvas.toBlob((blob) => resolve(blob ?? file), "image/jpeg", 0.8); });
  } catch {
    return file;
  }
}

// The note of a line's form.
export async function noteOf(form, submitter, reader) {
  const typed = new FormData(form);
  if (submitter?.name) typed.set(submitter.name, submitter.value);
  const line = Number(typed.get("line"));
  const picture = typed.get(`photo-${line}`);
  const at = new Date().toISOString();
  const fields = [...typed].filter(([name, value]) => name !== "csrf_token" && typeof value === "string");
  const photo = picture instanceof File && picture.size ? await small(picture) : null;
  const unit = form.querySelector(".take .input-group-text").textContent;
  const quantity = typed.get("do") === "refused" ? "0" : typed.get(`q-${line}`);
  return {
    key: typed.get(`key-${line}`), reader, line, url: form.getAttribute("action"),
    fields: [...fields, [`at-${line}`, at]], photo, photoName: photo ? "photo.jpg" : null, at,
    what: `${quantity} ${unit}${photo ? " + 1 \u{1F4F7}" : ""}`, state: "waiting",
  };
}

// The notes of “everything as announced”: one for each line, so that each stands for itself.
export function notesOfAll(form, reader) {
  const typed = new FormData(form);
  const at = new Date().toISOString();
  return typed.getAll("line").map((line) => ({
    key: typed.get(`key-${line}`), reader, line: Number(line), url: form.getAttribute("action"), at,
    fields: [
      ["line", line], ...["key", "expected", "q"].map((name) => [`${name}-${line}`, typed.get(`${name}-${line}`)]),
      [`at-${line}`, at],
    ],
    photo: null, photoName: null, state: "waiting", what: typed.get(`q-${line}`),
  }));
}

// A line that somebody has decided on is no part of “everything” any more.
function takeFromAll(line) {
  const all = document.querySelector("[data-all]");
  if (!all) return;
  for (const name of ["q", "key", "expected"]) all.elements.namedItem(`${name}-${line}`)?.remove();
  all.querySelector(`[name="line"][value="${line}"]`)?.remove();
  all.hidden = !all.querySelector('[name="line"]');
}

function exchange(line, html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const fresh = template.content.firstElementChild;
  if (!fresh) return;
  card(line)?.replaceWith(fresh);
  nameButton(fresh);
}

// One tap where all is as announced; another word as soon as another number is written.
function nameButton(place) {
  const word = place.querySelector("[data-word]");
  if (!word) return;
  const form = word.closest("form");
  const whole = thousandths(field(form, "q").value) === Number(form.dataset.announced);
  word.textContent = whole ? word.dataset.whole : word.dataset.part;
}

export function showWaiting(note, words) {
  const place = card(note.line);
  if (!place) return;
  takeFromAll(note.line);
  place.classList.add("is-kept");
  for (const [name, value] of note.fields) {
    const typed = place.querySelector(`[name="${name}"]`);
    if (typed && TYPED.includes(name.split("-")[0])) typed.value = value;
  }
  const mark = place.querySelector("[data-kept]");
  mark.textContent = words.kept.replace("{what}", note.what);
  mark.hidden = false;
}

export function showSent(note, html) {
  takeFromAll(note.line);
  exchange(note.line, html);
}

// What the other person wrote stands beside what was noted here; `leave` is done by who lets theirs stand.
export function showWrong(note, words, leave) {
  takeFromAll(note.line);
  if (note.html) exchange(note.line, note.html);
  const place = card(note.line);
  if (!place) return;
  const mark = place.querySelector("[data-kept]");
  mark.textContent = note.html ? "" : `${note.message} `;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-secondary";
  button.textContent = words.leave;
  button.addEventListener("click", leave);
  mark.append(button);
  mark.hidden = false;
}

export function listen(list) {
  for (const place of list.querySelectorAll("[data-line]")) nameButton(place);
  list.addEventListener("input", (event) => {
    nameButton(event.target.closest("[data-line]"));
    if (!event.target.matches("[data-temperature]")) return;
    const found = verdict(event.target);
    const place = event.target.closest(".take-field").querySelector("[data-verdict]");
    place.textContent = found ? event.target.dataset[found].replace("{t}", `${event.target.value.trim()} °C`) : "";
    place.classList.toggle("verdict-warns", Boolean(found) && found !== "ok");
  });
}
