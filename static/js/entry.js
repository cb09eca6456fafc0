// The entry form: shares as one types, each cell saved by itself, the keyboard and the clipboard of a sheet, one target at a
// time on a phone. Without script it is the same form with a button; the server reads everything again.
import { saver } from "./autosave.js";
import { drop, hear, keep, kept, tell } from "./drafts.js";
import { grid } from "./grid.js";
import { read, share } from "./numbers.js";
import { spread, table } from "./paste.js";

const IDLE = 3000;
const LONGEST_PRESS = 3000;

const form = document.getElementById("entry");
const key = form.dataset.draft;
const rows = new Map([...form.querySelectorAll("tr[data-code]")].map((row) => [row.dataset.code, row]));
const all = [...rows.values()];
const COMMANDS = { "=": "button.repeat", k: "[type=checkbox], td [value='0']", c: "td [value='1']" };
const sheet = grid(form, {
  offer: (row, text) => (commandOf(row, text) ? `${describe(row, text)}: Enter để nhận, Esc để bỏ.` : ""),
  hint: (words) => (words ? report(words) : (pasted.hidden = true)),
  act: (row, text) => undoable([row], describe(row, text), () => press(row, text)),
});
const states = document.getElementById("saves").content;
const token = form.elements.csrfmiddlewaretoken;
let isKept = true;
let last = null; // the row that has the focus

// One row: its controls, what stands in them, whether that is saved

const control = (row, name) => form.elements[`${name}-${row.dataset.code}`];
const controlsOf = (row) => [row, sheet.messageOf(row)].flatMap((part) => [...(part?.querySelectorAll("input, textarea") ?? [])]);
const isChoice = (field) => field.type === "checkbox" || field.type === "radio";

function pairs(row) {
  const found = controlsOf(row).filter((field) => field.name && (!isChoice(field) || field.checked));
  return found.map((field) => [field.name, field.value]);
}

function isChanged(row) {
  const usual = row.dataset.usual;
  if (usual && !control(row, "numerator").value.trim() && control(row, "denominator").value === usual && !control(row, "note").value) return false;
  return controlsOf(row).some((field) =>
    isChoice(field) ? field.checked !== field.defaultChecked : field.type !== "hidden" && field.value !== field.defaultValue,
  );
}

const emptyCells = (row) => sheet.cellsOf(row).filter((cell) => cell.type === "text" && !cell.value.trim()).length;
const isHalf = (row) => !control(row, "nothing")?.checked && emptyCells(row) % sheet.cellsOf(row).length > 0;
// All of it there or all of it gone: what is half typed waits.
const isWhole = (row) => !isHalf(row);
// Half of a stored figure is none: it goes, and the other half waits.
const isEmptied = (row) => "stored" in row.dataset && isHalf(row);

function collect(code) {
  const row = rows.get(code);
  return isEmptied(row) ? pairs(row).map(([name, text]) => [name, /^(num|den|note)/.test(name) ? "" : text]) : pairs(row);
}

const isOpen = (row) => isChanged(row) || "unsaved" in row.dataset;

const settled = new Map(); // what stood in the column of states before one typed
function setState(row, name) {
  const part = row.querySelector("[data-part=state]");
  if (!settled.has(row)) settled.set(row, [...part.childNodes]);
  part.replaceChildren(...(name ? [states.querySelector(`[data-save=${name}]`).cloneNode(true)] : settled.get(row)));
}

// Null for what is no number or has two readings.
function sure(text) {
  const found = read(text, { kind: "ratio" });
  return found && found.other === null ? found.value : null;
}

function showShare(row) {
  const output = row.querySelector("output b");
  if (!output) return;
  const [n, d] = ["numerator", "denominator"].map((name) => sure(control(row, name).value));
  output.textContent = control(row, "nothing")?.checked ? "—" : share(n, d, row.dataset);
}

function fasten(row) {
  for (const input of sheet.cellsOf(row)) input.readOnly = Boolean(control(row, "nothing")?.checked);
}

// *Không phát sinh* fills in 0 and 0; taken back, what stood there before is there again.
function applyNothing(row) {
  const isNothing = control(row, "nothing").checked;
  for (const input of sheet.cellsOf(row)) {
    if (isNothing === input.readOnly) continue;
    if (isNothing) input.dataset.before = input.value;
    input.value = isNothing ? "0" : (input.dataset.before ?? "");
  }
  fasten(row);
}

// Kept on this machine from the first key; dropped once the server has it, or nothing is changed any more

