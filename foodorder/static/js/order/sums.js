// Live sums: each row, each farm, each day, the week. Made as the server makes them: a line's net value by
// itself, VAT once for each farm and rate, everything in whole numbers.
import { amount, counted, divide, money, readQuantity, share } from "./numbers.js";

export function rowData(row) {
  if (!row.facts) {
    const [farm, price, vat, step, grams, pack, minimum, organic, quality, unit, left] = row.dataset.r.split(" ");
    const prices = row.dataset.p?.split(" ").map(Number);
    row.facts = {
      farm, unit, priceOn: (day) => prices?.[day] ?? +price, vat: +vat, step: +step, grams: +grams, pack: +pack, minimum: +minimum,
      organic: +organic, quality: +quality, left: left === undefined ? null : +left,
      elsewhere: (row.dataset.e ?? "0 0 0 0 0").split(" ").map(Number),
    };
  }
  return row.facts;
}

// 20261130 at the end of a field's name, 0 = Monday.
export function weekday(name) {
  const day = name.slice(-8);
  return (new Date(Date.UTC(+day.slice(0, 4), +day.slice(4, 6) - 1, +day.slice(6))).getUTCDay() + 6) % 7;
}

// What was typed, as far as it is possible: sums leave out what the offer does not allow, here by the offer's
// own terms, and what the server has said of the field.
const LARGEST = 999999999;

function quantityOf(input, facts) {
  const milli = readQuantity(input.value);
  const possible = milli > 0 && milli <= LARGEST && milli % facts.step === 0 && milli >= facts.minimum;
  return possible && !input.hasAttribute("aria-invalid") ? milli : 0;
}

export function keepSums(form) {
  const words = Object.fromEntries(
    ["farm", "line", "below", "piece"].map((name) => [name, JSON.parse(form.dataset[`${name}Forms`])]),
  );
  const farms = JSON.parse(form.dataset.farms);
  const daysElsewhere = JSON.parse(form.dataset.elsewhere);
  const deducts = form.dataset.deducts === "1";
  const filled = new Set();
  const part = (id) => document.getElementById(id);

  for (const row of form.querySelectorAll("tr[data-r]")) {
    const inputs = [...row.querySelectorAll("input")];
    for (const input of inputs) if (input.value) filled.add(input);
    if (row.dataset.e) filled.add(row);
    row.classList.toggle("has", inputs.some((input) => input.value));
  }

  function sumRow(row) {
    const facts = rowData(row);
    let net = 0, quantity = 0, has = false;
    for (const input of row.querySelectorAll("input")) {
      has ||= input.value.trim() !== "";
      const milli = quantityOf(input, facts);
      if (!milli) continue;
      net += divide(facts.priceOn(weekday(input.name)) * milli, 1000);
      quantity += milli;
    }
    const paid = deducts ? net : net + divide(net * facts.vat, 10000);
    row.querySelector(".s").textContent = net ? money(paid) : "";
    row.classList.toggle("has", has);
    const missing = facts.pack ? (facts.pack - (quantity % facts.pack)) % facts.pack : 0;
    hint(row, missing && quantity ? form.dataset.next.replace("{n}", amount(missing, facts.unit, words.piece)) : "");
  }

  function sumFood(food) {
    let quantity = 0, unit = "";
    for (const row of food.querySelectorAll("tr.has")) {
      const facts = rowData(row);
      unit = facts.unit;
      for (const input of row.querySelectorAll("input")) quantity += quantityOf(input, facts);
    }
    food.querySelector(".t").value = quantity ? amount(quantity, unit, words.piece) : "";
  }

  function hint(row, text) {
    let place = row.querySelector(".h");
    if (!place && text) {
      place = document.createElement("div");
      place.className = "h";
      row.firstElementChild.append(place);
    }
    if (place) place.textContent = text;
  }

  function sumAll() {
    const all = { net: 0, gross: 0, lines: 0, grams: 0, organic: 0, quality: 0 };
    const days = { ...daysElsewhere };
    const byFarm = new Map();
    const add = (facts, net, grams, organic, quality, lines) => {
      all.net += net; all.grams += grams; all.organic += organic; all.quality += quality; all.lines += lines;
      if (!byFarm.has(facts.farm)) byFarm.set(facts.farm, { net: 0, rates: new Map() });
      const farm = byFarm.get(facts.farm);
      farm.net += net;
      farm.rates.set(facts.vat, (farm.rates.get(facts.vat) ?? 0) + net);
    };
    for (const thing of filled) {
      if (thing.tagName === "TR") { const facts = rowData(thing); add(facts, ...facts.elsewhere); continue; }
      const facts = rowData(thing.closest("tr"));
      const milli = quantityOf(thing, facts);
      if (!milli) continue;
      const day = weekday(thing.name), net = divide(facts.priceOn(day) * milli, 1000), grams = divide(milli * facts.grams, 1000);
      const of = (days) => ((days >> day) & 1 ? grams : 0);
      add(facts, net, grams, of(facts.organic), of(facts.quality), 1);
      days[day] = (days[day] ?? 0) + net;
    }
    for (const { rates } of byFarm.values()) for (const [rate, net] of rates) all.gross += net + divide(net * rate, 10000);
    show(all, days, byFarm);
  }

  function show(all, days, byFarm) {
    part("bar-count").textContent = `${counted(words.farm, byFarm.size)}, ${counted(words.line, all.lines)}`;
    part("bar-sum").textContent = money(deducts ? all.net : all.gross);
    const budget = part("bar-budget");
    if (budget) {
      const over = all.net > +form.dataset.budget;
      budget.textContent = (over ? budget.dataset.over : budget.dataset.words).replace("{n}", money(all.net));
      budget.classList.toggle("over", over);
      part("bar-progress").value = all.net;
    }
    for (const code of ["organic", "quality"]) {
      const place = part(`bar-${code}`), year = place.dataset;
      if (year.words) place.firstChild.textContent = `${year.words.replace("{n}", share(all[code] + +year.part, all.grams + +year.grams))} `;
    }
    for (const row of part("bar-days").rows) row.lastElementChild.textContent = money(days[row.dataset.day] ?? 0);
    const below = [];
    part("bar-farms").replaceChildren(...Object.entries(farms).filter(([id]) => byFarm.has(id)).map(([id, [name, minimum]]) => {
      const row = document.createElement("tr"), head = document.createElement("th"), sum = document.createElement("td");
      const { net } = byFarm.get(id);
      head.scope = "row";
      head.textContent = name;
      sum.textContent = money(net);
      if (net < minimum) {
        below.push(id);
        const text = document.createElement("div");
        text.className = "h";
        text.textContent = form.dataset.short.replace("{n}", money(minimum - net));
        head.append(text);
      }
      row.append(head, sum);
      return row;
    }));
    part("bar-below").textContent = below.length ? counted(words.below, below.length) : "";
  }

  let waiting = false;
  function changed(input) {
    const row = input.closest("tr");
    if (input.value.trim()) filled.add(input);
    else filled.delete(input);
    sumRow(row);
    sumFood(row.closest("details"));
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; sumAll(); });
  }

  form.addEventListener("input", ({ target }) => {
    if (!target.name?.startsWith("q-")) return;
    // What was said was said of another quantity; the server will say it again if it still holds.
    target.removeAttribute("aria-invalid");
    target.removeAttribute("aria-describedby");
    changed(target);
  });
  // After "back" a browser fills the fields again by itself.
  window.addEventListener("pageshow", (event) => { if (event.persisted) sumAll(); });
  return { changed };
}
