// Keeps the pages of today's and tomorrow's stops on this device, with the files that they need.
const BEGIN = "arriving-";

async function put(cache, address) {
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  // A page of the log-in, or of an error, is not what was asked for.
  if (answer.ok && !answer.redirected) await cache.put(address, answer);
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
  for (const address of [here, ...stops]) await put(cache, address).catch(() => {});
  for (const name of files()) if (!(await cache.match(name))) await put(cache, name).catch(() => {});
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
