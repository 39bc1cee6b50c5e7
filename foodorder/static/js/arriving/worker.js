// Answers for the acceptance pages where there is no signal, from what the pages themselves have kept.
// It keeps nothing itself: what a page keeps is gone as soon as somebody else, or nobody, is logged in.
const PATIENCE = 5000;
// As long as a log-in lives.
const LIFE = 36 * 3600 * 1000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

function isFile(address) {
  return address.pathname.includes("/static/");
}

async function kept(request, address) {
  const found = await caches.match(request, { ignoreVary: true });
  if (!found || isFile(address)) return found;
  const date = Date.parse(found.headers.get("Date") ?? "");
  return Date.now() - date < LIFE ? found : undefined;
}

async function page(request, address) {
  const answer = fetch(request);
  answer.catch(() => {});
  const late = new Promise((resolve) => { setTimeout(resolve, PATIENCE); });
  try {
    const first = await Promise.race([answer, late]);
    if (first) return first;
  } catch { /* no signal */ }
  return (await kept(request, address)) ?? answer;
}

async function file(request, address) {
  if (address.searchParams.has("v")) {
    const found = await kept(request, address);
    if (found) return found;
  }
  try {
    return await fetch(request);
  } catch (error) {
    const found = await kept(request, address);
    if (found) return found;
    throw error;
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request, address));
  else if (isFile(address)) event.respondWith(file(request, address));
});