function remember(row) {
  if (sheet.isOffered(row)) return; // a command, no figure
  if (isOpen(row)) {
    const values = Object.fromEntries(pairs(row).filter(([name]) => !name.startsWith("seen-")));
    const { code } = row.dataset;
    isKept = keep(key, code, { seen: control(row, "seen").value, values, tried: saves.tried(code) });
  } else {
    drop(key, row.dataset.code);
  }
}

function bringBack(row, draft) {
  for (const field of controlsOf(row).filter((field) => field.type !== "hidden")) {
    const value = draft.values[field.name] ?? "";
    if (isChoice(field)) field.checked = field.value === value;
    else field.value = value;
  }
  fasten(row);
  if (control(row, "note").value) row.querySelector("details").open = true;
  // Saved meanwhile by somebody else: with what was seen then, the server shows both.
  if (isChanged(row)) {
    control(row, "seen").value = draft.seen;
    saves.recall(row.dataset.code, draft.tried);
  }
  typed(row);
  return isChanged(row);
}

// What the server answers

function answered(code, { html, saved, words }, unchanged, at) {
  const row = rows.get(code);
  const isGone = unchanged && saved && isEmptied(row);
  const fields = fieldsOf(row, (field) => [field.defaultValue, field.defaultChecked]);
  if (unchanged && !isGone) stands(row, html);
  else differs(row, html);
  if (saved) tell({ form: key, code, html });
  if (unchanged || saved) remember(row);
  if (isGone && !takenBack.delete(row)) {
    const gone = `${code} để trống một ô nên số đã lưu được lấy khỏi phiếu`;
    undos.push({ undone: `: số của ${code} có lại`, rows: [[row, fields]] });
    report(`${gone}.`);
  }
  announce(words || `${code} đã lưu lúc ${at}.`);
}

// The row as the server has it, beside what was typed since.
function differs(row, html) {
  const [fresh] = drawn(html).querySelectorAll("tr");
  control(row, "seen").value = fresh.querySelector("[name^=seen-]").value;
  mirror(row, fresh, "data-usual", "data-stored");
  for (const field of fresh.querySelectorAll("input:not([type=hidden]), textarea")) {
    const own = ownOf(row, field);
    if (!own) continue;
    const { value, checked } = own;
    if (isChoice(own)) own.defaultChecked = field.defaultChecked;
    else own.defaultValue = field.defaultValue;
    // A field that nobody typed into would follow.
    [own.value, own.checked] = [value, checked];
  }
  settled.set(row, [...fresh.querySelector("[data-part=state]").childNodes]);
  typed(row);
  if (row !== last) save([row], { isLeft: true });
}

function drawn(html) {
  const made = document.createElement("template");
  made.innerHTML = `<table><tbody>${html}</tbody></table>`;
  return made.content;
}

// The row as the server has it.
function stands(row, html) {
  const [fresh, message] = drawn(html).querySelectorAll("tr");
  control(row, "seen").value = fresh.querySelector("[name^=seen-]").value;
  apply(row, fresh, message);
}

function apply(row, fresh, message) {
  const old = sheet.messageOf(row);
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
  if (hadFocus) sheet.cellsOf(row)[0].focus();
}

function mirror(to, from, ...names) {
  for (const name of names) from.hasAttribute(name) ? to.setAttribute(name, from.getAttribute(name)) : to.removeAttribute(name);
}

const ownOf = (row, { name, value }) =>
  [...row.querySelectorAll("input, textarea")].find((each) => each.name === name && (!isChoice(each) || each.value === value));

