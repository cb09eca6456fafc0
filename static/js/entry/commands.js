// What one key or one paste does to whole rows of the entry form, and how it is taken back.
import { cellsOf } from "../lib/grid.js";
import { agrees, read } from "../lib/numbers.js";
import { spread, table } from "../lib/paste.js";
import { addUp, all, applyNothing, control, fasten, fieldsOf, fill, form, rowOf, sure } from "./rows.js";
import { announce } from "./saving.js";

const COMMANDS = { "=": "button.repeat", k: "[type=checkbox], td [value='0']", c: "td [value='1']" };
const pasted = document.getElementById("pasted");

const commandOf = (row, text) => Object.hasOwn(COMMANDS, text) && row.querySelector(COMMANDS[text]);
const figuresOf = ({ dataset: { numerator, denominator, value } }) =>
  denominator ? [numerator, denominator] : [value];

// What a command does to a row, in words.
function describe(row, text) {
  const { code } = row.dataset;
  const choice = commandOf(row, text);
  if (choice.type === "checkbox") return `${code} ${choice.checked ? "bỏ “Không phát sinh”" : "không phát sinh (0)"}`;
  if (choice.type === "radio") return `${code} là ${choice.parentElement.textContent.trim()}`;
  const [cell] = cellsOf(row);
  const figures = figuresOf(choice).join(" / ");
  return `${code} không đổi so với kỳ trước (${cell.type === "radio" ? { 1: "Có", 0: "Không" }[figures] : figures})`;
}

function press(row, text) {
  const choice = commandOf(row, text);
  if (choice.matches("button")) return fill(cellsOf(row), figuresOf(choice));
  choice.click();
  if (choice.type === "radio") choice.focus();
}

// What such a key would do to the row, for the line that offers it; "" where it is no command.
export function offer(row, text) {
  return commandOf(row, text) ? `${describe(row, text)}: Enter để nhận, Esc để bỏ.` : "";
}

