import { load, remove } from "../lib/drafts.js";

// The locked report: what was typed for it and never saved stays in sight until it is put away.
for (const note of document.querySelectorAll("[data-draft-locked]")) {
  const form = note.dataset.draftLocked;
  const rows = Object.entries(load(form));
  note.hidden = !rows.length;
  for (const [code, { values }] of rows) {
    const item = document.createElement("li");
    const typed = Object.entries(values).filter(([name, text]) => text && !/^(keep|reading)-/.test(name));
    item.textContent = `${code}: ${typed.map(([, text]) => text).join(" / ")}`;
    note.querySelector("ul").append(item);
  }
  note.querySelector("button").addEventListener("click", () => {
    for (const [code] of rows) remove(form, code);
    note.hidden = true;
  });
}
