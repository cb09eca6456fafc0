// The keyboard of the entry form's sheet.
import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";
import { cellsOf, grid, lineOf, messageOf } from "../../static/js/lib/grid.js";
import { make, open } from "./page.mjs";

const text = (name, value = "") => make("input", { type: "text", name, value });
const beside = () => [make("input", { type: "checkbox" }), make("a", { href: "#x" })];

let form, first, second, third, yesNo, message, sheet, hints, acts;

// Three ratios, under the first a message, then a yes/no; `k` is a command of every row.
beforeEach(() => {
    const ratio = (code) =>
        make(
            "tr",
            { "data-code": code },
            make("th", {}, ...beside()),
            make("td", {}, text(`n-${code}`)),
            make("td", {}, text(`d-${code}`)),
        );
    first = ratio("I.1");
    message = make("tr", { class: "message" }, make("td", {}, make("textarea", { name: "note" })));
    second = ratio("I.2");
    third = ratio("I.3");
    const radios = ["1", "0"].map((value) => make("input", { type: "radio", value }));
    yesNo = make("tr", { "data-code": "I.5" }, make("th", {}), make("td", {}, ...radios));
    const locked = make("tr", { "data-code": "I.9" }, make("td", {}));
    const send = make("button", { value: "submit" });
    form = make("form", {}, first, message, second, third, locked, yesNo, send);
    open(form);
    [hints, acts] = [[], []];
    sheet = grid(form, {
        offer: (row, typed) => (typed === "k" ? `${row.dataset.code} không phát sinh` : ""),
        hint: (words) => hints.push(words),
        act: (row, typed) => acts.push([row.dataset.code, typed]),
    });
});

const here = () => document.activeElement;
const press = (key, more = {}) => here().send("keydown", { key, ...more });
const type = (typed) => {
    here().value = typed;
    here().send("input", { inputType: "insertText" });
};
const cell = (row, column) => cellsOf(row)[column];

test("a row's cells are its fields, or the chosen one of its radios", () => {
    assert.deepEqual(
        cellsOf(first).map((each) => each.attributes.name),
        ["n-I.1", "d-I.1"],
    );
    assert.equal(cellsOf(yesNo)[0].value, "1");
    yesNo.querySelectorAll("input")[1].checked = true;
    assert.equal(cellsOf(yesNo)[0].value, "0");
});

test("a message belongs to the row above it", () => {
    assert.equal(messageOf(first), message);
    assert.equal(messageOf(second), null);
    assert.equal(lineOf(message.querySelector("textarea")), first);
    assert.equal(lineOf(cell(second, 0)), second);
});

test("rows without cells are no part of the sheet", () => {
    assert.deepEqual(sheet.rows(), [first, second, third, yesNo]);
    assert.deepEqual(sheet.placeOf(cell(second, 1)), { row: 1, column: 1 });
    assert.deepEqual(sheet.placeOf(yesNo.querySelectorAll("input")[1]), { row: 3, column: 0 });
    assert.equal(sheet.placeOf(first.querySelector("a")), null);
});

test("Enter goes down, Shift+Enter up, and from the last row to the button", () => {
    cell(first, 0).focus();
    assert.equal(press("Enter"), true);
    assert.equal(here(), cell(second, 0));
    press("Enter", { shiftKey: true });
    assert.equal(here(), cell(first, 0));
    for (let row = 0; row < 4; row += 1) press("Enter");
    assert.equal(here().attributes.value, "submit");
});

test("Tab goes right; Enter then returns to the column where one began", () => {
    cell(first, 0).focus();
    press("Tab");
    assert.equal(here(), cell(first, 1));
    press("Enter");
    assert.equal(here(), cell(second, 0));
    cell(second, 1).focus();
    press("Tab", { shiftKey: true });
    assert.equal(here(), cell(second, 0));
});

test("up and down keep the column, also after Tab went on to the next row", () => {
    cell(first, 0).focus();
    press("ArrowRight");
    press("Enter");
    assert.equal(here(), cell(second, 1));
    press("Enter", { shiftKey: true });
    assert.equal(here(), cell(first, 1));
    cell(second, 1).focus();
    press("Tab");
    assert.equal(here(), cell(third, 0));
    press("Enter", { shiftKey: true });
    assert.equal(here(), cell(second, 1));
});

