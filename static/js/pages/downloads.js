// What a page lets do with its charts and tables beside its files: a chart as a PNG, a table for a sheet or a slide,
// or in another order.
for (const button of document.querySelectorAll("[data-png]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const { png } = await import(button.dataset.module);
      const drawing = document.querySelector(`[data-chart="${button.dataset.png}"] svg`);
      const link = document.createElement("a");
      link.href = URL.createObjectURL(await png(drawing, button.dataset));
      link.download = button.dataset.file;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    } finally {
      button.disabled = false;
    }
  });
}

// A cell in words that a spreadsheet understands: a plain minus, plain blanks; what only voices are told says more.
function words(cell) {
  const voiced = cell.querySelector(":scope .num > .visually-hidden");
  const text = voiced ? voiced.textContent.replace(/[()]/g, "") : cell.innerText;
  return text.replaceAll("\u2212", "-").replace(/\s+/g, " ").trim();
}

function rows(table) {
  return [...table.rows].map((row) =>
    [...row.cells].flatMap((cell) => [words(cell), ...Array(cell.colSpan - 1).fill("")]),
  );
}

async function copy(table) {
  const found = rows(table);
  const plain = found.map((row) => row.join("\t")).join("\n");
  const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const lines = found.map((row) => `<tr>${row.map((cell) => `<td>${escape(cell)}</td>`).join("")}</tr>`);
  const html = `<table>${lines.join("")}</table>`;
  const kinds = { "text/plain": plain, "text/html": html };
  await navigator.clipboard.write([
    new ClipboardItem(
      Object.fromEntries(Object.entries(kinds).map(([type, text]) => [type, new Blob([text], { type })])),
    ),
  ]);
}

for (const table of navigator.clipboard?.write ? document.querySelectorAll("table[data-copy]") : []) {
  const button = document.createElement("button");
  const said = "Chép bảng";
  button.type = "button";
  button.className = "btn small no-print";
  button.textContent = said;
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    await copy(table).then(
      () => (button.textContent = "Đã chép, dán vào Excel"),
      () => (button.textContent = "Trình duyệt không cho chép"),
    );
    setTimeout(() => (button.textContent = said), 4000);
  });
  const holder =
    table.closest("details")?.querySelector("p.tools") ?? table.closest(".card")?.querySelector(":scope > header");
  holder?.append(button);
}

// The names of columns become buttons: up, down, and the order of the page again. Rows stay in their part of the
// table, what is opened under a row stays under it, and what sums up the rest (data-last) stays last.
const ORDERS = { none: "ascending", ascending: "descending", descending: "none" };
// Made when a column is first put in order: it would cost every page some milliseconds before it is drawn.
let byWords;

// A number as it is written here, else words; null where there is nothing.
function sortValue(cell) {
  const text = cell ? words(cell) : "";
  if (!text || text.startsWith("—")) return null;
  const number = /^[+-]?\d[\d.]*(,\d+)?/.exec(text);
  return number ? Number(number[0].replaceAll(".", "").replace(",", ".")) : text;
}

function compare(one, other, sign) {
  if (one === null || other === null) return (one === null) - (other === null);
  if (typeof one === "number" && typeof other === "number") return sign * (one - other);
  byWords ??= new Intl.Collator("vi", { numeric: true });
  return sign * byWords.compare(one, other);
}

function sortPart(rows, place, order) {
  const groups = [];
  for (const row of rows) {
    if (groups.length && row.querySelector("th.tree-1")) groups.at(-1).rows.push(row);
    else
      groups.push({
        rows: [row],
        at: Number(row.dataset.at),
        value: sortValue(row.cells[place]),
        isLast: "last" in row.dataset,
      });
  }
  const sign = order === "descending" ? -1 : 1;
  groups.sort((a, b) => a.isLast - b.isLast || (order !== "none" && compare(a.value, b.value, sign)) || a.at - b.at);
  return groups.flatMap((group) => group.rows);
}

for (const table of document.querySelectorAll("table[data-sort]")) {
  const heads = [...table.tHead.rows[0].cells];
  [...table.rows].forEach((row, at) => (row.dataset.at = at));
  heads.forEach((head, place) => {
    if (!head.textContent.trim() || head.querySelector(".visually-hidden")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const order = ORDERS[head.ariaSort ?? "none"];
      for (const each of heads) each.removeAttribute("aria-sort");
      if (order !== "none") head.ariaSort = order;
      for (const part of table.tBodies) {
        part.append(
          ...sortPart(
            [...part.rows].filter((row) => !row.matches(".section-row")),
            place,
            order,
          ),
        );
      }
    });
  });
}
