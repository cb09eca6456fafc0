// Where a block out of the clipboard goes, and what it answers.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { answer, spread, table } from "../../static/js/lib/paste.js";

// The sheet: three ratios, a yes/no, a count.
const SHEET = [
    ["I.1", ["text", "text"]],
    ["I.2", ["text", "text"]],
    ["I.3.a", ["text", "text"]],
    ["I.5", ["radio"]],
    ["II.2", ["text"]],
];
const FIGURES = "80\t110\n90\t100\n7\t9\nCó\n132";
const LAID = ["I.1/0=80", "I.1/1=110", "I.2/0=90", "I.2/1=100", "I.3.a/0=7", "I.3.a/1=9", "I.5/0=1", "II.2/0=132"];

// Where a block goes on the sheet, beginning in the first column of a row.
function lay(block, { row = 0, choice = "" } = {}) {
    const rows = SHEET.map(([code, types]) => ({ code, cells: types.map((type) => ({ type })) }));
    const { sets, ...rest } = spread(table(block), rows, { row, column: 0 }, choice);
    return { laid: sets.map((set) => `${rows[set.row].code}/${set.column}=${set.text}`), ...rest };
}

test("a text of the clipboard is rows of cells", () => {
    assert.deepEqual(table("80\t110\r\n90\t100\r\n"), [
        ["80", "110"],
        ["90", "100"],
    ]);
    assert.deepEqual(table(" 80 \t\u00a0110\n\n"), [["80", "110"]]);
    assert.deepEqual(table('"hai\ndòng"\t"có\ttab"\t"nói ""có"""'), [["hai\ndòng", "có\ttab", 'nói "có"']]);
    assert.deepEqual(table('5"\t6'), [['5"', "6"]]);
    assert.deepEqual(table(""), []);
});

test("an answer is read as the table of answers says", () => {
    const answers = JSON.parse(readFileSync(new URL("../answers.json", import.meta.url)));
    assert.ok(answers.length > 20);
    for (const [text, expected] of answers) {
        assert.equal({ 1: true, 0: false }[answer(text)] ?? null, expected, text);
    }
});

for (const heading of [
    "",
    "Tử số\tMẫu số\n",
    "Kỳ tháng 8/2023\t\nTử số\tMẫu số\n",
    "Số liệu\t\nTử số\tMẫu số\n(1)\t(2)\n",
    "A\tB\n",
    "Tử số\tMẫu số\n(3)\t(4)\n",
]) {
    test(`what is a heading takes no row: ${JSON.stringify(heading)}`, () => {
        const { laid, lost, doubts } = lay(heading + FIGURES);
        assert.deepEqual([laid, doubts], [LAID, []]);
        assert.equal(lost.length, heading.split("\n").length - 1);
        for (const each of lost) assert.match(each, /là tiêu đề, không đưa vào/);
    });
}

for (const [heading, doubt] of [
    ["1\t2\n", "Dòng 1: “1”, “2”"],
    ["Tử số\tMẫu số\n1\t2\n", "Dòng 2: “1”, “2”"],
    ["Tử số\tMẫu số\n3\t4\n", "Dòng 2: “3”, “4”"],
    ["Kỳ tháng 8/2023\t\n", "Dòng 1: “Kỳ tháng 8/2023”"],
    ["80 người\t110 người\n", "Dòng 1: “80 người”, “110 người”"],
]) {
    test(`what may be a heading is asked about: ${JSON.stringify(heading)}`, () => {
        assert.deepEqual(lay(heading + FIGURES).doubts, [doubt]);
        assert.deepEqual(lay(heading + FIGURES, { choice: "skip" }).laid, LAID);
        const { laid, doubts } = lay(heading + FIGURES, { choice: "lay" });
        assert.deepEqual(doubts, []);
        assert.ok(laid.includes("I.2/0=80"));
    });
}

test("a line without figures between others is asked about", () => {
    const block = "80\t110\nKinh tế số\t\n90\t100";
    assert.deepEqual(lay(block).doubts, ["Dòng 2: “Kinh tế số”"]);
    assert.deepEqual(lay(block, { choice: "skip" }).laid, ["I.1/0=80", "I.1/1=110", "I.2/0=90", "I.2/1=100"]);
    assert.equal(lay(block, { choice: "lay" }).laid.at(-1), "I.3.a/1=100");
});

