// Reads the QR code of a label from a picture, where the browser can: it leads to the line, and brings its lot.
import { card } from "./lines.js";

async function read(file) {
  const codes = await new BarcodeDetector({ formats: ["qr_code"] }).detect(await createImageBitmap(file));
  return codes[0]?.rawValue ?? "";
}

function lead(text, told) {
  let address;
  try { address = new URL(text); } catch { address = null; }
  const line = address?.searchParams.get("line");
  const place = line && /^\d+$/.test(line) ? card(line) : null;
  if (!place) {
    told.value = told.dataset.elsewhere;
    return;
  }
  told.value = "";
  const lot = place.querySelector('[name^="lot-"]');
  if (lot) lot.value = address.searchParams.get("lot") ?? "";
  place.scrollIntoView({ block: "start" });
  (place.querySelector("[data-temperature]") ?? place.querySelector('[name^="q-"]'))?.focus({ preventScroll: true });
}

export function offerScan() {
  const place = document.querySelector("[data-scan]");
  if (!place || !("BarcodeDetector" in window)) return;
  place.hidden = false;
  const told = place.querySelector("[data-scanned]");
  place.querySelector("input").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    event.target.value = "";
    if (!file) return;
    const text = await read(file).catch(() => "");
    if (text) lead(text, told);
    else told.value = told.dataset.nothing;
  });
}
