// Reading and writing of figures. Quantities are whole thousandths of a unit, money whole cents.
const language = document.documentElement.lang;
const euros = new Intl.NumberFormat(language, { style: "currency", currency: "EUR", useGrouping: "always" });
const decimals = new Intl.NumberFormat(language, { maximumFractionDigits: 3 });
const percents = new Intl.NumberFormat(language, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
const plurals = new Intl.PluralRules(language);
const symbols = { KGM: "kg", LTR: "l" };

// The same forms as the server reads: 12  12,5  12.5  1.234,5  1,234.5  1 234,5. Anything else is NaN.
const FORMS = [
  /^([0-9]*)[.,]([0-9]+)$/,
  /^([0-9]+)[.,]?$/,
  /^([0-9]{1,3}(?: [0-9]{3})+)(?:[.,]([0-9]+))?$/,
  /^([0-9]{1,3}(?:\.[0-9]{3})+),([0-9]+)$/,
  /^([0-9]{1,3}(?:,[0-9]{3})+)\.([0-9]+)$/,
  /^([0-9]{1,3}(?:\.[0-9]{3}){2,}|[0-9]{1,3}(?:,[0-9]{3}){2,})$/,
];

export function readQuantity(text) {
  const tidy = text.replace(/\s+/g, " ").trim().replace(/^\+ ?/, "");
  if (!tidy) return 0;
  for (const form of FORMS) {
    const match = form.exec(tidy);
    if (!match) continue;
    const part = (match[2] ?? "").replace(/0+$/, "");
    if (part.length > 3) return NaN;
    return Number((match[1].replace(/[ .,]/g, "") || "0") + part.padEnd(3, "0"));
  }
  return NaN;
}

export const divide = (numerator, denominator) => Math.floor((2 * numerator + denominator) / (2 * denominator));
export const money = (cents) => euros.format(cents / 100);
export const share = (part, whole) => percents.format(whole ? Math.floor((part * 10000) / whole) / 10000 : 0);
// As a person types it: a decimal comma, no groups.
export const typed = (milli) => String(milli / 1000).replace(".", ",");

export function counted(forms, count) {
  return (forms[plurals.select(count)] ?? forms.other).replace("{n}", decimals.format(count));
}

export function amount(milli, unit, pieces) {
  if (unit === "H87") return counted(pieces, milli / 1000);
  return `${decimals.format(milli / 1000)}\u00a0${symbols[unit] ?? unit}`;
}
