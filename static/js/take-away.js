// What a page lets take away beside its files: a chart as a PNG, a table for a sheet or a slide.
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
  const voiced = cell.querySelector(":scope .num > .vh");
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
  const html = `<table>${found.map((row) => `<tr>${row.map((cell) => `<td>${escape(cell)}</td>`).join("")}</tr>`).join("")}</table>`;
  const kinds = { "text/plain": plain, "text/html": html };
  await navigator.clipboard.write([
    new ClipboardItem(Object.fromEntries(Object.entries(kinds).map(([type, text]) => [type, new Blob([text], { type })]))),
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
  const holder = table.closest("details")?.querySelector("p.tools") ?? table.closest(".card")?.querySelector(":scope > header");
  holder?.append(button);
}
