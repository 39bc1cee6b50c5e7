// What a person types, read as the server reads it; null for what is no number.
export function thousandths(text) {
  const plain = text.trim().replace(/\s/g, "").replace(",", ".");
  return /^\d+(\.\d{1,3})?$/.test(plain) ? Math.round(Number(plain) * 1000) : null;
}

export function tenths(text) {
  const plain = text.trim().replace(/[\u2212\u2013]/, "-").replace(",", ".").replace(/\s*°?\s*c$/i, "");
  return /^[-+]?\s?\d{1,3}(\.\d)?$/.test(plain) ? Math.round(Number(plain.replace(/\s/g, "")) * 10) : null;
}

// ok, short_time, too_warm or too_cold; null when nothing can be said. As foodorder/rules/temperature.py.
export function verdict(field) {
  const measured = tenths(field.value);
  if (measured === null) return null;
  const { lowest, highest, tolerance } = field.dataset;
  if (highest !== "" && measured > Number(highest)) {
    return measured > Number(highest) + Number(tolerance) ? "tooWarm" : "shortTime";
  }
  if (lowest !== "" && measured < Number(lowest)) {
    return measured < Number(lowest) - Number(tolerance) ? "tooCold" : "shortTime";
  }
  return "ok";
}
