// Sends what waits, one note after the other, whenever there is a signal and its writer is logged in.
import { change, drop, notesOf } from "./store.js";

const PATIENCE = 15_000;
// A picture over a thin line takes longer.
const PATIENCE_WITH_PICTURE = 90_000;

async function ask(address, options = {}, patience = PATIENCE) {
  return fetch(address, {
    ...options,
    headers: { Accept: "application/json" },
    redirect: "manual",
    signal: AbortSignal.timeout(patience),
  });
}

// Who is logged in now, and a token to send with: "login" when nobody or somebody else is, "none" without a line.
async function ticket(address, reader) {
  try {
    const answer = await ask(address);
    if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) return "login";
    if (!answer.ok) return "none";
    const found = await answer.json();
    return found.reader === reader ? found : "login";
  } catch {
    return "none";
  }
}

function body(note, token) {
  const form = new FormData();
  form.append("csrf_token", token);
  for (const [name, value] of note.fields) form.append(name, value);
  if (note.photo) form.append(`photo-${note.line}`, note.photo, note.photoName);
  return form;
}

// One note: "sent", "wrong" (with its answer), or why not now ("none", "login").
async function sendOne(note, token) {
  let answer;
  try {
    const patience = note.photo ? PATIENCE_WITH_PICTURE : PATIENCE;
    answer = await ask(note.url, { method: "POST", body: body(note, token) }, patience);
  } catch {
    return { state: "none" };
  }
  if (answer.type === "opaqueredirect" || answer.status === 401) return { state: "login" };
  if (answer.status >= 500 || answer.status === 400 || answer.status === 429) return { state: "none" };
  const told = await answer.json().catch(() => ({}));
  const line = told.lines?.find((one) => one.line === note.line);
  if (answer.ok && line?.status === 200) return { state: "sent", html: line.html };
  return { state: "wrong", html: line?.html ?? "", message: line?.message ?? told.message ?? "" };
}

// Returns how it stands: "" when nothing is left to send, else "none" or "login".
// `seen(note, answer)` is told of each note that was answered.
async function sendAll(address, reader, seen) {
  const waits = async () => (await notesOf(reader)).find((note) => note.state === "waiting");
  let next = await waits();
  if (!next) return "";
  const allowed = await ticket(address, reader);
  if (typeof allowed === "string") return allowed;
  while (next) {
    const answer = await sendOne(next, allowed.token);
    if (answer.state === "none" || answer.state === "login") return answer.state;
    if (answer.state === "sent") await drop(next.key);
    else await change({ ...next, state: "wrong", html: answer.html, message: answer.message });
    await seen(next, answer);
    next = await waits();
  }
  return "";
}

// One page at a time sends; a second window finds nothing left to do.
export async function send(address, reader, seen) {
  const work = () => sendAll(address, reader, seen);
  return navigator.locks ? navigator.locks.request("foodorder-arriving", work) : work();
}
