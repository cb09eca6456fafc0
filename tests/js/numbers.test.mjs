// Numbers as one types them. The forms of tests/numbers.json are read alike by core/numbers.py (tests/core/test_numbers.py).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { agrees, parse, read, share, sum, trimmed, written } from "../../static/js/lib/numbers.js";

const micro = (number) => BigInt(Math.round(number * 1_000_000));
// {decimals, negative, percent, maximum, forms: [[typed, as read or null, its second reading]]}
const tables = JSON.parse(readFileSync(new URL("../numbers.json", import.meta.url)));

// Millionths as plain text: 1970500000n is 1970.5.
function plain(value) {
    const digits = String(value < 0n ? -value : value).padStart(7, "0");
    return (value < 0n ? "-" : "") + `${digits.slice(0, -6)}.${digits.slice(-6)}`.replace(/[.]?0*$/, "");
}

test("every form of the table is read as it says", () => {
    assert.ok(tables.flatMap(({ forms }) => forms).length > 600);
    for (const { decimals, forms, ...rules } of tables) {
        for (const [typed, ...expected] of forms) {
            const found = parse(typed, decimals, rules);
            const readings = found ? [found.value, found.other].filter((each) => each !== null).map(plain) : [null];
            assert.deepEqual(readings, expected, JSON.stringify(typed));
        }
    }
});

test("a blank of any kind around a number is nothing", () => {
    assert.equal(trimmed("\u00a0 1.970\u200b\t\n"), "1.970");
});

test("a point before three digits has two readings, the Vietnamese one first", () => {
    assert.deepEqual(parse("1.970", 6), { value: micro(1970), other: micro(1.97) });
    assert.deepEqual(parse("1,970", 6), { value: micro(1.97), other: micro(1970) });
    assert.deepEqual(parse("1.970", 0), { value: micro(1970), other: null });
    assert.deepEqual(parse("1.970,5", 6), { value: micro(1970.5), other: null });
});

test("what is no number, too large, too exact or negative is refused", () => {
    for (const text of ["", "=155", "1.2.3", "12 34", "1e5", "--1", "1.000.000.001"])
        assert.equal(parse(text, 6), null, text);
    assert.equal(parse("1,5", 0), null);
    assert.equal(parse("-1", 0), null);
    assert.deepEqual(parse("-1,5", 6, { negative: true }), { value: micro(-1.5), other: null });
});

test("each kind of target reads its own", () => {
    assert.deepEqual(read("80", { kind: "ratio" }), { value: micro(80), other: null });
    assert.deepEqual(read("80,5", { kind: "ratio" }), { value: micro(80.5), other: null });
    assert.equal(read("80,5", { kind: "count" }), null);
    assert.equal(read("101", { kind: "milestone", unit: "%" }), null);
    assert.deepEqual(read("70 %", { kind: "milestone", unit: "%" }), { value: micro(70), other: null });
    assert.deepEqual(read("-2,5", { kind: "value", unit: "%" }), { value: micro(-2.5), other: null });
    assert.equal(read("70%", { kind: "value", unit: "triệu đồng" }), null);
});

const percent = { unit: "%", threshold: "80", comparator: "gte" };

test("a share is shown as the page shows it after saving", () => {
    assert.equal(share(micro(80), micro(110), percent), "72,73%");
    assert.equal(share(micro(4), micro(5), percent), "80,00%");
    assert.equal(share(micro(3), micro(2), {}), "150");
    assert.equal(share(micro(1), micro(3), {}), "33,33");
});

test("a share never contradicts its threshold, nor shows as 0 or 100 what is not", () => {
    assert.equal(share(micro(79_996), micro(100_000), percent), "79,996%");
    assert.equal(share(micro(1), micro(100_000), percent), "0,001%");
    assert.equal(share(micro(99_999), micro(100_000), percent), "99,999%");
});

test("there is no share of nothing, and none over the whole", () => {
    for (const [n, d] of [
        [null, micro(1)],
        [micro(1), null],
        [micro(1), 0n],
        [micro(6), micro(5)],
    ]) {
        assert.equal(share(n, d, percent), "—");
    }
});

test("a number is written as people read it", () => {
    assert.equal(written(micro(1970.5)), "1.970,5");
    assert.equal(written(micro(1_234_567)), "1.234.567");
    assert.equal(written(micro(-0.25)), "\u22120,25");
    assert.equal(written(micro(72.7273), 2), "72,72");
    assert.equal(written(micro(5), 2), "5,00");
});

test("a sum is added up as it is typed in Excel, and nothing else is", () => {
    const how = { kind: "ratio" };
    for (const [typed, words, text] of [
        ["=120+35", "120 + 35 = 155", "155"],
        ["= 1.970 - 35", "1.970 - 35 = 1.935", "1935"],
        ["=-5+7,5", "- 5 + 7,5 = 2,5", "2,5"],
        ["=1\u22122", "1 \u2212 2 = \u22121", "-1"],
        ["=0,1+0,024", "0,1 + 0,024 = 0,124", "0,1240"],
    ]) {
        assert.deepEqual(sum(typed, how), { words, text }, typed);
    }
    for (const typed of ["", "=", "=120", "120+35", "=120+k", "=120++35", "=1+", "=12k+3", "=A1+B1"]) {
        assert.equal(sum(typed, how), null, typed);
    }
    assert.equal(sum("=1.970+1", { kind: "value" }), null); // two readings
});

test("a percentage agrees with its parts at its own number of decimals", () => {
    const whole = (number) => BigInt(number) * 1_000_000n;
    // 80 of 110 is 72,7272…
    for (const text of ["72,73%", "72,7%", "73%", "72.73 %", "72,73", "0,7273"]) {
        assert.equal(agrees(text, whole(80), whole(110)), true, text);
    }
    for (const text of ["72,74%", "72%", "0,73%", "x", ""]) assert.equal(agrees(text, whole(80), whole(110)), false, text);
    assert.equal(agrees("0%", whole(0), 0n), false);
    assert.equal(agrees("50%", null, whole(2)), false);
});
