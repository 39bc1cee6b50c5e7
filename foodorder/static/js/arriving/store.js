// Notes that wait on this device. Each has the key that the server knows it by, so that it is one however
// often it is sent: {key, reader, line, url, fields, photo, at, what, state, html}.
const NAME = "foodorder-arriving";
const STORE = "notes";

let opened;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "key" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  return opened;
}

async function act(mode, work) {
  const base = await open();
  return new Promise((resolve, reject) => {
    const transaction = base.transaction(STORE, mode, { durability: "strict" });
    const result = work(transaction.objectStore(STORE));
    // Said only when it is on the disk: a phone may be switched off the moment after.
    transaction.oncomplete = () => resolve(result?.result);
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}

// What one person noted for one kitchen, in the order of the clock; nobody else's is ever read.
export async function notesOf(reader) {
  const all = await act("readonly", (store) => store.getAll());
  return all.filter((note) => note.reader === reader).sort((one, other) => (one.at < other.at ? -1 : 1));
}

// A new note about a line takes the place of one that was not sent yet, or that was refused.
export async function keep(note) {
  const before = (await notesOf(note.reader)).filter((one) => one.line === note.line && one.key !== note.key);
  await act("readwrite", (store) => {
    for (const one of before) store.delete(one.key);
    return store.put(note);
  });
}

// The same note with its answer, unless another has taken its place meanwhile.
export async function change(note) {
  await act("readwrite", (store) => {
    const there = store.get(note.key);
    there.onsuccess = () => there.result && store.put(note);
  });
}

export async function drop(key) {
  await act("readwrite", (store) => store.delete(key));
}