test("Tab after the last cell leaves the way to a field in the message to the browser", () => {
    cell(first, 1).focus();
    assert.equal(press("Tab"), false);
    assert.equal(here(), cell(first, 1));
});

test("arrows go from cell to cell, left of the first to the choices and back", () => {
    cell(first, 0).focus();
    press("ArrowRight");
    assert.equal(here(), cell(first, 1));
    press("ArrowDown");
    assert.equal(here(), cell(second, 1));
    press("ArrowLeft");
    press("ArrowLeft");
    assert.equal(here().type, "checkbox");
    press("ArrowRight");
    assert.equal(here().tag, "a");
    press("ArrowRight");
    assert.equal(here(), cell(second, 0));
});

test("after F2 the arrows are the caret's, and F2 gives them back", () => {
    cell(first, 0).focus();
    press("F2");
    for (const key of ["ArrowLeft", "ArrowRight", "ArrowDown"]) assert.equal(press(key), false, key);
    assert.equal(here(), cell(first, 0));
    press("F2");
    assert.equal(press("ArrowDown"), true);
});

test("Escape brings back what stood in the cell", () => {
    cell(first, 0).value = "80";
    cell(first, 0).focus();
    assert.equal(sheet.isTyped(here()), false);
    type("90");
    assert.equal(sheet.isTyped(here()), true);
    press("Escape");
    assert.equal(here().value, "80");
    assert.equal(sheet.isTyped(here()), false);
});

test("a letter alone over an untouched cell is offered as a command, and done by the key that leaves the cell", () => {
    cell(first, 0).value = "80";
    cell(first, 0).focus();
    type("K");
    assert.deepEqual([hints, acts], [["I.1 không phát sinh"], []]);
    assert.equal(sheet.isOffered(first), true);
    press("Enter");
    assert.deepEqual(acts, [["I.1", "k"]]);
    assert.equal(cell(first, 0).value, "80");
    assert.equal(here(), cell(second, 0));
});

test("Escape refuses what was offered; nothing is done on leaving", () => {
    cell(first, 0).focus();
    type("k");
    press("Escape");
    press("Enter");
    assert.deepEqual([hints, acts], [["I.1 không phát sinh", ""], []]);
});

test("a letter behind a figure, pasted, or typed after F2 is no command", () => {
    cell(first, 0).focus();
    type("8");
    type("k");
    cell(second, 0).focus();
    here().value = "k";
    here().send("input", { inputType: "insertFromPaste" });
    cell(first, 1).focus();
    press("F2");
    type("k");
    assert.deepEqual(hints, []);
});

test("letters over radios are read too, and told where they are no command", () => {
    cell(yesNo, 0).focus();
    assert.equal(press("k"), true);
    assert.deepEqual(hints, ["I.5 không phát sinh"]);
    press("x");
    press("Enter");
    assert.match(hints.at(-1), /^“kx” không phải là lệnh/);
    assert.deepEqual(acts, []);
});

test("from a note Escape and Ctrl+Enter lead back to the cells", () => {
    message.querySelector("textarea").focus();
    assert.equal(press("Enter"), false);
    press("Enter", { ctrlKey: true });
    assert.equal(here(), cell(second, 0));
    message.querySelector("textarea").focus();
    press("Escape");
    assert.equal(here(), cell(first, 0));
});

test("Ctrl+Home and Ctrl+End go to the ends; keys of an input method are left alone", () => {
    cell(second, 0).focus();
    press("End", { ctrlKey: true });
    assert.equal(here(), cell(yesNo, 0));
    press("Home", { ctrlKey: true });
    assert.equal(here(), cell(first, 0));
    assert.equal(press("Enter", { isComposing: true }), false);
    assert.equal(here(), cell(first, 0));
});

test("the first click takes the whole cell, the second goes into it", () => {
    const [input] = cellsOf(first);
    input.send("pointerdown");
    input.focus();
    input.send("click");
    assert.equal(press("ArrowRight"), true);
    input.focus();
    input.send("pointerdown");
    input.send("click");
    assert.equal(press("ArrowRight"), false);
});