// A field as the server shows it. In the one that has the focus the text stays as it was typed until one leaves it.
function copy(row, fresh) {
  const field = ownOf(row, fresh);
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

function show(field) {
  if (field.dataset.shown === undefined) return;
  if (field.value === field.defaultValue) field.value = field.defaultValue = field.dataset.shown;
  delete field.dataset.shown;
}

function progress(html, at) {
  form.querySelector("[data-part=progress]").innerHTML = html;
  form.querySelector("[data-saved-at]").textContent = `Đã lưu lúc ${at}`;
  // What remains to be done is the button that stands out.
  const isDone = Boolean(form.querySelector("[data-done]"));
  for (const button of form.querySelectorAll(".ends button")) button.classList.toggle("primary", isDone === (button.value === "submit"));
}

const live = document.getElementById("announce");
const said = [];
function announce(words) {
  said.push(words);
  clearTimeout(announce.timer);
  // One politeness for what comes together.
  announce.timer = setTimeout(() => (live.textContent = said.splice(0).slice(-6).join(" ")), 400);
}

const note = document.getElementById("connection");
function trouble(kind, text = "", link = "") {
  const held = `${all.filter(isOpen).length} mục tiêu vừa gõ được giữ trên máy này`;
  const words = {
    offline: `Mất kết nối. ${held}. Giữ trang mở; hệ thống tự gửi lại khi có mạng.`,
    down: `Máy chủ báo lỗi ${text}, chưa rõ các số vừa gửi đã lưu chưa. ${held} và tự gửi lại.`,
    busy: `Có người đang lưu phiếu này cùng lúc. ${held} và tự gửi lại.`,
    ended: `Phiên làm việc đã hết. ${held}.`,
    locked: `${text} ${held}.`,
    other: `Trình duyệt này vừa đăng nhập bằng tài khoản của ${text}. Số vừa gõ không được lưu vào tài khoản đó. Ghi lại các số, rồi đăng nhập bằng tài khoản của mình.`,
  };
  if (!kind && note.hidden) return;
  note.hidden = !kind;
  if (!kind) return announce("Đã có kết nối, các số đã lưu.");
  const said = words[kind];
  note.classList.toggle("err", ["locked", "other"].includes(kind));
  note.querySelector("span").hidden = kind !== "ended";
  if (link) note.querySelector("a").href = link;
  const told = note.querySelector("b");
  if (told.textContent === said) return;
  told.textContent = said;
  announce(said);
}

// A new token after a login in another window, as long as it is the same person.
async function renew() {
  try {
    const page = new DOMParser().parseFromString(await (await fetch(location.pathname)).text(), "text/html");
    const fresh = page.getElementById("entry");
    if (fresh?.dataset.who !== form.dataset.who) return false;
    token.value = fresh.elements.csrfmiddlewaretoken.value;
    return true;
  } catch {
    return false;
  }
}

// Nothing moves while the pointer is held down: a button that jumps aside between press and release is not clicked.
let released = null;
let release = () => {};
addEventListener("pointerdown", () => {
  released = new Promise((done) => (release = done));
  setTimeout(release, LONGEST_PRESS);
});
for (const name of ["pointerup", "pointercancel"]) addEventListener(name, () => setTimeout(release));

const saves = saver({
  url: form.dataset.cells,
  who: form.dataset.who,
  token,
  collect,
  state: (code, name) => setState(rows.get(code), name),
  remember: (code) => remember(rows.get(code)),
  answered,
  progress,
  trouble,
  renew,
  calm: () => released,
});

// Typing

let idle = 0;
function typed(row) {
  showShare(row);
  remember(row);
  setState(row, isOpen(row) && "typing");
  clearTimeout(idle);
  idle = setTimeout(() => save([row]), IDLE);
}

// halves: half figures go too, to be told what they lack; isLeft: a stored figure with an emptied cell goes.
function save(these, { halves = false, isLeft = false } = {}) {
  const isComplete = (row) => isWhole(row) || halves || (isLeft && isEmptied(row));
  const isDue = (row) => isOpen(row) && !sheet.isOffered(row) && isComplete(row);
  const codes = these.filter(isDue).map((row) => row.dataset.code);
  if (codes.length) saves.queue(codes);
}

const rowOf = (element) => rows.get(sheet.lineOf(element)?.dataset.code);

form.addEventListener("input", (event) => {
  const row = rowOf(event.target);
  if (!row) return;
  if (!isActing) forget(row);
  if (event.target === control(row, "nothing")) applyNothing(row);
  typed(row);
});
form.addEventListener("change", (event) => {
  const row = rowOf(event.target);
  if (row && isChanged(row)) save([row]);
});
form.addEventListener("focusout", (event) => event.target.type === "text" && show(event.target));

form.addEventListener("click", (event) => {
  const repeat = event.target.closest("button.repeat");
  if (repeat) {
    event.preventDefault();
    const row = rowOf(repeat);
    undoable([row], describe(row, "="), () => press(row, "="));
    sheet.cellsOf(row)[0].focus();
  }
  const link = event.target.closest("a[href^='#']");
  const target = link && document.getElementById(link.getAttribute("href").slice(1));
  if (target && lead(target)) event.preventDefault();
});

const figuresOf = ({ dataset: { numerator, denominator, value } }) => (denominator ? [numerator, denominator] : [value]);

function fill(cells, texts) {
  cells.forEach((cell, place) => {
    if (cell.type !== "radio") cell.value = texts[place];
    else for (const radio of rowOf(cell).querySelectorAll("td input[type=radio]")) radio.checked = radio.value === texts[place];
  });
}

// A link to a row leads to the field in it; the row, where there is one.
function lead(target) {
  const row = rowOf(target);
  if (!row) return null;
  here(row);
  if (target.closest("details")) target.closest("details").open = true;
  (target === row ? sheet.cellsOf(row)[0] : target).focus();
  return row;
}

// What one key or one paste does to whole rows, each to be taken back

const undos = [];
const takenBack = new Set();
const fieldsOf = (row, state) => [...row.querySelectorAll("input:not([type=hidden])")].map((field) => [field, ...state(field)]);
const pasted = document.getElementById("pasted");
let isActing = false;

const commandOf = (row, text) => Object.hasOwn(COMMANDS, text) && row.querySelector(COMMANDS[text]);

// What a command does to a row, in words.
function describe(row, text) {
  const choice = commandOf(row, text);
  const name = choice.parentElement.textContent.trim();
  if (choice.type === "checkbox") return `${row.dataset.code} ${choice.checked ? "bỏ “Không phát sinh”" : "không phát sinh (0)"}`;
  if (choice.type === "radio") return `${row.dataset.code} là ${name}`;
  const [cell] = sheet.cellsOf(row);
  const figures = figuresOf(choice).join(" / ");
  return `${row.dataset.code} không đổi so với kỳ trước (${cell.type === "radio" ? { 1: "Có", 0: "Không" }[figures] : figures})`;
}

function press(row, text) {
  const choice = commandOf(row, text);
  if (choice.matches("button")) return fill(sheet.cellsOf(row), figuresOf(choice));
  choice.click();
  if (choice.type === "radio") choice.focus();
}

// undone: what is said when it is taken back.
function undoable(these, words, change, undone = `: ${words}`) {
  const step = { undone, rows: these.map((row) => [row, fieldsOf(row, (field) => [field.value, field.checked])]) };
  isActing = true;
  change();
  isActing = false;
  undos.push(step);
  settle(these);
  report(`${words}.`);
}

function settle(these) {
  these.forEach(typed);
  clearTimeout(idle);
  save(these, { isLeft: true });
}

// What is typed into a row now is not to be overwritten by taking back what was there before.
function forget(row) {
  takenBack.delete(row);
  for (const step of undos) step.rows = step.rows.filter(([each]) => each !== row);
  undos.splice(0, Infinity, ...undos.filter((step) => step.rows.length));
  pasted.querySelector("span").hidden = !undos.length;
}

function takeBack() {
  const { undone, rows } = undos.pop();
  for (const [row, fields] of rows) {
    for (const [field, value, checked] of fields) [field.value, field.checked] = [value, checked];
    fasten(row);
    takenBack.add(row);
  }
  settle(rows.map(([row]) => row));
  report(`Đã hoàn tác${undone}.`);
}

function report(words, list = [], isQuestion = false) {
  const [told, items, back, ask] = pasted.querySelectorAll("b, ul, span");
  pasted.hidden = false;
  back.hidden = isQuestion || !undos.length;
  ask.hidden = !isQuestion;
  told.textContent = words;
  pasted.classList.toggle("warn", list.length > 0);
  items.hidden = !list.length;
  items.replaceChildren(...list.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
  announce([words, ...list].join(" "));
}

pasted.querySelector("[data-undo]").addEventListener("click", takeBack);
form.addEventListener("keydown", (event) => {
  if (!event.ctrlKey || event.altKey) return;
  if (event.key === "z" && undos.length && !sheet.isTyped(event.target)) (event.preventDefault(), takeBack());
  if (event.key === "s") (event.preventDefault(), save(all, { halves: true }));
});

// The clipboard

let asked = null; // goes on with the answer to what was asked about a block
form.addEventListener("paste", (event) => {
  const place = sheet.placeOf(event.target);
  const block = place && table(event.clipboardData.getData("text/plain"));
  if (!block || block.length < 2 && (block[0]?.length ?? 0) < 2 && event.target.type === "text") return;
  event.preventDefault();
  lay(block, place, event.target);
});

function lay(block, place, cell, answer = "") {
  const lines = sheet.rows().map((row) => ({ row, code: row.dataset.code, cells: sheet.cellsOf(row) }));
  const { sets, lost, blanks, doubts } = spread(block, lines, place, answer);
  if (doubts.length) {
    asked = (choice) => {
      asked = null;
      cell.focus();
      if (choice) lay(block, place, cell, choice);
      else report("Chưa dán gì.");
    };
    report("Chưa dán gì. Các dòng sau là tiêu đề, số thứ tự cột hay là số liệu?", doubts, true);
    return pasted.querySelector("[data-answer]").focus();
  }
  const touched = [...new Set(sets.map(({ row }) => lines[row].row))];
  for (const { row, text } of sets) {
    const { code, row: { dataset } } = lines[row];
    if (dataset.kind !== "yes_no" && !read(text, dataset)) lost.push(`${code}: “${text}” đã vào ô nhưng không phải là số.`);
  }
  const put = () => {
    for (const { row, column, text } of sets) {
      const nothing = control(lines[row].row, "nothing");
      if (nothing?.checked) {
        nothing.checked = false;
        applyNothing(lines[row].row);
      }
      fill([lines[row].cells[column]], [text]);
    }
  };
  const words = `Đã dán ${sets.length} ô vào ${touched.length} mục tiêu`;
  if (sets.length) undoable(touched, words, put, ` lần dán: ${sets.length} ô trở lại như trước`);
  report(`${words}.${blanks ? ` ${blanks} ô trống trong vùng dán: giữ nguyên ô cũ.` : ""}`, lost);
}

for (const button of pasted.querySelectorAll("[data-answer]")) button.addEventListener("click", () => asked?.(button.dataset.answer));
pasted.addEventListener("keydown", ({ key }) => key === "Escape" && asked?.(""));

// The buttons: everything that is typed goes first, and stays if it cannot

let isReady = false;
form.addEventListener("submit", async (event) => {
  if (isReady) return;
  event.preventDefault();
  const button = event.submitter;
  for (const row of all) for (const cell of sheet.cellsOf(row)) show(cell);
  // Half of a stored figure takes the figure away first, and is then told what it lacks.
  if (all.some(isEmptied)) (save(all, { isLeft: true }), await saves.flush());
  save(all, { halves: true });
  const sent = await saves.flush();
  const left = all.find(isOpen);
  if (left) {
    here(left);
    (left.querySelector("[aria-invalid=true]") ?? sheet.messageOf(left)?.querySelector("input") ?? sheet.cellsOf(left)[0])?.focus();
    announce(`${left.dataset.code}: ${left.querySelector("[data-part=state]").innerText}`);
  } else if (sent && button?.value === "submit") {
    isReady = true;
    // Not from within the event of the first submission: browsers ignore that.
    setTimeout(() => form.requestSubmit(button));
  } else if (sent) {
    announce("Đã lưu. Phiếu chưa gửi.");
  }
});
document.addEventListener("visibilitychange", () => document.hidden && save(all));
addEventListener("beforeunload", (event) => !isKept && all.some(isOpen) && event.preventDefault());
hear(async ({ form: other, code, html }) => {
  await released;
  const row = other === key && rows.get(code);
  if (!row || isOpen(row)) return;
  forget(row);
  stands(row, html);
});

// One target at a time where the page is narrow

const steps = form.querySelectorAll("[data-step]");
const narrow = matchMedia("(max-width: 48em)");
function here(row) {
  for (const each of form.querySelectorAll(".here")) each.classList.remove("here");
  for (const part of [row, sheet.messageOf(row), row.closest("tbody").querySelector("tr.section-row")]) part?.classList.add("here");
  const place = all.indexOf(row);
  form.querySelector("[data-place]").textContent = `${place + 1}/${all.length}`;
  for (const button of steps) button.disabled = !all[place + Number(button.dataset.step)];
}
for (const button of steps) {
  button.addEventListener("click", () => {
    const place = all.findIndex((row) => row.classList.contains("here"));
    save([all[place]], { isLeft: true });
    here(all[place + Number(button.dataset.step)]);
    form.scrollIntoView();
  });
}
form.addEventListener("focusin", (event) => {
  const row = rowOf(event.target);
  if (row && !row.classList.contains("here")) here(row);
  // Leaving a row saves it.
  if (last && last !== row) save([last], { isLeft: true });
  last = row;
});

// Opening

for (const row of all) fasten(row);
const drafts = kept(key);
const returned = all.filter((row) => drafts[row.dataset.code] && bringBack(row, drafts[row.dataset.code]));
if (returned.length) {
  announce(`${returned.length} mục tiêu gõ dở lần trước đã có lại trên trang.`);
  save(returned);
}
const isEmpty = (cell) => !cell.value;
const first = all.find((row) => row.classList.contains("is-returned") || sheet.cellsOf(row).some(isEmpty)) ?? all[0];
if (first) here(first);
const errors = document.getElementById("errors");
if (!lead(document.querySelector(":target") ?? form)) {
  if (errors) errors.focus();
  else if (narrow.matches) form.scrollIntoView();
  else if (first) (sheet.cellsOf(first).find(isEmpty) ?? sheet.cellsOf(first)[0]).focus();
}
