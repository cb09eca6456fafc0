// A block out of Excel or a text, laid over the grid. Nothing is dropped in silence: what no cell takes is told.
import { read, trimmed } from "./numbers.js";

const YES = ["co", "da co", "yes", "true", "x", "dung", "1"];
const NO = ["khong", "khong co", "chua", "chua co", "no", "false", "0"];
const CODE = /^[IVX]+\.\d+(\.[A-Z])?$/i;

// Rows of cells of a clipboard text; a cell in quotes may hold tabs, line ends and doubled quotes.
export function table(text) {
  const rows = [[]];
  let cell = "";
  let quoted = false;
  text = text.replace(/\r\n?/g, "\n");
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (text[at + 1] === '"') ((cell += sign), (at += 1));
      else quoted = false;
    } else if (sign === '"' && !cell) quoted = true;
    else if (sign === "\t") (rows.at(-1).push(trimmed(cell)), (cell = ""));
    else if (sign === "\n") {
      rows.at(-1).push(trimmed(cell));
      cell = "";
      rows.push([]);
    } else cell += sign;
  }
  rows.at(-1).push(trimmed(cell));
  while (rows.length && rows.at(-1).every((each) => !each)) rows.pop();
  return rows;
}

// Without accents and capitals, as chuyendoiso/formatting.fold.
const fold = (text) =>
  text.toLowerCase().replaceAll("đ", "d").normalize("NFD").replace(/\p{M}/gu, "").trim().replace(/\s+/g, " ");

// "1" for yes, "0" for no or null, as core/answers.py; both are held to tests/answers.json.
export function answer(text) {
  const word = fold(text);
  return YES.includes(word) ? "1" : NO.includes(word) ? "0" : null;
}

// The words for no answer at all, as core/answers.UNANSWERED.
const UNANSWERED = "chua tra loi";

// Where each text goes. rows: [{code, cells: [input]}] from top to bottom; the block begins at the place {row,
// column}, unless a column of it names the targets. Gives {sets: [{row, column, text}], shares, lost: [words], blanks,
// doubts}; shares: the same of percentages beside both parts of a ratio, which no cell takes; doubts are lines that may
// be headings or numbers of columns: nothing is laid before it is known. choice: what was answered, skip or lay.
export function spread(block, rows, { row, column }, choice) {
  const codes = new Map(rows.map(({ code }, place) => [code.toUpperCase(), place]));
  const lines = block.map((texts, place) => ({ texts, place, words: `“${texts.filter(Boolean).join("”, “")}”` }));
  const named = block[0].findIndex((_, at) =>
    block.some((texts) => CODE.test(texts[at] ?? "") || codes.has(texts[at]?.toUpperCase())),
  );
  return named < 0 ? byPlace(lines, rows, row, column, choice) : byCode(lines, rows, codes, named);
}

const empty = () => ({ sets: [], shares: [], lost: [], blanks: 0, doubts: [] });

function byCode(lines, rows, codes, named) {
  const codeOf = ({ texts }) => (texts[named] ?? "").toUpperCase();
  const known = lines.filter((line) => codes.has(codeOf(line)));
  // Names may stand between the codes and the figures.
  const widest = Math.max(...lines.map(({ texts }) => texts.length));
  let from = named + 1;
  while (from < widest - 1 && known.every(({ texts }) => !isFigure(texts[from] ?? ""))) from += 1;
  const laid = empty();
  for (const line of lines) {
    const code = codeOf(line);
    const many = known.filter((each) => codeOf(each) === code).length;
    const at = `Dòng ${line.place + 1}`;
    if (many === 1) put(laid, line, rows, codes.get(code), 0, from);
    else if (many) laid.lost.push(`${at}: ${code} có ở ${many} dòng nên không dòng nào được đưa vào.`);
    else if (CODE.test(code))
      laid.lost.push(`${at}: không có chỉ tiêu ${code} trong phiếu, không đưa vào: ${line.words}.`);
    else if (line.texts.some(Boolean)) laid.lost.push(`${at} không có mã chỉ tiêu, không đưa vào: ${line.words}.`);
  }
  return laid;
}

function byPlace(lines, rows, row, column, choice) {
  const laid = empty();
  const isLone = lines.length < 2;
  const begin = isLone
    ? 0
    : 1 + lines.findLastIndex((line, at) => isHeading(line) && lines.slice(0, at).every(isWordy));
  let first = true; // nothing but headings so far
  let step = 0;
  for (const line of lines) {
    const isSure = line.place < begin || (!isLone && first && isNumbering(line, true));
    const isDoubtful =
      !isSure && !isLone && (isWordy(line) || (first && line !== lines.at(-1) && isNumbering(line, false, begin > 0)));
    if (isDoubtful && !choice) laid.doubts.push(`Dòng ${line.place + 1}: ${line.words}`);
    if (isSure || (isDoubtful && choice === "skip"))
      laid.lost.push(`Dòng ${line.place + 1} là tiêu đề, không đưa vào: ${line.words}.`);
    else {
      first = false;
      put(laid, line, rows, row + step, column, 0);
      step += 1;
    }
  }
  return laid;
}

function put(laid, { texts, place }, rows, at, column, from) {
  texts.slice(from).forEach((text, offset) => {
    const to = column + offset;
    const cell = rows[at]?.cells[to];
    const where = `Dòng ${place + 1}, cột ${from + offset + 1}`;
    if (!text || (cell?.type === "radio" && fold(text) === UNANSWERED)) laid.blanks += 1;
    else if (!rows[at]) laid.lost.push(`${where}: “${text}” nằm ngoài biểu.`);
    else if (to === 2 && rows[at].cells.length === 2 && isShare(text))
      laid.shares.push({ row: at, line: place + 1, column: from + offset + 1, text });
    else if (!cell) laid.lost.push(`${where}: “${text}” không có ô ở ${rows[at].code}.`);
    else if (cell.type !== "radio") laid.sets.push({ row: at, column: to, text });
    else if (answer(text) === null)
      laid.lost.push(`${where}: ${rows[at].code} chỉ nhận Có hoặc Không, không nhận “${text}”.`);
    else laid.sets.push({ row: at, column: to, text: answer(text) });
  });
}

const isShare = (text) => Boolean(read(text, { kind: "value", unit: "%" }));

// A number, an answer, an error of Excel, or a dash for nothing.
const isFigure = (text) =>
  Boolean(read(text, { kind: "value", unit: "%" })) ||
  answer(text) !== null ||
  /^#|^[^\p{L}\d]+$/u.test(text) ||
  ["khong phat sinh", UNANSWERED].includes(fold(text));

// Without any figure: a heading, or a line that names a group of targets.
const isWordy = ({ texts }) => texts.some(Boolean) && !texts.some((text) => text && isFigure(text));
const isHeading = (line) => isWordy(line) && !/\d/.test(line.words);

// The line under a heading that numbers the columns: (1) (2), A B 1 2; bare 1 2 may also be figures.
function isNumbering({ texts }, isSure, allowsOne = false) {
  const words = texts.filter(Boolean);
  if (isSure)
    return (
      words.length > 1 && (words.every((text) => /^\(\d{1,2}\)/.test(text)) || /^A,B,?[\d,]*$/.test(String(words)))
    );
  return (
    words.length > (allowsOne ? 0 : 1) &&
    words.every((text, at) => /^\d{1,2}$/.test(text) && Number(text) === Number(words[0]) + at && text < 21)
  );
}