for (const block of ["1\t2", "80\t110\n-\t-\n#N/A\t5", "\t\n80\t110", "không phát sinh\t\n80\t110", "20\t30\n1\t2"]) {
    test(`figures are not taken for headings: ${JSON.stringify(block)}`, () => {
        const { laid, doubts } = lay(block);
        assert.deepEqual(doubts, []);
        assert.equal(laid.length, block.split(/[\t\n]/).filter(Boolean).length);
    });
}

test("a block with codes goes by codes", () => {
    const { laid, lost } = lay("Mã\tTên\tTử\tMẫu\n1\t2\t3\t4\nI.3.A\tDịch vụ\t7\t9\nI.1\tVăn bản\t80\t110");
    assert.deepEqual(laid, ["I.3.a/0=7", "I.3.a/1=9", "I.1/0=80", "I.1/1=110"]);
    assert.equal(lost[0], "Dòng 1 không có mã chỉ tiêu, không đưa vào: “Mã”, “Tên”, “Tử”, “Mẫu”.");
    assert.deepEqual(lay("I.2\t1\t2").laid, ["I.2/0=1", "I.2/1=2"]);
    const numbered = lay("STT\tMã\n1\tI.2\t5\t6\n2\tI.1\t7\t8").laid;
    assert.deepEqual(numbered, ["I.2/0=5", "I.2/1=6", "I.1/0=7", "I.1/1=8"]);
});

test("an unknown code is left out and the others stay where they belong", () => {
    const { laid, lost } = lay("I.1\t80\t110\nI.99\t1\t2\nI.3.a\t7\t9");
    assert.deepEqual(laid, ["I.1/0=80", "I.1/1=110", "I.3.a/0=7", "I.3.a/1=9"]);
    assert.deepEqual(lost, ["Dòng 2: không có chỉ tiêu I.99 trong phiếu, không đưa vào: “I.99”, “1”, “2”."]);
    assert.deepEqual(lay("I.99\t1\t2").laid, []);
    assert.deepEqual(lay("Tổng\t1\t2\nII.9.b\t1\t2").laid, []);
});

test("a code that comes twice is left out", () => {
    const { laid, lost } = lay("I.1\t80\t110\nI.1\t81\t110\nI.2\t1\t2");
    assert.deepEqual(laid, ["I.2/0=1", "I.2/1=2"]);
    assert.equal(lost.length, 2);
});

test("chưa có is a no", () => {
    assert.deepEqual(lay("Chưa có", { row: 3 }).laid, ["I.5/0=0"]);
    assert.deepEqual(lay("chưa", { row: 3 }).laid, ["I.5/0=0"]);
    const { lost } = lay("Chưa nhập", { row: 3 });
    assert.deepEqual(lost, ["Dòng 1, cột 1: I.5 chỉ nhận Có hoặc Không, không nhận “Chưa nhập”."]);
});

test("what no cell takes is told, and blanks are counted", () => {
    const { laid, lost, blanks } = lay("80\t110\t5\n\t90", { row: 4 });
    assert.deepEqual(laid, ["II.2/0=80"]);
    assert.deepEqual(lost, [
        "Dòng 1, cột 2: “110” không có ô ở II.2.",
        "Dòng 1, cột 3: “5” không có ô ở II.2.",
        "Dòng 2, cột 2: “90” nằm ngoài biểu.",
    ]);
    assert.equal(blanks, 1);
});

test("a third column of percentages is no figure of its own", () => {
    const { laid, shares, lost } = lay("80\t110\t72,73%\n90\t100\t90%\n7\t9\t\nCó\t\tx");
    assert.deepEqual(laid, LAID.slice(0, 7));
    assert.deepEqual(shares, [
        { row: 0, line: 1, column: 3, text: "72,73%" },
        { row: 1, line: 2, column: 3, text: "90%" },
    ]);
    assert.deepEqual(lost, ["Dòng 4, cột 3: “x” không có ô ở I.5."]);
});

test("no answer in words leaves the choice as it is", () => {
    const { laid, blanks, lost } = lay("Chưa trả lời\n132", { row: 3 });
    assert.deepEqual([laid, blanks, lost], [["II.2/0=132"], 1, []]);
});
