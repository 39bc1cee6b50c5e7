// Acceptance at the door, with a signal or without: what is noted is kept on this phone first, then sent.
// Without this script every line is a plain form.
import { isComplete, listen, noteOf, notesOfAll, showSent, showWaiting, showWrong } from "./arriving/lines.js";
import { keepPages, renewPage, startWorker } from "./arriving/pages.js";
import { offerScan } from "./arriving/scan.js";
import { send } from "./arriving/send.js";
import { drop, keep, notesOf } from "./arriving/store.js";

const AGAIN = 5000;

const strip = document.querySelector("[data-signal]");
const words = strip.dataset;
const { reader } = words;
let timer = 0;

function say(name, count) {
  strip.hidden = !name;
  if (!name) return;
  strip.querySelector("[data-words]").textContent = words[name].replace("{n}", count);
  strip.querySelector("[data-enter]").hidden = name !== "login";
}

async function tell(state) {
  const notes = await notesOf(reader);
  const waiting = notes.filter((note) => note.state === "waiting").length;
  const wrong = notes.length - waiting;
  if (state === "login" && waiting) say("login", waiting);
  else if (state === "none" || !navigator.onLine) say("none", waiting);
  else if (waiting) say("waiting", waiting);
  else if (wrong) say("wrong", wrong);
  else say("");
}

function leaving(note) {
  return async () => {
    await drop(note.key);
    location.reload();
  };
}

async function answered(note, answer) {
  if (answer.state === "sent") showSent(note, answer.html);
  else showWrong({ ...note, ...answer }, words, leaving(note));
  await renewPage(reader, note.url);
  await tell("");
}

async function sendNow() {
  clearTimeout(timer);
  const state = await send(words.ticket, reader, answered);
  await tell(state);
  if (state) timer = setTimeout(sendNow, AGAIN);
}

async function take(notes) {
  for (const note of notes) {
    await keep(note);
    showWaiting(note, words);
  }
  await tell("");
  await sendNow();
}

function plainly(form, submitter) {
  if (submitter?.name) {
    const pressed = document.createElement("input");
    pressed.type = "hidden";
    pressed.name = submitter.name;
    pressed.value = submitter.value;
    form.append(pressed);
  }
  form.submit();
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-note], [data-all]") || event.defaultPrevented) return;
  event.preventDefault();
  if (form.matches("[data-note]") && !isComplete(form, event.submitter?.value === "refused", words)) return;
  try {
    const all = form.matches("[data-all]");
    await take(all ? notesOfAll(form, reader) : [await noteOf(form, event.submitter, reader)]);
  } catch {
    // A phone that keeps nothing still has its plain forms.
    plainly(form, event.submitter);
  }
});

async function begin() {
  for (const note of await notesOf(reader)) {
    if (note.state === "waiting") showWaiting(note, words);
    else showWrong(note, words, leaving(note));
  }
  await sendNow();
  await keepPages(reader);
}

const list = document.querySelector("[data-lines]");
if (list) listen(list);
offerScan();
startWorker(words.worker, words.scope);
window.addEventListener("online", sendNow);
window.addEventListener("offline", () => tell("none"));
document.addEventListener("visibilitychange", () => document.hidden || sendNow());
begin();
