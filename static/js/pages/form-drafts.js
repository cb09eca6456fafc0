// Every form that is posted and has a text field keeps what is typed into it on this machine until the server says
// that it has it (docs/decisions/0165). The entry sheet does so by itself, row by row.
import * as drafts from "../lib/drafts.js";
import * as elsewhere from "../lib/other-machines.js";

const TEXTS = ["text", "textarea", "search", "email", "tel", "url", "number", "date", "time", "datetime-local"];
const UNKEPT = ["hidden", "file", "password", "submit", "button", "reset", "image"];
const ANSWER = "ban-nhap-";
const LISTED = 12;
const MOST_TRIES = 2;

const user = document.querySelector("form[data-logout][data-user]")?.dataset.user;
const scope = `${user}:bieu-mau`;
const note = document.getElementById("form-drafts");
// The page answers a form that was sent: what stands in its fields was typed and is not saved.
const isAnswer = Boolean(note && "posted" in note.dataset);
let isKept = true;
let isSending = false;

const isText = (field) => TEXTS.includes(field.type);
// A code that opens an account is kept nowhere, as a password is not.
const isSecret = (field) => UNKEPT.includes(field.type) || field.autocomplete === "one-time-code";
const isUsable = (field) => field.name && field.type && !isSecret(field) && !field.disabled;
const fieldsOf = (form) => [...form.elements].filter(isUsable);
const nameOf = (field) => (field.type === "checkbox" ? `${field.name}=${field.value}` : field.name);
const same = (field) => [...field.form.elements].filter((each) => each.type === "radio" && each.name === field.name);

// Attributes, not properties: a field may be called "action" or "id".
function codeOf(form) {
  const path = new URL(form.getAttribute("action") || location.href, location.href).pathname;
  const first = fieldsOf(form).find(isText);
  const part = form.getAttribute("id") || first.getAttribute("id") || first.name;
  return [path, part, form.dataset.draftOf].filter(Boolean).join("#");
}

// What stands in a field, or what the server put there.
function read(field, isStored = false) {
  if (field.type === "radio")
    return same(field).find((each) => (isStored ? each.defaultChecked : each.checked))?.value ?? "";
  if (field.type === "checkbox") return (isStored ? field.defaultChecked : field.checked) ? "1" : "";
  if (field.options && isStored) {
    const chosen = [...field.options].filter((each) => each.defaultSelected);
    if (!chosen.length && !field.multiple) return field.options[0]?.value ?? "";
    return chosen.map((each) => each.value).join("\n");
  }
  if (field.options) return [...field.selectedOptions].map((each) => each.value).join("\n");
  return isStored ? field.defaultValue : field.value;
}

function write(field, text) {
  if (field.type === "radio") for (const each of same(field)) each.checked = each.value === text;
  else if (field.type === "checkbox") field.checked = text === "1";
  else if (field.options) for (const each of field.options) each.selected = text.split("\n").includes(each.value);
  else field.value = text;
  field.dispatchEvent(new CustomEvent("written"));
}

function labelOf(field) {
  const own = field.type === "radio" ? field.closest("fieldset")?.querySelector("legend") : field.labels?.[0];
  const words = field.getAttribute("aria-label") || own?.textContent || field.placeholder || field.name;
  return words.replace(/\s+/g, " ").trim().slice(0, 80);
}

const forms = new Map();
for (const form of user ? document.forms : []) {
  // The attribute: a field called `method` would hide the property.
  if (form.getAttribute("method") !== "post" || form.dataset.draft || !fieldsOf(form).some(isText)) continue;
  forms.set(form, codeOf(form));
  form.addEventListener("formdata", ({ formData }) => {
    isSending = true;
    const code = forms.get(form);
    const draft = kept[code];
    if (!draft) return;
    const text = textOf(formData);
    const earlier = (draft.tried ?? []).filter((each) => each !== text);
    for (const each of earlier) formData.append("tried", each);
    formData.append("draft", draft.id);
    draft.tried = [...earlier, text].slice(-MOST_TRIES);
    draft.isSent = true;
    save(code);
  });
}

// Whoever types is told how long it is kept.
if (forms.size) document.getElementById("keeping")?.removeAttribute("hidden");

// What is sent, for the next time: where no answer comes the server knows its own sender by it (docs/decisions/0162).
function textOf(formData) {
  const pairs = [...formData].filter(([name, value]) => name !== "csrfmiddlewaretoken" && typeof value === "string");
  return String(new URLSearchParams(pairs));
}

