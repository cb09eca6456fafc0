// The entry form: shares as one types, each cell saved by itself, the keyboard and the clipboard of a sheet, one target at a
// time on a phone. Without script it is the same form with a button; the server reads everything again.
import { saver } from "./autosave.js";
import { drop, hear, keep, kept, tell } from "./drafts.js";
import { grid } from "./grid.js";
import { read, share, written } from "./numbers.js";
import { answer as yesOrNo, spread, table } from "./paste.js";

const IDLE = 3000;
const form = document.getElementById("entry");

function start() {
  const key = form.dataset.draft;
  const rows = new Map([...form.querySelectorAll("tr[data-code]")].map((row) => [row.dataset.code, row]));
  const sheet = grid(form);
  const states = document.getElementById("saves").content;
  const token = form.elements.csrfmiddlewaretoken;
  let isKept = true;

  // One row: its controls, what stands in them, whether that is saved

  const control = (row, name) => form.elements[`${name}-${row.dataset.code}`];
  const messageOf = (row) => form.querySelector(`tr.msg[data-for="${CSS.escape(row.dataset.code)}"]`);
  const controlsOf = (row) => [row, messageOf(row)].flatMap((part) => [...(part?.querySelectorAll("input, textarea") ?? [])]);
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

  // All of it there or all of it gone: what is half typed waits.
  function isWhole(row) {
    if (control(row, "nothing")?.checked) return true;
    const texts = sheet.cellsOf(row).filter((cell) => cell.type === "text");
    return texts.every((cell) => cell.value.trim()) || texts.every((cell) => !cell.value.trim());
  }

  const isOpen = (row) => isChanged(row) || "unsaved" in row.dataset;

  function setState(row, name) {
    row.querySelector("[data-part=state]").replaceChildren(states.querySelector(`[data-save=${name}]`).cloneNode(true));
  }

  // A part of a ratio as it is read; null for what is no number or has two readings.
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

  // *Không phát sinh* fills in 0 and 0; taken back, what stood there before is there again.
  function applyNothing(row) {
    const nothing = control(row, "nothing");
    for (const input of sheet.cellsOf(row).filter((cell) => cell.type === "text")) {
      if (nothing?.checked && !input.readOnly) {
        input.dataset.before = input.value;
        input.value = "0";
      } else if (!nothing?.checked && input.readOnly) {
        input.value = input.dataset.before ?? "";
      }
      input.readOnly = Boolean(nothing?.checked);
    }
  }

  // Kept on this machine from the first key; dropped once the server has it, or nothing is changed any more

  function remember(row) {
    if (isOpen(row)) {
      const values = Object.fromEntries(pairs(row).filter(([name]) => !name.startsWith("seen-")));
      isKept = keep(key, row.dataset.code, { seen: control(row, "seen").value, values });
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
    if (control(row, "nothing")?.checked) for (const input of sheet.cellsOf(row)) input.readOnly = true;
    // Saved meanwhile by somebody else: with what was seen then, the server shows both.
    control(row, "seen").value = draft.seen;
    if (control(row, "note").value) row.querySelector("details").open = true;
    return isChanged(row);
  }

  // What the server answers

  function answered(code, { html, saved, words }, unchanged, at) {
    const row = rows.get(code);
    const made = document.createElement("template");
    made.innerHTML = `<table><tbody>${html}</tbody></table>`;
    const fresh = made.content.querySelector("tr[data-code]");
    control(row, "seen").value = fresh.querySelector(`[name="seen-${CSS.escape(code)}"]`).value;
    if (unchanged) {
      apply(row, fresh, made.content.querySelector("tr.msg"));
      remember(row);
      if (saved) tell({ form: key, code, html });
    } else if (saved) {
      remember(row);
    }
    announce(words || `${code} đã lưu lúc ${at}.`);
  }

  function apply(row, fresh, message) {
    const old = messageOf(row);
    const hadFocus = old?.contains(document.activeElement);
    for (const part of fresh.querySelectorAll("[data-part]")) {
      row.querySelector(`[data-part="${part.dataset.part}"]`).replaceChildren(...part.childNodes);
    }
    for (const field of fresh.querySelectorAll("input:not([type=hidden]), textarea")) copy(row, field);
    for (const name of ["unsaved", "usual"]) {
      if (name in fresh.dataset) row.dataset[name] = fresh.dataset[name];
      else delete row.dataset[name];
    }
    const isHere = row.classList.contains("here");
    row.className = fresh.className;
    row.classList.toggle("here", isHere);
    old?.remove();
    if (message) row.after(message);
    message?.classList.toggle("here", isHere);
    if (message && "needsWords" in message.dataset) row.querySelector("details").open = true;
    showShare(row);
    if (hadFocus) sheet.go(sheet.rows().indexOf(row), 0);
  }

  // A field as the server shows it. In the one that has the focus the text stays as it was typed until one leaves it.
  function copy(row, fresh) {
    const field = [...row.querySelectorAll("input, textarea")].find(
      (each) => each.name === fresh.name && (!isChoice(each) || each.value === fresh.value),
    );
    if (!field) return;
    for (const name of ["aria-invalid", "aria-describedby"]) {
      if (fresh.hasAttribute(name)) field.setAttribute(name, fresh.getAttribute(name));
      else field.removeAttribute(name);
    }
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
    const open = [...rows.values()].filter(isOpen).length;
    const words = {
      offline: `Mất kết nối. ${open} mục tiêu vừa gõ được giữ trên máy này, chưa lưu lên hệ thống. Giữ trang mở; hệ thống tự lưu khi có mạng.`,
      down: `Hệ thống tạm thời không ghi được số liệu. ${open} mục tiêu vừa gõ được giữ trên máy này và tự gửi lại.`,
      busy: "Có người đang lưu phiếu này cùng lúc. Số vừa gõ được giữ trên máy này và tự gửi lại.",
      ended: "Phiên làm việc đã hết. Các số đã gõ được giữ trên máy này.",
      locked: `${text} Các số vừa gõ chưa lưu; chúng còn trên trang và trên máy này.`,
      other: `Trình duyệt này vừa đăng nhập bằng tài khoản của ${text}. Số vừa gõ không được lưu vào tài khoản đó. Ghi lại các số, rồi đăng nhập bằng tài khoản của mình.`,
      broken: `Chưa lưu được (lỗi ${text}). Các số vừa gõ được giữ trên máy này; tải lại trang để gửi tiếp.`,
    };
    if (!kind && note.hidden) return;
    note.hidden = !kind;
    if (!kind) return announce("Đã có kết nối, các số đã lưu.");
    const said = words[kind];
    note.classList.toggle("err", ["locked", "other", "broken"].includes(kind));
    note.querySelector("span").hidden = kind !== "ended";
    if (link) note.querySelector("a").href = link;
    if (note.querySelector("b").textContent === said && note.dataset.kind === kind) return;
    note.dataset.kind = kind;
    note.querySelector("b").textContent = said;
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

  const saves = saver({
    url: form.dataset.cells,
    who: form.dataset.who,
    token,
    collect: (code) => pairs(rows.get(code)),
    state: (code, name) => setState(rows.get(code), name),
    answered,
    progress,
    trouble,
    renew,
  });

  // Typing

  let idle = 0;
  function typed(row) {
    showShare(row);
    remember(row);
    if (isOpen(row)) setState(row, "typing");
    clearTimeout(idle);
    idle = setTimeout(() => save([row]), IDLE);
  }

  function save(these, { halves = false } = {}) {
    const codes = these.filter((row) => isOpen(row) && (halves || isWhole(row))).map((row) => row.dataset.code);
    if (codes.length) saves.queue(codes);
  }

  const rowOf = (element) => rows.get(element.closest?.("tr[data-code]")?.dataset.code ?? element.closest?.("tr.msg")?.dataset.for);

  form.addEventListener("input", (event) => {
    const row = rowOf(event.target);
    if (!row) return;
    undo = event.isTrusted ? null : undo;
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
      fill(sheet.cellsOf(row).length > 1 ? [control(row, "numerator"), control(row, "denominator")] : [sheet.cellsOf(row)[0]], [
        ...(sheet.cellsOf(row).length > 1 ? [repeat.dataset.numerator, repeat.dataset.denominator] : [repeat.dataset.value]),
      ]);
      typed(row);
      save([row]);
      sheet.go(sheet.rows().indexOf(row), 0);
    }
    const link = event.target.closest("a[href^='#']");
    const target = link && document.getElementById(link.getAttribute("href").slice(1));
    if (target) lead(event, target);
  });

  function fill(cells, texts) {
    cells.forEach((cell, place) => {
      if (cell.type !== "radio") cell.value = texts[place];
      else for (const radio of rowOf(cell).querySelectorAll("td input[type=radio]")) radio.checked = radio.value === texts[place];
    });
  }

  // A link to a row leads to the field in it.
  function lead(event, target) {
    const row = rowOf(target);
    if (!row) return;
    event.preventDefault();
    here(row);
    if (target.closest("details")) target.closest("details").open = true;
    if (target.matches("tr")) sheet.go(sheet.rows().indexOf(row), 0);
    else target.focus();
  }

  // The clipboard

  let undo = null;
  const pasted = document.getElementById("pasted");

  form.addEventListener("paste", (event) => {
    const place = sheet.placeOf(event.target);
    const block = place && table(event.clipboardData.getData("text/plain"));
    if (!block || block.length < 2 && (block[0]?.length ?? 0) < 2 && event.target.type === "text") return;
    event.preventDefault();
    const lines = sheet.rows().map((row) => ({
      row,
      code: row.dataset.code,
      cells: sheet.cellsOf(row).map((cell) => ({ cell, kind: cell.type === "radio" ? "choice" : "number" })),
    }));
    const { sets, lost, blanks } = spread(block, lines, place.row, place.column);
    undo = sets.map(({ row, column, text }) => {
      const { cell } = lines[row].cells[column];
      const was = cell.type === "radio" ? (lines[row].row.querySelector("td input[type=radio]:checked")?.value ?? "") : cell.value;
      return { row: lines[row].row, cell, was, text };
    });
    const unread = [];
    for (const { row, cell, text } of undo) {
      if (control(row, "nothing")?.checked) {
        control(row, "nothing").checked = false;
        applyNothing(row);
      }
      fill([cell], [text]);
      if (cell.type === "text" && !read(text, row.dataset)) unread.push(`${row.dataset.code}: “${text}” đã vào ô nhưng không phải là số.`);
    }
    settle(undo);
    const targets = new Set(undo.map(({ row }) => row)).size;
    report(`Đã dán ${sets.length} ô vào ${targets} mục tiêu.${blanks ? ` ${blanks} ô trống trong vùng dán: giữ nguyên ô cũ.` : ""}`, [...lost, ...unread]);
  });

  function settle(cells) {
    const touched = [...new Set(cells.map(({ row }) => row))];
    touched.forEach(typed);
    clearTimeout(idle);
    save(touched);
  }

  function takeBack() {
    if (!undo) return;
    const cells = undo;
    undo = null;
    for (const { cell, was } of cells) fill([cell], [was]);
    settle(cells);
    report(`Đã hoàn tác lần dán: ${cells.length} ô trở lại như trước.`, []);
    pasted.querySelector("span").hidden = true;
  }

  function report(words, list) {
    pasted.hidden = false;
    pasted.querySelector("span").hidden = false;
    pasted.querySelector("b").textContent = words;
    pasted.classList.toggle("warn", list.length > 0);
    const items = list.map((text) => Object.assign(document.createElement("li"), { textContent: text }));
    pasted.querySelector("ul").hidden = !items.length;
    pasted.querySelector("ul").replaceChildren(...items);
    announce([words, ...list].join(" "));
  }

  pasted.querySelector("[data-undo]").addEventListener("click", takeBack);
  form.addEventListener("keydown", (event) => {
    if (!event.ctrlKey || event.altKey) return;
    if (event.key === "z" && undo) (event.preventDefault(), takeBack());
    if (event.key === "s") (event.preventDefault(), save([...rows.values()], { halves: true }));
  });

  // The buttons: everything that is typed goes first, and stays if it cannot

  let isReady = false;
  form.addEventListener("submit", async (event) => {
    if (isReady) return;
    event.preventDefault();
    const button = event.submitter;
    for (const row of rows.values()) for (const cell of sheet.cellsOf(row)) show(cell);
    save([...rows.values()], { halves: true });
    const sent = await saves.flush();
    const left = [...rows.values()].find(isOpen);
    if (left) {
      here(left);
      (left.querySelector("[aria-invalid=true]") ?? messageOf(left)?.querySelector("input") ?? sheet.cellsOf(left)[0])?.focus();
      announce(`${left.dataset.code} chưa lưu.`);
    } else if (sent && button?.value === "submit") {
      isReady = true;
      // Not from within the event of the first submission: browsers ignore that.
      setTimeout(() => form.requestSubmit(button));
    } else if (sent) {
      announce("Đã lưu. Phiếu chưa gửi.");
    }
  });
  addEventListener("pageshow", () => (isReady = false));
  document.addEventListener("visibilitychange", () => document.hidden && save([...rows.values()]));
  addEventListener("beforeunload", (event) => !isKept && [...rows.values()].some(isOpen) && event.preventDefault());
  hear(({ form: other, code, html }) => {
    const row = other === key && rows.get(code);
    if (row && !isOpen(row)) answeredElsewhere(row, html);
  });
  function answeredElsewhere(row, html) {
    const made = document.createElement("template");
    made.innerHTML = `<table><tbody>${html}</tbody></table>`;
    const fresh = made.content.querySelector("tr[data-code]");
    control(row, "seen").value = fresh.querySelector("[name^=seen-]").value;
    apply(row, fresh, made.content.querySelector("tr.msg"));
  }

  // One target at a time where the page is narrow

  const steps = form.querySelector(".steps-bar");
  const narrow = matchMedia("(max-width: 48em)");
  function here(row) {
    const all = [...rows.values()];
    for (const each of form.querySelectorAll(".here")) each.classList.remove("here");
    for (const part of [row, messageOf(row), row.closest("tbody").querySelector("tr.sec")]) part?.classList.add("here");
    const place = all.indexOf(row);
    form.querySelector("[data-place]").textContent = `${place + 1}/${all.length}`;
    for (const button of steps.querySelectorAll("[data-step]")) button.disabled = !all[place + Number(button.dataset.step)];
  }
  steps.hidden = false;
  const fit = () => form.classList.toggle("one", narrow.matches);
  narrow.addEventListener("change", fit);
  fit();
  for (const button of steps.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => {
      const all = [...rows.values()];
      const place = all.findIndex((row) => row.classList.contains("here"));
      save([all[place]]);
      here(all[place + Number(button.dataset.step)]);
      form.scrollIntoView();
    });
  }
  form.addEventListener("focusin", (event) => {
    const row = rowOf(event.target);
    if (row && !row.classList.contains("here")) here(row);
    const last = start.last;
    start.last = row;
    // Leaving a row saves it.
    if (last && last !== row) save([last]);
  });

  // Opening

  for (const hint of form.querySelectorAll(".keys")) hint.hidden = false;
  for (const row of rows.values()) if (control(row, "nothing")?.checked) for (const input of sheet.cellsOf(row)) input.readOnly = true;
  const drafts = Object.entries(kept(key)).filter(([code]) => rows.has(code));
  const back = drafts.map(([code, draft]) => [rows.get(code), bringBack(rows.get(code), draft)]);
  for (const [row, isDifferent] of back) isDifferent ? typed(row) : drop(key, row.dataset.code);
  clearTimeout(idle);
  const returned = back.filter(([, isDifferent]) => isDifferent).map(([row]) => row);
  if (returned.length) {
    announce(`${returned.length} mục tiêu gõ dở lần trước đã có lại trên trang.`);
    save(returned);
  }
  if (!rows.size) return;
  const named = document.querySelector(":target");
  const isEmpty = (cell) => !cell.value;
  const first = [...rows.values()].find((row) => row.classList.contains("is-ret") || sheet.cellsOf(row).some(isEmpty)) ?? rows.values().next().value;
  here((named && rowOf(named)) || first);
  if (named && rowOf(named)) lead(new Event("open"), named);
  else if (document.getElementById("errors")) document.getElementById("errors").focus();
  else if (narrow.matches) form.scrollIntoView();
  else if (first) {
    const empty = sheet.cellsOf(first).findIndex(isEmpty);
    sheet.go(sheet.rows().indexOf(first), Math.max(0, empty));
  }
}

if (form) start();
