// Keeps the pages of today's and tomorrow's stops on this device, with the files that they need.
const BEGIN = "arriving-";
// A page that was kept so lately is not asked for again (milliseconds).
const FRESH = 3 * 60 * 1000;

const AT_ONCE = 4;

async function put(cache, address) {
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  // A page of the log-in, or of an error, is not what was asked for.
  if (answer.ok && !answer.redirected) await cache.put(address, answer);
}

async function isFresh(cache, address) {
  const found = await cache.match(address);
  return Boolean(found) && Date.now() - Date.parse(found.headers.get("Date") ?? "") < FRESH;
}

function files() {
  const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
  const named = [...document.querySelectorAll('link[rel="stylesheet"], link[rel="icon"]')].map((link) => link.href);
  return [...new Set([...loaded, ...named])].filter((name) => {
    const address = new URL(name);
    return address.origin === location.origin && address.pathname.includes("/static/");
  });
}

export async function keepPages(reader) {
  if (!window.caches || !navigator.onLine) return;
  const cache = await caches.open(BEGIN + reader);
  const stops = [...document.querySelectorAll("a[data-keep]")].map((link) => link.href);
  const here = location.pathname + location.search;
  // This page and its files first: without them nothing can be written on any other.
  const missing = async (name) => (await cache.match(name)) || put(cache, name).catch(() => {});
  await Promise.all([put(cache, here).catch(() => {}), ...files().map(missing)]);
  const renew = async (address) => (await isFresh(cache, address)) || put(cache, address).catch(() => {});
  // A few at a time: the telephone is quick, and the server has others to answer.
  for (let first = 0; first < stops.length; first += AT_ONCE) {
    await Promise.all(stops.slice(first, first + AT_ONCE).map(renew));
  }
}

// After something was sent the kept page would be out of date.
export async function renewPage(reader, address) {
  if (window.caches) await put(await caches.open(BEGIN + reader), address).catch(() => {});
}

export async function startWorker(address, scope) {
  if (!navigator.serviceWorker) return;
  try {
    await navigator.serviceWorker.register(address, { scope });
  } catch { /* without it the page works with a signal only */ }
}
