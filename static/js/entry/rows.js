// A row of the entry form: its controls, what stands in them, and what the server has of it.
import { cellsOf, lineOf, messageOf } from "../lib/grid.js";
import { read, share, sum } from "../lib/numbers.js";

export const form = document.getElementById("entry");
const byCode = new Map([...form.querySelectorAll("tr[data-code]")].map((row) => [row.dataset.code, row]));
export const all = [...byCode.values()];
const states = document.getElementById("saves").content;

export const rowOfCode = (code) => byCode.get(code);
export const rowOf = (element) => byCode.get(lineOf(element)?.dataset.code);
export const control = (row, name) => form.elements[`${name}-${row.dataset.code}`];
const isChoice = (field) => field.type === "checkbox" || field.type === "radio";

export function controlsOf(row) {
  return [row, messageOf(row)].flatMap((part) => [...(part?.querySelectorAll("input, textarea") ?? [])]);
}

// [field, …what `state` takes of it], to be written back later.
export function fieldsOf(row, state) {
  return [...row.querySelectorAll("input:not([type=hidden])")].map((field) => [field, ...state(field)]);
}

export function pairs(row) {
  const named = controlsOf(row).filter((field) => field.name && (!isChoice(field) || field.checked));
  return named.map((field) => [field.name, field.value]);
}

export function isChanged(row) {
  const usual = row.dataset.usual;
  const isAsBrought = usual && !control(row, "numerator").value.trim() && control(row, "denominator").value === usual;
  if (isAsBrought && !control(row, "note").value) return false;
  return controlsOf(row).some((field) =>
    isChoice(field)
      ? field.checked !== field.defaultChecked
      : field.type !== "hidden" && field.value !== field.defaultValue,
  );
}

const emptyCells = (row) => cellsOf(row).filter((cell) => cell.type === "text" && !cell.value.trim()).length;
const isHalf = (row) => !control(row, "nothing")?.checked && emptyCells(row) % cellsOf(row).length > 0;
// All of it there or all of it gone: what is half typed waits.
export const isWhole = (row) => !isHalf(row);
// Half of a stored figure is none: it goes, and the other half waits.
export const isEmptied = (row) => "stored" in row.dataset && isHalf(row);
export const isOpen = (row) => isChanged(row) || "unsaved" in row.dataset;

// What is sent of a row: [name, text] pairs.
export function collect(code) {
  const row = byCode.get(code);
  if (!isEmptied(row)) return pairs(row);
  return pairs(row).map(([name, text]) => [name, /^(num|den|note)/.test(name) ? "" : text]);
}

const settled = new Map(); // what stood in the column of states before one typed

export function setState(row, name) {
  const part = row.querySelector("[data-part=state]");
  if (!settled.has(row)) settled.set(row, [...part.childNodes]);
  part.replaceChildren(...(name ? [states.querySelector(`[data-save=${name}]`).cloneNode(true)] : settled.get(row)));
}

// A sum that is still being typed into a row: =120+ is no figure yet.
export const isAdding = (row) =>
  cellsOf(row).some((cell) => cell === document.activeElement && cell.value.trim().startsWith("="));

// A typed sum is replaced by its result; what was added, in words, or "" where nothing was.
export function addUp(cell) {
  const row = cell.type === "text" && rowOf(cell);
  const added = row && sum(cell.value, row.dataset);
  if (!added) return "";
  cell.value = added.text;
  return `${row.dataset.code}: ${added.words}`;
}

// Null for what is no number or has two readings.
export function sure(text) {
  const found = read(text, { kind: "ratio" });
  return found && found.other === null ? found.value : null;
}

export function showShare(row) {
  const output = row.querySelector("output b");
  if (!output) return;
  const [n, d] = ["numerator", "denominator"].map((name) => sure(control(row, name).value));
  output.textContent = control(row, "nothing")?.checked ? "—" : share(n, d, row.dataset);
}

export function fasten(row) {
  for (const input of cellsOf(row)) input.readOnly = Boolean(control(row, "nothing")?.checked);
}

