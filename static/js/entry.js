// The entry form: the share as one types, and a draft of what is not saved yet. The server reads everything again.
import { drop, dropWhere, keep, load } from "./drafts.js";
import { read, share } from "./numbers.js";

function control(row, name) {
  return row.querySelector(`[name="${name}-${row.dataset.code}"]`);
}

// A part of a ratio as it is read; null for what is no number or has two readings.
function sure(text) {
  const found = read(text, { kind: "ratio" });
  return found && found.other === null ? found.value : null;
}

function showShare(row) {
  const output = row.querySelector("output b");
  if (!output) return;
  const nothing = control(row, "nothing")?.checked;
  const [n, d] = ["numerator", "denominator"].map((name) => sure(control(row, name).value));
  output.textContent = nothing ? "—" : share(n, d, row.dataset);
}

// *Không phát sinh* fills in 0 and 0; taken back, what stood there before is there again.
function applyNothing(row) {
  const nothing = control(row, "nothing");
  if (!nothing) return;
  for (const name of ["numerator", "denominator", "value"]) {
    const input = control(row, name);
    if (!input) continue;
    if (nothing.checked && !input.readOnly) {
      input.dataset.before = input.value;
      input.value = "0";
    } else if (!nothing.checked && input.readOnly) {
      input.value = input.dataset.before ?? "";
    }
    input.readOnly = nothing.checked;
  }
}

function fields(row) {
  return [...row.querySelectorAll("input:not([type=hidden]), textarea")];
}

function isChanged(row) {
  return fields(row).some((field) =>
    "checked" in field && /checkbox|radio/.test(field.type) ? field.checked !== field.defaultChecked : field.value !== field.defaultValue,
  );
}

// {code: {seen, values: {name: text}}} of the rows that are not saved.
function unsaved(rows) {
  const found = {};
  for (const row of rows) {
    if (!isChanged(row) && !("unsaved" in row.dataset)) continue;
    const values = {};
    for (const field of fields(row)) {
      if (field.type === "checkbox" || field.type === "radio") {
        if (field.checked) values[field.name] = field.value;
        else values[field.name] ??= "";
      } else {
        values[field.name] = field.value;
      }
    }
    found[row.dataset.code] = { seen: control(row, "seen").value, values };
  }
  return found;
}

function restore(row, draft) {
  for (const field of fields(row)) {
    const value = draft.values[field.name] ?? "";
    if (field.type === "checkbox" || field.type === "radio") field.checked = field.value === value;
    else field.value = value;
    if (field.type === "checkbox" && field.checked) for (const input of row.querySelectorAll("input[type=text]")) input.readOnly = true;
  }
  // Saved meanwhile by somebody else: with what was seen then, the server shows both.
  control(row, "seen").value = draft.seen;
  const note = row.querySelector("details");
  if (note && control(row, "note").value) note.open = true;
  return isChanged(row);
}

function start(form) {
  const key = form.dataset.draft;
  const rows = [...form.querySelectorAll("tr[data-code]")];
  dropWhere((other) => other.split(":")[0] !== key.split(":")[0]);
  for (const row of rows) {
    if (control(row, "nothing")?.checked) for (const input of row.querySelectorAll("input[type=text]")) input.readOnly = true;
  }
  const remember = () => {
    const waiting = unsaved(rows);
    if (Object.keys(waiting).length) form.elements.draft.value = keep(key, waiting);
    else drop(key);
  };
  if ("posted" in form.dataset) {
    remember();
    for (const row of rows) if ("unsaved" in row.dataset) showShare(row);
  } else {
    bringBack(key, rows);
  }
  for (const row of rows) {
    row.addEventListener("input", (event) => {
      if (event.target.name === `nothing-${row.dataset.code}`) applyNothing(row);
      showShare(row);
    });
  }
  form.addEventListener("input", remember);
  form.addEventListener("submit", remember);
}

function bringBack(key, rows) {
  const draft = load(key);
  if (!draft) return;
  const back = rows.filter((row) => draft.rows[row.dataset.code] && restore(row, draft.rows[row.dataset.code]));
  if (!back.length) return drop(key);
  back.forEach(showShare);
  const notice = document.getElementById("draft-notice");
  notice.hidden = false;
  notice.querySelector("[data-draft-count]").textContent = back.length;
  notice.querySelector("[data-draft-drop]").addEventListener("click", () => {
    drop(key);
    location.reload();
  });
}

const form = document.getElementById("entry");
if (form) start(form);
document.getElementById("errors")?.focus();
document.getElementById("confirm")?.focus();
