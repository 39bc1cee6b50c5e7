// What acceptance pages have kept on this device belongs to who is logged in: for anybody else it is taken away.
// Notes that were not sent stay, unseen, until the one who wrote them is here again.
const BEGIN = "arriving-";

async function forget(but) {
  for (const name of await caches.keys()) {
    if (name.startsWith(BEGIN) && name !== BEGIN + but) await caches.delete(name);
  }
}

export function forgetOthers() {
  if (!window.caches) return;
  forget(document.querySelector('meta[name="reader"]')?.content ?? "");
  // Without a signal nobody is logged out, but what was kept is no longer shown.
  document.querySelector('form[action$="/logout"]')?.addEventListener("submit", () => { forget(""); });
}