// sheet: the grid; saving: what saves its rows.
export function commands(sheet, saving) {
  const undos = []; // steps, each {undone: what is said when it is taken back, rows: [[row, fields]]}
  const takenBack = new Set();
  let isActing = false;

  function report(words, list = [], isQuestion = false) {
    const [line, items, back, ask] = pasted.querySelectorAll("b, ul, span");
    pasted.hidden = false;
    back.hidden = isQuestion || !undos.length;
    ask.hidden = !isQuestion;
    line.textContent = words;
    pasted.classList.toggle("warn", list.length > 0);
    items.hidden = !list.length;
    items.replaceChildren(...list.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
    announce([words, ...list].join(" "));
  }

  function undoable(these, words, change, undone = `: ${words}`) {
    const step = { undone, rows: these.map((row) => [row, fieldsOf(row, (field) => [field.value, field.checked])]) };
    isActing = true;
    change();
    isActing = false;
    undos.push(step);
    saving.settle(these);
    report(`${words}.`);
  }

  // What was typed as a sum stands as its result, and the line under the sheet says what was added.
  function addUpAndTell(cell) {
    const words = addUp(cell);
    if (!words) return;
    saving.typed(rowOf(cell));
    report(`${words}.`);
  }

  const act = (row, text) => undoable([row], describe(row, text), () => press(row, text));

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
    saving.settle(rows.map(([row]) => row));
    report(`Đã hoàn tác${undone}.`);
  }

  // A stored figure went with an emptied cell: that can be taken back too, unless it came of taking back.
  function emptied(row, fields) {
    if (takenBack.delete(row)) return;
    const { code } = row.dataset;
    undos.push({ undone: `: số của ${code} có lại`, rows: [[row, fields]] });
    report(`${code} để trống một ô nên số đã lưu được lấy khỏi phiếu.`);
  }

  pasted.querySelector("[data-undo]").addEventListener("click", takeBack);
  form.addEventListener("click", (event) => {
    const swap = event.target.closest("button.swap");
    if (swap) {
      event.preventDefault();
      const row = rowOf(swap);
      const cells = cellsOf(row);
      const [numerator, denominator] = cells.map((cell) => cell.value);
      undoable([row], `${row.dataset.code} đổi chỗ tử số và mẫu số`, () => fill(cells, [denominator, numerator]));
      cells[0].focus();
      return;
    }
    const repeat = event.target.closest("button.repeat");
    if (!repeat) return;
    event.preventDefault();
    const row = rowOf(repeat);
    act(row, "=");
    cellsOf(row)[0].focus();
  });
  form.addEventListener("keydown", (event) => {
    if (!event.ctrlKey || event.altKey) return;
    if (event.key === "z" && undos.length && !sheet.isTyped(event.target)) {
      event.preventDefault();
      takeBack();
    }
    if (event.key === "s") {
      event.preventDefault();
      addUpAndTell(event.target);
      saving.save(all, { halves: true });
    }
  });

  let answer = null; // goes on with the answer to what was asked about a block

  form.addEventListener("paste", (event) => {
    const place = sheet.placeOf(event.target);
    const block = place && table(event.clipboardData.getData("text/plain"));
    if (!block || (block.length < 2 && (block[0]?.length ?? 0) < 2 && event.target.type === "text")) return;
    event.preventDefault();
    lay(block, place, event.target);
  });

  function lay(block, place, cell, choice = "") {
    const lines = sheet.rows().map((row) => ({ row, code: row.dataset.code, cells: cellsOf(row) }));
    const { sets, shares, lost, blanks, doubts } = spread(block, lines, place, choice);
    if (doubts.length) return askAbout(doubts, cell, (chosen) => lay(block, place, cell, chosen));
    const touched = [...new Set(sets.map(({ row }) => lines[row].row))];
    for (const { row, text } of sets) {
      const { dataset } = lines[row].row;
      const isNumber = dataset.kind === "yes_no" || read(text, dataset);
      if (!isNumber) lost.push(`${lines[row].code}: “${text}” đã vào ô nhưng không phải là số.`);
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
    const words = `Đã dán ${sets.length} ô vào ${touched.length} chỉ tiêu`;
    if (sets.length) undoable(touched, words, put, ` lần dán: ${sets.length} ô trở lại như trước`);
    const empty = blanks ? ` ${blanks} ô trống trong vùng dán: giữ nguyên ô cũ.` : "";
    report(`${words}.${compare(shares, lines, lost)}${empty}`, lost);
  }

  // Percentages beside both parts say nothing new: they are held against the shares that come out. Beside a part that
  // is no number they are numbers without a cell.
  function compare(all, lines, lost) {
    const partsOf = ({ cells }) => cells.map((cell) => sure(cell.value));
    const isShare = ({ row }) => partsOf(lines[row]).every((part) => part !== null);
    const shares = all.filter(isShare);
    for (const { row, line, column, text } of all.filter((each) => !isShare(each))) {
      lost.push(`Dòng ${line}, cột ${column}: “${text}” không có ô ở ${lines[row].code}.`);
    }
    if (!shares.length) return "";
    const unlike = shares.filter(({ row, text }) => !agrees(text, ...partsOf(lines[row])));
    for (const { row, text } of unlike) {
      lost.push(`${lines[row].code}: tỷ lệ “${text}” trong vùng dán khác tỷ lệ tính từ tử số và mẫu số.`);
    }
    const matching = `${shares.length - unlike.length}/${shares.length}`;
    return ` Cột ${shares[0].column} là tỷ lệ, khớp ${matching}.`;
  }

  function askAbout(doubts, cell, go) {
    answer = (choice) => {
      answer = null;
      cell.focus();
      if (choice) go(choice);
      else report("Chưa dán gì.");
    };
    report("Chưa dán gì. Các dòng sau là tiêu đề, số thứ tự cột hay là số liệu?", doubts, true);
    pasted.querySelector("[data-answer]").focus();
  }

  for (const button of pasted.querySelectorAll("[data-answer]")) {
    button.addEventListener("click", () => answer?.(button.dataset.answer));
  }
  pasted.querySelector("[data-close]").addEventListener("click", () => {
    answer?.("");
    pasted.hidden = true;
  });
  pasted.addEventListener("keydown", ({ key }) => key === "Escape" && answer?.(""));

  const hint = (words) => (words ? report(words) : (pasted.hidden = true));
  return { act, hint, addUp: addUpAndTell, emptied, forget, isActing: () => isActing };
}
