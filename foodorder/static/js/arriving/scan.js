// Reads the QR code of a label, where the browser can: in what the camera sees, or from a picture. It leads to the
// line, and brings its lot.
import { card } from "./lines.js";

// How often the camera's picture is looked at (milliseconds).
const LOOK = 250;

async function codeOf(detector, source) {
  const codes = await detector.detect(source);
  return codes[0]?.rawValue ?? "";
}

// Whether the label is of this stop: then its line is on the screen, its lot written, and its first field ready.
function lead(text, told) {
  let address;
  try { address = new URL(text); } catch { address = null; }
  const line = address?.searchParams.get("line");
  const place = line && /^\d+$/.test(line) ? card(line) : null;
  if (!place) {
    told.value = told.dataset.elsewhere;
    return false;
  }
  told.value = "";
  const lot = place.querySelector('[name^="lot-"]');
  if (lot) lot.value = address.searchParams.get("lot") ?? "";
  place.scrollIntoView({ block: "start" });
  (place.querySelector("[data-temperature]") ?? place.querySelector('[name^="q-"]'))?.focus({ preventScroll: true });
  return true;
}

function offerPicture(place, detector, told) {
  place.querySelector("input").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    event.target.value = "";
    if (!file) return;
    const text = await createImageBitmap(file).then((picture) => codeOf(detector, picture)).catch(() => "");
    if (text) lead(text, told);
    else told.value = told.dataset.nothing;
  });
}

function offerCamera(place, detector, told) {
  const button = place.querySelector("[data-camera]");
  const video = place.querySelector("video");
  let stream = null;
  let timer = 0;

  function close() {
    clearTimeout(timer);
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    video.srcObject = null;
    show(false);
  }

  function show(open) {
    video.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    button.querySelector("span").textContent = open ? button.dataset.off : button.dataset.on;
  }

  async function look() {
    if (!stream) return;
    const text = await codeOf(detector, video).catch(() => "");
    if (!stream) return;
    if (text && lead(text, told)) close();
    else timer = setTimeout(look, LOOK);
  }

  async function open() {
    told.value = "";
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = stream;
      show(true);
      await video.play();
    } catch {
      close();
      told.value = button.dataset.closed;
      return;
    }
    look();
  }

  button.hidden = false;
  button.addEventListener("click", () => (stream ? close() : open()));
  // A phone in a pocket looks at nothing.
  document.addEventListener("visibilitychange", () => document.hidden && stream && close());
  window.addEventListener("pagehide", close);
}

export function offerScan() {
  const place = document.querySelector("[data-scan]");
  if (!place || !("BarcodeDetector" in window)) return;
  place.hidden = false;
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  const told = place.querySelector("[data-scanned]");
  offerPicture(place, detector, told);
  if (navigator.mediaDevices?.getUserMedia) offerCamera(place, detector, told);
}
