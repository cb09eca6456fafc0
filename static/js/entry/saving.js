// Saves the rows of the entry form: kept on this machine from the first key, sent a moment later, and what the server
// answers.
import { saver } from "../lib/autosave.js";
import { publish, remove, save as saveDraft } from "../lib/drafts.js";
import { store } from "./offline.js";
import * as rows from "./rows.js";

const IDLE = 3000;
const LONGEST_PRESS = 3000;
const { all, control, form, isChanged, isEmptied, isOpen, isWhole, rowOfCode } = rows;
const key = form.dataset.draft;

// What is said aloud; one politeness for what comes together.
const live = document.getElementById("announce");
const sentences = [];
export function announce(words) {
  sentences.push(words);
  clearTimeout(announce.timer);
  announce.timer = setTimeout(() => (live.textContent = sentences.splice(0).slice(-6).join(" ")), 400);
}

// Nothing moves while the pointer is held down: a button that jumps aside between press and release is not clicked.
let released = null;
let release = () => {};
addEventListener("pointerdown", () => {
  released = new Promise((done) => (release = done));
  setTimeout(release, LONGEST_PRESS);
});
for (const name of ["pointerup", "pointercancel"]) addEventListener(name, () => setTimeout(release));

export function drawProgress(html) {
  form.querySelector("[data-part=progress]").innerHTML = html;
  // What remains to be done is the button that stands out.
  const isDone = Boolean(form.querySelector("[data-done]"));
  for (const button of form.querySelectorAll(".ends button")) {
    button.classList.toggle("primary", isDone === (button.value === "submit"));
  }
}

function showProgress(html, at) {
  drawProgress(html);
  store("", html);
  form.querySelector("[data-saved-at]").textContent = `Đã lưu lúc ${at}`;
}

const note = document.getElementById("connection");
export function showTrouble(kind, text = "", link = "") {
  const count = all.filter(isOpen).length;
  const held = `${count} chỉ tiêu vừa gõ được giữ trên máy này`;
  const cause = navigator.onLine ? "Máy chủ không trả lời" : "Không có mạng";
  const owed = count ? ` ${count} chỉ tiêu chờ gửi; hệ thống tự gửi khi có mạng.` : "";
  const words = {
    offline: `${cause}: số liệu đang nhập được giữ trên máy này.${owed}`,
    down: `Máy chủ báo lỗi ${text}, chưa rõ các số vừa gửi đã lưu chưa. ${held} và tự gửi lại.`,
    busy: `Có người đang lưu phiếu này cùng lúc. ${held} và tự gửi lại.`,
    ended: `Phiên làm việc đã hết. ${held}.`,
    locked: `${text} ${held}.`,
    other:
      `Trình duyệt này vừa đăng nhập bằng tài khoản của ${text}. Số vừa gõ không được lưu vào tài khoản đó. ` +
      "Ghi lại các số, rồi đăng nhập bằng tài khoản của mình.",
  };
  if (!kind && note.hidden) return;
  note.hidden = !kind;
  if (!kind) return announce("Đã có kết nối, các số đã lưu.");
  note.classList.toggle("err", ["locked", "other"].includes(kind));
  note.querySelector("span").hidden = kind !== "ended";
  if (link) note.querySelector("a").href = link;
  const shown = note.querySelector("b");
  if (shown.textContent === words[kind]) return;
  shown.textContent = words[kind];
  announce(words[kind]);
}

// A new token after a login in another window, as long as it is the same person.
async function renew() {
  try {
    const page = new DOMParser().parseFromString(await (await fetch(location.pathname)).text(), "text/html");
    const fresh = page.getElementById("entry");
    if (fresh?.dataset.who !== form.dataset.who) return false;
    form.elements.csrfmiddlewaretoken.value = fresh.elements.csrfmiddlewaretoken.value;
    return true;
  } catch {
    return false;
  }
}

// isOffered(row): what is typed there is a command, no figure. onEmptied(row, fields): its stored figure was taken
// away by emptying a cell; fields, as they stood. onMerged(row): the server's row and what was typed since stand side
// by side.
export function saving({ isOffered, onEmptied, onMerged }) {
  let isKept = true;
  let idle = 0;

  const saves = saver({
    url: form.dataset.cells,
    who: form.dataset.who,
    token: form.elements.csrfmiddlewaretoken,
    collect: rows.collect,
    state: (code, name) => rows.setState(rowOfCode(code), name),
    remember: (code) => remember(rowOfCode(code)),
    answered,
    progress: showProgress,
    trouble: showTrouble,
    renew,
    calm: () => released,
  });

  // Kept on this machine; removed once the server has it, or nothing is changed any more.
  function remember(row) {
    if (isOffered(row)) return;
    const { code } = row.dataset;
    if (isOpen(row)) {
      const values = Object.fromEntries(rows.pairs(row).filter(([name]) => !name.startsWith("seen-")));
      isKept = saveDraft(key, code, { seen: control(row, "seen").value, values, tried: saves.tried(code) });
    } else {
      remove(key, code);
    }
  }

  // Whether anything of the draft is still unsaved.
  function bringBack(row, draft) {
    rows.writeDraft(row, draft.values);
    // Saved meanwhile by somebody else: with what was seen then, the server shows both.
    if (isChanged(row)) {
      control(row, "seen").value = draft.seen;
      saves.recall(row.dataset.code, draft.tried);
    }
    typed(row);
    return isChanged(row);
  }

  function answered(code, { html, saved, words }, unchanged, at) {
    const row = rowOfCode(code);
    const isGone = unchanged && saved && isEmptied(row);
    const fields = rows.fieldsOf(row, (field) => [field.defaultValue, field.defaultChecked]);
    if (unchanged && !isGone) {
      rows.replace(row, html);
    } else {
      rows.merge(row, html);
      typed(row);
      onMerged(row);
    }
    if (saved) {
      publish({ form: key, code, html });
      store(code, html);
    }
    if (unchanged || saved) remember(row);
    if (isGone) onEmptied(row, fields);
    announce(words || `${code} đã lưu lúc ${at}.`);
  }

  function typed(row) {
    rows.showShare(row);
    remember(row);
    rows.setState(row, isOpen(row) && "typing");
    clearTimeout(idle);
    idle = setTimeout(() => save([row]), IDLE);
  }

  // halves: half figures go too, to be told what they lack; isLeft: a stored figure with an emptied cell goes.
  function save(these, { halves = false, isLeft = false } = {}) {
    const isComplete = (row) => isWhole(row) || halves || (isLeft && isEmptied(row));
    const isDue = (row) => isOpen(row) && !isOffered(row) && !rows.isAdding(row) && isComplete(row);
    const codes = these.filter(isDue).map((row) => row.dataset.code);
    if (codes.length) saves.queue(codes);
  }

  // Saves rows at once that a command changed.
  function settle(these) {
    these.forEach(typed);
    clearTimeout(idle);
    save(these, { isLeft: true });
  }

  document.addEventListener("visibilitychange", () => document.hidden && save(all));
  addEventListener("beforeunload", (event) => !isKept && all.some(isOpen) && event.preventDefault());
  return { typed, save, settle, bringBack, flush: saves.flush, calm: () => released };
}
