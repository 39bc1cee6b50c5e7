// On a narrow screen a table that does not fit becomes a list: each row its heading, then its values with their
// column's word before each. Without scripts such a table scrolls sideways.
const narrow = matchMedia("(max-width: 47.99rem)");

export function stackTables() {
  const stack = () => {
    if (!narrow.matches) return;
    for (const box of document.querySelectorAll(".table-scroll")) {
      if (box.scrollWidth > box.clientWidth + 1) for (const table of box.querySelectorAll("table")) stackTable(table);
    }
  };
  stack();
  narrow.addEventListener("change", stack);
}

function stackTable(table) {
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])].map((head) => head.textContent.trim());
  // A table that is shown as a list is still read as a table.
  table.setAttribute("role", "table");
  for (const part of [table.tHead, ...table.tBodies, table.tFoot]) {
    part?.setAttribute("role", "rowgroup");
    label(part?.rows ?? [], heads, part === table.tHead);
  }
  table.classList.add("stacked");
}

// How many rows a cell of a column above still covers, for headings that stand for several rows.
function label(rows, heads, isHead) {
  const covered = [];
  for (const row of rows) {
    row.setAttribute("role", "row");
    let column = 0;
    // What a heading above covers belongs to it: no line between.
    if (covered.some((left) => left > 0)) row.previousElementSibling?.classList.add("goes-on");
    for (const cell of row.cells) {
      while (covered[column] > 0) covered[column++] -= 1;
      const isHeading = cell.tagName === "TH";
      cell.setAttribute("role", !isHeading ? "cell" : isHead ? "columnheader" : "rowheader");
      const says = cell.textContent.trim();
      if (!isHeading && heads[column] && says) cell.dataset.label = heads[column];
      // In a list of words and values nothing is said by saying nothing.
      if (!isHeading && says === "–") cell.classList.add("nothing");
      covered[column] = cell.rowSpan - 1;
      column += cell.colSpan;
    }
    for (; column < heads.length; column += 1) if (covered[column] > 0) covered[column] -= 1;
  }
}