// *Không phát sinh* fills in 0 and 0; taken back, what stood there before is there again.
export function applyNothing(row) {
  const isNothing = control(row, "nothing").checked;
  for (const input of cellsOf(row)) {
    if (isNothing === input.readOnly) continue;
    if (isNothing) input.dataset.before = input.value;
    input.value = isNothing ? "0" : (input.dataset.before ?? "");
  }
  fasten(row);
}

export function fill(cells, texts) {
  cells.forEach((cell, place) => {
    if (cell.type !== "radio") cell.value = texts[place];
    else {
      const radios = rowOf(cell).querySelectorAll("td input[type=radio]");
      for (const radio of radios) radio.checked = radio.value === texts[place];
    }
  });
}

// A draft of this machine, back in its fields.
export function writeDraft(row, values) {
  for (const field of controlsOf(row).filter((each) => each.type !== "hidden")) {
    const value = values[field.name] ?? "";
    if (isChoice(field)) field.checked = field.value === value;
    else field.value = value;
  }
  fasten(row);
  if (control(row, "note").value) row.querySelector("details").open = true;
}

function drawn(html) {
  const made = document.createElement("template");
  made.innerHTML = `<table><tbody>${html}</tbody></table>`;
  return made.content;
}

// The code of the row in the server's answer; undefined where it is no row.
export const codeIn = (html) => drawn(html).querySelector("tr")?.dataset.code;

// The row as the server has it.
export function replace(row, html) {
  const [fresh, message] = drawn(html).querySelectorAll("tr");
  control(row, "seen").value = fresh.querySelector("[name^=seen-]").value;
  const old = messageOf(row);
  const hadFocus = old?.contains(document.activeElement);
  for (const part of fresh.querySelectorAll("[data-part]")) {
    row.querySelector(`[data-part="${part.dataset.part}"]`).replaceChildren(...part.childNodes);
  }
  for (const field of fresh.querySelectorAll("input:not([type=hidden]), textarea")) copy(row, field);
  const isHere = row.classList.contains("here");
  settled.delete(row);
  mirror(row, fresh, "class", "data-unsaved", "data-usual", "data-stored");
  row.classList.toggle("here", isHere);
  old?.remove();
  if (message) row.after(message);
  message?.classList.toggle("here", isHere);
  if (message && "needsWords" in message.dataset) row.querySelector("details").open = true;
  showShare(row);
  if (hadFocus) cellsOf(row)[0].focus();
}

// The row as the server has it, beside what was typed since.
export function merge(row, html) {
  const [fresh] = drawn(html).querySelectorAll("tr");
  control(row, "seen").value = fresh.querySelector("[name^=seen-]").value;
  mirror(row, fresh, "data-usual", "data-stored");
  for (const field of fresh.querySelectorAll("input:not([type=hidden]), textarea")) {
    const same = sameField(row, field);
    if (!same) continue;
    const { value, checked } = same;
    if (isChoice(same)) same.defaultChecked = field.defaultChecked;
    else same.defaultValue = field.defaultValue;
    // A field that nobody typed into would follow.
    [same.value, same.checked] = [value, checked];
  }
  settled.set(row, [...fresh.querySelector("[data-part=state]").childNodes]);
}

function mirror(to, from, ...names) {
  for (const name of names) {
    if (from.hasAttribute(name)) to.setAttribute(name, from.getAttribute(name));
    else to.removeAttribute(name);
  }
}

function sameField(row, { name, value }) {
  const fields = [...row.querySelectorAll("input, textarea")];
  return fields.find((each) => each.name === name && (!isChoice(each) || each.value === value));
}

// A field as the server shows it. In the one that has the focus the text stays as it was typed until one leaves it.
function copy(row, fresh) {
  const field = sameField(row, fresh);
  if (!field) return;
  mirror(field, fresh, "aria-invalid", "aria-describedby");
  if (isChoice(field)) {
    field.checked = field.defaultChecked = fresh.defaultChecked;
  } else if (field === document.activeElement) {
    field.dataset.shown = fresh.defaultValue;
    field.defaultValue = field.value;
  } else {
    field.value = field.defaultValue = fresh.defaultValue;
  }
}

// What `copy` held back while the field had the focus.
export function show(field) {
  if (field.dataset.shown === undefined) return;
  if (field.value === field.defaultValue) field.value = field.defaultValue = field.dataset.shown;
  delete field.dataset.shown;
}