function typed({ target: field }) {
  const code = forms.get(field.form);
  if (!code || !isUsable(field)) return;
  const id = () =>
    [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const draft = (kept[code] ??= { id: id(), page: location.pathname, fields: {} });
  const name = nameOf(field);
  const stored = draft.fields[name]?.stored ?? (isAnswer ? null : read(field, true));
  draft.fields[name] = { value: read(field), stored, label: labelOf(field), isText: isText(field) };
  if (draft.fields[name].value === stored) delete draft.fields[name];
  save(code);
}

function save(code) {
  if (Object.keys(kept[code].fields).length) {
    isKept = drafts.save(scope, code, kept[code]);
    elsewhere.store(code, kept[code]);
  } else {
    elsewhere.erase(kept[code].id);
    drafts.remove(scope, code);
    delete kept[code];
  }
}

// The server says by a cookie what it did with a draft: true for taken, false for refused, null where no answer came.
function answerTo({ id }) {
  const name = ANSWER + id;
  const found = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`));
  if (!found) return null;
  document.cookie = `${name}=; path=/; max-age=0`;
  return found.endsWith("=1");
}

// Back into their fields; what has no field any more is told.
function bringBack() {
  const restored = [];
  const homeless = [];
  let isUnsure = false;
  for (const [code, draft] of Object.entries(kept)) {
    const form = [...forms.keys()].find((each) => forms.get(each) === code);
    if (!form && draft.page !== location.pathname) continue;
    isUnsure ||= Boolean(draft.isSent);
    const fields = new Map(
      form
        ? fieldsOf(form)
            .reverse()
            .map((field) => [nameOf(field), field])
        : [],
    );
    for (const [name, { value, stored, label, isText: isWords }] of Object.entries(draft.fields)) {
      const field = fields.get(name);
      if (!field) {
        if (!isAnswer && isWords && value) homeless.push({ label, value });
      } else if (read(field) !== value) {
        write(field, value);
        const now = read(field, true);
        restored.push({ field, other: isAnswer || stored === null || stored === now ? null : now });
      } else if (!isAnswer) {
        delete draft.fields[name];
      }
    }
    save(code);
  }
  return { restored, homeless, isUnsure };
}

function tell({ restored, homeless, isUnsure }) {
  if (!restored.length && !homeless.length) return;
  for (const words of note.querySelectorAll("[data-sent]")) words.hidden = (words.dataset.sent === "1") !== isUnsure;
  const list = note.querySelector("ul:last-of-type");
  const line = (...parts) => {
    const item = document.createElement("li");
    item.append(...parts);
    list.append(item);
  };
  const told = [...restored].sort((one, two) => (two.other !== null) - (one.other !== null));
  for (const { field, other } of told.slice(0, LISTED)) {
    const link = Object.assign(document.createElement("a"), {
      textContent: labelOf(field),
      href: "#",
      className: "inherit",
    });
    link.addEventListener("click", (event) => {
      event.preventDefault();
      field.focus();
    });
    line(link, other === null ? "" : `: trên hệ thống nay là “${other}”.`);
    const details = field.closest("details");
    if (details) details.open = true;
  }
  if (told.length > LISTED) line(`và ${told.length - LISTED} ô khác`);
  for (const { label, value } of homeless) line(`${label}: “${value}”, trang này không còn ô để điền.`);
  note.querySelector("button").addEventListener("click", () => {
    for (const { field } of restored) write(field, read(field, true));
    for (const [code, draft] of Object.entries(kept)) {
      if (![...forms.values()].includes(code) && draft.page !== location.pathname) continue;
      elsewhere.erase(draft.id);
      drafts.remove(scope, code);
      delete kept[code];
    }
    note.hidden = true;
  });
  note.hidden = false;
}

const kept = user ? drafts.load(scope) : {};
for (const [code, draft] of Object.entries(kept)) {
  const isTaken = answerTo(draft);
  if (isTaken === false) draft.isSent = false;
  if (!isTaken) continue;
  elsewhere.erase(draft.id);
  drafts.remove(scope, code);
  delete kept[code];
}
if (note) tell(bringBack());

// A copy of another machine goes on here under its own number, and is let go of with it.
function take({ code, draft }) {
  kept[code] = draft;
  save(code);
  tell(bringBack());
}
if (note && forms.size) {
  const codes = new Set(forms.values());
  const known = new Set(Object.values(kept).map(({ id }) => id));
  const isWanted = ({ key, code }) => codes.has(code) && !known.has(key);
  elsewhere.list().then((copies) => elsewhere.offer(copies.filter(isWanted), take));
}
for (const happened of ["input", "change"]) document.addEventListener(happened, typed);
// A field whose page has saved it by itself.
document.addEventListener("saved", ({ target: field }) => {
  const code = forms.get(field.form);
  if (!kept[code]) return;
  delete kept[code].fields[nameOf(field)];
  save(code);
});
addEventListener("beforeunload", (event) => !isKept && !isSending && event.preventDefault());
