// The editor of a report's draft (docs/decisions/0323): figures are chips, a sentence is saved while it is typed, and
// what others change is told. Without this script the same texts stand in text areas, figures in braces.
const PAUSE = 1500;
const ASKED_EVERY = 20000;
const TOKEN = /\{[^{}]*\}|⟨[^⟨⟩]*⟩/;

const form = document.querySelector("form[data-sentences]");
const address = form.dataset.sentences;
const status = form.querySelector("[data-saved]");
const others = form.querySelector("[data-others]");
const lines = new Map();
let isOver = false;

const element = (name, values = {}) => Object.assign(document.createElement(name), values);
const shownOf = (token) => token.slice(1, -1).replace(/ \(\d+\)$/, "");

function chipOf(token) {
  const chip = element("span", { className: "figure-chip", textContent: shownOf(token), draggable: true });
  chip.setAttribute("contenteditable", "false");
  chip.dataset.token = token;
  return chip;
}

// Text with placeholders as text nodes, line breaks and chips; a figure of another sentence is plain words.
function nodesOf(text, tokens) {
  const nodes = [];
  for (const [index, part] of text.split(new RegExp(`(${TOKEN.source})`)).entries()) {
    if (index % 2 && (part.startsWith("⟨") || tokens.includes(part))) nodes.push(chipOf(part));
    else if (index % 2) nodes.push(shownOf(part));
    else for (const [number, line] of part.split("\n").entries()) nodes.push(...(number ? [element("br")] : []), line);
  }
  return nodes;
}

function read(node) {
  let text = "";
  for (const child of node.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) text += child.data.replaceAll("\u200b", "");
    else if (child.dataset?.token) text += child.dataset.token;
    else if (child.nodeName === "BR") text += "\n";
    else text += (["DIV", "P"].includes(child.nodeName) && text ? "\n" : "") + read(child);
  }
  return text;
}

// Where a chip comes last, the caret needs something to stand behind it.
function fill(line, text) {
  const nodes = text ? nodesOf(text, line.tokens) : [];
  line.box.replaceChildren(...nodes, ...(nodes.length ? ["\u200b"] : []));
  showMissing(line);
}

function showMissing(line) {
  const text = read(line.box);
  for (const button of line.tools.querySelectorAll("[data-token]")) button.hidden = text.includes(button.dataset.token);
}

function changed(line) {
  line.area.value = read(line.box).trimEnd();
  if (!line.area.value.trim()) line.box.replaceChildren();
  line.area.dispatchEvent(new Event("input", { bubbles: true }));
  showMissing(line);
  clearTimeout(line.timer);
  line.timer = setTimeout(() => store(line), PAUSE);
}

// What is chosen in a box, chips as wholes; its end where nothing is.
function rangeIn(box) {
  const chosen = getSelection();
  if (chosen.rangeCount && box.contains(chosen.getRangeAt(0).commonAncestorContainer)) {
    const range = chosen.getRangeAt(0).cloneRange();
    const [first, last] = [range.startContainer, range.endContainer].map((node) =>
      (node.closest ? node : node.parentElement).closest("[data-token]"),
    );
    if (first) range.setStartBefore(first);
    if (last) range.setEndAfter(last);
    return range;
  }
  const end = document.createRange();
  end.selectNodeContents(box);
  end.collapse(false);
  return end;
}

function insert(line, text, range = rangeIn(line.box)) {
  range.deleteContents();
  const piece = document.createDocumentFragment();
  piece.append(...nodesOf(text, line.tokens), "\u200b");
  const last = piece.lastChild;
  range.insertNode(piece);
  range.setStartAfter(last);
  range.collapse(true);
  line.box.focus();
  getSelection().removeAllRanges();
  getSelection().addRange(range);
  changed(line);
}

