const LEAVING = /^(Enter|Tab|Arrow)/; // the keys that leave a cell

// The cells of a row, from left to right.
export function cellsOf(row) {
  const texts = [...row.querySelectorAll("td input[type=text]")];
  const radio = row.querySelector("td input[type=radio]:checked") || row.querySelector("td input[type=radio]");
  return radio ? [radio] : texts;
}

// What is said about a row stands right under it.
export function messageOf(row) {
  return row.nextElementSibling?.matches(".message") ? row.nextElementSibling : null;
}

// The row that an element belongs to, also from the message under it.
export function lineOf(element) {
  const line = element.closest?.("tr");
  return line?.matches(".message") ? line.previousElementSibling : line;
}

// The keyboard of a sheet: Enter and Shift+Enter, Tab, arrows, F2, Escape. A cell is a text field or a group of
// radios; the row's other controls (choices, note) stand to the left of its first cell.
//
// A letter is a command only where it is all that was typed over an untouched cell: it is offered first and acts with
// the key that leaves the cell. offer(row, text): what it would do, or "" where it is none; hint(words) shows that,
// "" hides it; act(row, text) does it.
export function grid(form, { offer, hint, act }) {
  let anchor = 0; // the column to which Enter returns after Tab, as in Excel
  let editing = false; // F2 or a second click: arrows move the caret
  let before = ""; // what Escape brings back
  let latest = ""; // what stood in the cell before the last key
  let typed = ""; // letters over a cell that takes none: radios, or locked by *không phát sinh*
  let command = null; // {row, text} on offer

  const rows = () => [...form.querySelectorAll("tr[data-code]")].filter((row) => cellsOf(row).length);

  function placeOf(element) {
    const row = element.closest?.("tr[data-code]");
    if (!row || !element.closest("td")) return null;
    const cells = cellsOf(row);
    const column = element.type === "radio" ? 0 : cells.indexOf(element);
    return column < 0 ? null : { row: rows().indexOf(row), column };
  }

  function go(row, column, isTab = false) {
    const all = rows();
    if (!all[row]) return false;
    const cells = cellsOf(all[row]);
    const cell = cells[Math.max(0, Math.min(column, cells.length - 1))];
    if (!isTab) anchor = column;
    cell.focus();
    return true;
  }

  const choicesOf = (row) =>
    [...row.querySelectorAll("th input[type=checkbox], th button, th summary, th a")].filter(
      (each) => each.offsetParent,
    );

  function fromCell(event, place) {
    const { row, column } = place;
    const input = event.target;
    const line = input.closest("tr");
    const width = cellsOf(line).length;
    const takesText = input.type === "text" && !input.readOnly;
    const isFixed = editing || input.type === "radio";
    if (!takesText && (event.key.length === 1 || event.key === "Backspace") && (typed || event.key !== " ")) {
      typed = event.key.length === 1 ? typed + event.key.toLowerCase() : typed.slice(0, -1);
      propose(line, typed);
      return true;
    }
    if (LEAVING.test(event.key) && !(editing && event.key.startsWith("Arrow"))) {
      if (command) accept(input);
      else if (typed) {
        hint(`“${typed}” không phải là lệnh nên chưa chọn gì.`);
        typed = "";
        return true;
      }
    }
    const moves = {
      Enter: () => (
        event.shiftKey ? go(row - 1, anchor) : go(row + 1, anchor) || form.querySelector("[value=submit]").focus(),
        true
      ),
      ArrowDown: () => (editing ? null : (go(row + 1, column), true)),
      ArrowUp: () => (editing ? null : (go(row - 1, column), true)),
      ArrowRight: () => (isFixed ? null : (column + 1 < width && go(row, column + 1), true)),
      ArrowLeft: () => (isFixed ? null : (column ? go(row, column - 1) : choicesOf(line)[0]?.focus(), true)),
      Tab: () => {
        if (event.shiftKey) return column ? go(row, column - 1, true) : row > 0 && go(row - 1, 1, true);
        if (column + 1 < width) return go(row, column + 1, true);
        return !messageOf(line)?.querySelector("input, a[href], textarea, button") && go(row + 1, 0, true);
      },
      F2: () => {
        if (input.type !== "text") return null;
        editing = !editing;
        if (editing) input.setSelectionRange(input.value.length, input.value.length);
        else input.select();
        return true;
      },
      Escape: () => {
        typed = "";
        if (input.type !== "text") return (propose(line, ""), null);
        editing = false;
        propose(line, "");
        if (input.value !== before && !input.readOnly) {
          input.value = latest = before;
          input.dispatchEvent(new Event("input", { bubbles: true }));
        }
        input.select();
        return true;
      },
    };
    return moves[event.key]?.();
  }

  function propose(row, text) {
    const words = text && offer(row, text);
    if (words || command) hint(words);
    command = words ? { row, text } : null;
  }

  function accept(input) {
    const { row, text } = command;
    command = null;
    typed = "";
    if (input.type === "text" && !input.readOnly) input.value = latest = before;
    act(row, text);
  }

  // From the choices at the left of a row, and from the fields under it, back to its cells.
  function fromBeside({ target, key, ctrlKey }) {
    const line = lineOf(target);
    if (!line?.dataset.code) return null;
    const row = rows().indexOf(line);
    const isText = target.matches("textarea");
    if (key === "Escape") return go(row, 0);
    if (key === "Enter" && isText && ctrlKey) return go(row + 1, 0);
    if (key === "Enter" && target.matches("input")) {
      if (target.type === "checkbox") target.click();
      return true; // else the form would be sent
    }
    if (isText || !line.contains(target)) return null;
    const choices = choicesOf(line);
    const place = choices.indexOf(target);
    if (key === "ArrowRight") return choices[place + 1] ? (choices[place + 1].focus(), true) : go(row, 0);
    if (key === "ArrowLeft") return (choices[place - 1]?.focus(), true);
    if (key === "ArrowDown") return go(row + 1, 0);
    if (key === "ArrowUp") return go(row - 1, 0);
    return null;
  }

  form.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey || event.metaKey) return;
    const place = placeOf(event.target);
    if (event.ctrlKey) {
      const ends = { Home: () => go(0, 0), End: () => go(rows().length - 1, 1), Enter: () => fromBeside(event) };
      if (ends[event.key]?.()) event.preventDefault();
      return;
    }
    if (place ? fromCell(event, place) : fromBeside(event)) event.preventDefault();
  });

  form.addEventListener("pointerdown", (event) => {
    const place = placeOf(event.target);
    if (!place) return;
    anchor = place.column;
    if (event.target.type !== "text") return;
    // The first click takes the cell, the second goes into it.
    if (document.activeElement === event.target) editing = true;
    else event.target.addEventListener("click", () => editing || event.target.select(), { once: true });
  });

  form.addEventListener("focusin", (event) => {
    typed = "";
    editing = false;
    if (event.target.type !== "text") return;
    event.target.select();
    before = latest = event.target.value;
  });
  form.addEventListener("focusout", (event) => propose(event.target, ""));

  form.addEventListener("input", ({ target, inputType }) => {
    if (target.type !== "text") return;
    const isAlone = latest === before && !editing && inputType !== "insertFromPaste";
    latest = target.value;
    propose(target.closest("tr"), isAlone ? latest.toLowerCase() : "");
  });

  const isTyped = (field) => field.matches("textarea") || (field.type === "text" && latest !== before);
  return { rows, placeOf, isTyped, isOffered: (row) => command?.row === row };
}
