// The entry form: shares as one types, each cell saved by itself, the keyboard and the clipboard of a sheet, one
// target at a time on a phone. Without script it is the same form with a button; the server reads everything again.
import { load, subscribe } from "../lib/drafts.js";
import { cellsOf, grid, messageOf } from "../lib/grid.js";
import { commands, offer } from "./commands.js";
import * as offline from "./offline.js";
import * as rows from "./rows.js";
import { announce, drawProgress, saving, showTrouble } from "./saving.js";

const { all, form, isChanged, isEmptied, isOpen, rowOf } = rows;
const key = form.dataset.draft;
let last = null; // the row that has the focus

const sheet = grid(form, {
  offer,
  hint: (words) => rowCommands.hint(words),
  act: (row, text) => rowCommands.act(row, text),
});
const saves = saving({
  isOffered: sheet.isOffered,
  onEmptied: (row, fields) => rowCommands.emptied(row, fields),
  onMerged: (row) => row !== last && saves.save([row], { isLeft: true }),
});
const rowCommands = commands(sheet, saves);

// Typing

form.addEventListener("input", (event) => {
  const row = rowOf(event.target);
  if (!row) return;
  if (!rowCommands.isActing()) rowCommands.forget(row);
  if (event.target === rows.control(row, "nothing")) rows.applyNothing(row);
  saves.typed(row);
});
form.addEventListener("change", (event) => {
  const row = rowOf(event.target);
  rowCommands.addUp(event.target);
  if (row && isChanged(row)) saves.save([row]);
});
form.addEventListener("focusout", (event) => event.target.type === "text" && rows.show(event.target));
form.addEventListener("focusin", (event) => {
  const row = rowOf(event.target);
  if (row && !row.classList.contains("here")) here(row);
  // Leaving a row saves it.
  if (last && last !== row) saves.save([last], { isLeft: true });
  last = row;
});

// A link to a row leads to the field in it; the row, where there is one.
function lead(target) {
  const row = rowOf(target);
  if (!row) return null;
  here(row);
  if (target.closest("details")) target.closest("details").open = true;
  (target === row ? cellsOf(row)[0] : target).focus();
  return row;
}

form.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  const target = link && document.getElementById(link.getAttribute("href").slice(1));
  if (target && lead(target)) event.preventDefault();
});

// The buttons: everything that is typed goes first, and stays if it cannot

let isReady = false;
form.addEventListener("submit", async (event) => {
  if (isReady) return;
  event.preventDefault();
  const button = event.submitter;
  for (const row of all) {
    for (const cell of cellsOf(row)) {
      rows.show(cell);
      rowCommands.addUp(cell);
    }
  }
  // Half of a stored figure takes the figure away first, and is then told what it lacks.
  if (all.some(isEmptied)) {
    saves.save(all, { isLeft: true });
    await saves.flush();
  }
  saves.save(all, { halves: true });
  const isSent = await saves.flush();
  const left = all.find(isOpen);
  if (left) {
    here(left);
    const wrong = left.querySelector("[aria-invalid=true]") ?? messageOf(left)?.querySelector("input");
    (wrong ?? cellsOf(left)[0])?.focus();
    announce(`${left.dataset.code}: ${left.querySelector("[data-part=state]").innerText}`);
  } else if (isSent && button?.value === "submit") {
    isReady = true;
    // Not from within the event of the first submission: browsers ignore that.
    setTimeout(() => form.requestSubmit(button));
  } else if (isSent) {
    announce("Đã lưu. Phiếu chưa nộp.");
  }
});

// All keys, and a row of one line

const keys = document.getElementById("keys");
document.addEventListener("keydown", (event) => {
  if (event.key !== "?" || event.target.matches("textarea, [role=combobox]") || keys.open) return;
  event.preventDefault();
  keys.showModal();
});
form.querySelector("[data-keys]").addEventListener("click", () => keys.showModal());
keys.querySelector("[data-close-keys]").addEventListener("click", () => keys.close());

const compact = form.querySelector("[data-compact]");
compact.addEventListener("click", () => {
  const isCompact = form.querySelector(".entry-grid").classList.toggle("is-compact");
  compact.setAttribute("aria-pressed", isCompact);
  const secure = location.protocol === "https:" ? "; secure" : "";
  const age = isCompact ? 31536000 : 0;
  document.cookie = `dong_gon=1; path=/nhap-so-lieu/; max-age=${age}; samesite=lax${secure}`;
});

// Saved in another window of this browser
subscribe(async ({ form: other, code, html }) => {
  await saves.calm();
  const row = other === key && rows.rowOfCode(code);
  if (!row || isOpen(row)) return;
  rowCommands.forget(row);
  rows.replace(row, html);
});

// One target at a time where the page is narrow

const steps = form.querySelectorAll("[data-step]");
const narrow = matchMedia("(max-width: 48em)");

function here(row) {
  for (const each of form.querySelectorAll(".here")) each.classList.remove("here");
  const group = row.closest("tbody").querySelector("tr.section-row");
  for (const part of [row, messageOf(row), group]) part?.classList.add("here");
  const place = all.indexOf(row);
  form.querySelector("[data-place]").textContent = `${place + 1}/${all.length}`;
  for (const button of steps) button.disabled = !all[place + Number(button.dataset.step)];
}

for (const button of steps) {
  button.addEventListener("click", () => {
    const place = all.findIndex((row) => row.classList.contains("here"));
    saves.save([all[place]], { isLeft: true });
    here(all[place + Number(button.dataset.step)]);
    form.scrollIntoView();
  });
}

// Opening

// The machine's own copy of the sheet: with the rows that were saved since.
offline.savedSince((html) => {
  const row = rows.rowOfCode(rows.codeIn(html));
  if (row) rows.replace(row, html);
  else drawProgress(html);
});
if (offline.isCopy) showTrouble("offline");
for (const row of all) rows.fasten(row);
const drafts = load(key);
const returned = all.filter((row) => drafts[row.dataset.code] && saves.bringBack(row, drafts[row.dataset.code]));
if (returned.length) {
  announce(`${returned.length} chỉ tiêu gõ dở lần trước đã có lại trên trang.`);
  saves.save(returned);
}
const isEmpty = (cell) => !cell.value;
const first = all.find((row) => row.classList.contains("is-returned") || cellsOf(row).some(isEmpty)) ?? all[0];
if (first) here(first);
const errors = document.getElementById("errors");
if (!lead(document.querySelector(":target") ?? form)) {
  if (errors) errors.focus();
  else if (narrow.matches) form.scrollIntoView();
  else if (first) (cellsOf(first).find(isEmpty) ?? cellsOf(first)[0]).focus();
}