// Puts a mark before the line with the caret, or takes it away.
function mark(line, sign) {
  const before = document.createRange();
  const caret = rangeIn(line.box);
  before.selectNodeContents(line.box);
  before.setEnd(caret.startContainer, caret.startOffset);
  const place = read(before.cloneContents()).split("\n").length - 1;
  const texts = read(line.box).split("\n");
  const plain = texts[place].replace(/^(- |# )/, "");
  texts[place] = texts[place].startsWith(sign) ? plain : sign + plain;
  fill(line, texts.join("\n"));
  line.box.focus();
  getSelection().selectAllChildren(line.box);
  getSelection().collapseToEnd();
  changed(line);
}

function toolOf(label, act, token) {
  const button = element("button", { type: "button", className: "btn quiet", textContent: label });
  if (token) button.dataset.token = token;
  button.addEventListener("click", act);
  return button;
}

function caretAt({ clientX: x, clientY: y }) {
  if (document.caretRangeFromPoint) return document.caretRangeFromPoint(x, y);
  const place = document.caretPositionFromPoint?.(x, y);
  if (!place) return null;
  const range = document.createRange();
  range.setStart(place.offsetNode, place.offset);
  return range;
}

let dragged = null;
function listen(line) {
  const { box } = line;
  box.addEventListener("input", () => changed(line));
  box.addEventListener("blur", () => store(line));
  box.addEventListener("beforeinput", (event) => {
    if (event.inputType.startsWith("format")) event.preventDefault();
    if (event.inputType !== "insertParagraph") return;
    event.preventDefault();
    if (!line.isOneLine) document.execCommand("insertLineBreak");
  });
  for (const happened of ["copy", "cut"]) {
    box.addEventListener(happened, (event) => {
      event.preventDefault();
      event.clipboardData.setData("text/plain", read(rangeIn(box).cloneContents()));
      if (happened !== "cut") return;
      rangeIn(box).deleteContents();
      changed(line);
    });
  }
  box.addEventListener("paste", (event) => {
    event.preventDefault();
    const text = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n");
    insert(line, line.isOneLine ? text.replaceAll("\n", " ") : text);
  });
  box.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-token]");
    if (dragged) event.dataTransfer.setData("text/plain", dragged.dataset.token);
  });
  box.addEventListener("dragover", (event) => dragged && box.contains(dragged) && event.preventDefault());
  box.addEventListener("drop", (event) => {
    const range = caretAt(event);
    event.preventDefault();
    if (!dragged || !box.contains(dragged) || !range || !box.contains(range.startContainer)) return;
    if (dragged.contains(range.startContainer)) return;
    const { token } = dragged.dataset;
    dragged.remove();
    dragged = null;
    insert(line, token, range);
  });
}

function build(place) {
  const area = place.querySelector("textarea");
  const seen = place.querySelector("input[type=hidden]");
  const error = place.querySelector(".err");
  const box = element("div", { className: "sentence-box" });
  const tools = element("div", { className: "sentence-tools" });
  const told = element("div", { className: "text-small sentence-told", hidden: true });
  const tokens = place.dataset.tokens ? place.dataset.tokens.split("|") : [];
  const line = { area, seen, error, box, tools, told, tokens, isOneLine: "oneLine" in place.dataset };
  box.setAttribute("contenteditable", "true");
  box.setAttribute("role", "textbox");
  box.setAttribute("aria-multiline", String(!line.isOneLine));
  box.setAttribute("aria-label", place.querySelector("label").textContent.trim());
  box.setAttribute("aria-describedby", error.id);
  if (area.placeholder) box.dataset.hint = area.placeholder;
  const marks = [toolOf("Gạch đầu dòng", () => mark(line, "- ")), toolOf("Tiêu đề", () => mark(line, "# "))];
  if (!line.isOneLine) tools.append(...marks);
  for (const token of tokens) tools.append(toolOf(`Chèn ${shownOf(token)}`, () => insert(line, token), token));
  area.classList.add("visually-hidden");
  area.tabIndex = -1;
  area.after(box, tools, told);
  area.addEventListener("focus", () => box.focus());
  area.addEventListener("written", () => fill(line, area.value));
  lines.set(area.name, line);
  showError(line, error.textContent.trim());
  fill(line, area.value);
  listen(line);
}

function showError(line, text) {
  line.error.textContent = text;
  line.error.hidden = !text;
  if (text) line.box.setAttribute("aria-invalid", "true");
  else line.box.removeAttribute("aria-invalid");
}

// One after another: each needs the checksum that the one before left.
let queue = Promise.resolve();
function store(line) {
  clearTimeout(line.timer);
  queue = queue.then(() => send(line));
}

async function send(line) {
  const { area, seen } = line;
  const text = area.value;
  if (isOver || text === area.defaultValue || line.isContested) return;
  const body = new FormData();
  for (const name of ["csrfmiddlewaretoken", "revision"]) body.append(name, form.elements[name].value);
  body.append(area.name, text);
  body.append(seen.name, seen.value);
  status.textContent = "Đang lưu";
  try {
    const answer = await fetch(address, { method: "POST", body });
    if (answer.redirected) throw new Error("signed out");
    if (answer.status === 404) return end();
    const told = await answer.json();
    if (told.refusal) return end(told.refusal);
    const problem = Object.values(told.errors ?? {})[0] ?? "";
    showError(line, problem);
    status.textContent = problem || !answer.ok ? "Chưa lưu: xem chỗ được đánh dấu" : "Đã lưu";
    if (problem) return;
    if (answer.ok) {
      // One's own: what was typed on meanwhile goes the next time.
      seen.value = told.changes.find((change) => change.name === area.name)?.seen ?? seen.value;
      told.changes = told.changes.filter((change) => change.name !== area.name);
      area.defaultValue = text;
      area.dispatchEvent(new Event("saved", { bubbles: true }));
    }
    take(told);
  } catch {
    status.textContent = "Chưa gửi được, chữ đã gõ được giữ trên máy này";
  }
}

function end(words = "Dự thảo này đã được phát hành hoặc đã bỏ.") {
  isOver = true;
  tell(words, "Xem báo cáo", "../");
}

function tell(words, label, href) {
  others.replaceChildren(`${words} `, element("a", { href, textContent: label, className: "inherit" }));
  others.hidden = false;
}

// What was stored since: into the sentences that are untouched here, beside those that are not.
function take({ revision, snapshot, changes }) {
  if (revision !== undefined) form.elements.revision.value = revision;
  if (snapshot && snapshot !== form.dataset.snapshot)
    tell("Số liệu của dự thảo đã được lấy lại.", "Tải lại trang để thấy số mới", location.pathname);
  for (const { name, text, seen, who } of changes ?? []) {
    const line = lines.get(name);
    if (!line) continue;
    const { area } = line;
    const isUntouched = area.value === area.defaultValue;
    if (seen === line.seen.value) continue;
    if (isUntouched && document.activeElement !== line.box) {
      area.value = area.defaultValue = text;
      fill(line, text);
    }
    if (area.value.trim() === text.trim() || isUntouched) {
      line.seen.value = seen;
      if (document.activeElement !== line.box) sayWho(line, `${who} sửa.`);
    } else contest(line, text, seen, who);
  }
}

function sayWho(line, words, ...buttons) {
  line.told.replaceChildren(words, ...buttons);
  line.told.hidden = false;
}

function contest(line, text, seen, who) {
  const settle = (isMine) => {
    line.isContested = false;
    line.told.hidden = true;
    line.seen.value = seen;
    if (isMine) return store(line);
    line.area.value = line.area.defaultValue = text;
    line.area.dispatchEvent(new Event("saved", { bubbles: true }));
    fill(line, text);
  };
  line.isContested = true;
  const mine = toolOf("Giữ lời của tôi", () => settle(true));
  const theirs = toolOf("Lấy lời này", () => settle(false));
  const words = text.replace(new RegExp(TOKEN, "g"), shownOf) || "(để trống)";
  sayWho(line, `${who} cũng sửa câu này: “${words}” `, theirs, mine);
}

async function ask() {
  if (!document.hidden && !isOver) {
    try {
      const answer = await fetch(`${address}?tu=${form.elements.revision.value}`);
      if (answer.status === 404) end();
      else if (answer.ok && !answer.redirected) take(await answer.json());
    } catch {
      // No line: the next question may be heard.
    }
  }
  if (!isOver) setTimeout(ask, ASKED_EVERY);
}

for (const place of form.querySelectorAll(".sentence")) build(place);
setTimeout(ask, ASKED_EVERY);
