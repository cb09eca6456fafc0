// A block out of Excel or a text, laid over the grid. Nothing is dropped in silence: what no cell takes is told.
import { trimmed } from "./numbers.js";

const YES = ["có", "co", "yes", "1", "x", "đúng"];
const NO = ["không", "khong", "no", "0", "chưa"];

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
      else if (text[at + 1] === '"') (cell += sign), (at += 1);
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

// yes, no or null.
function answer(text) {
  const word = text.normalize("NFC").toLowerCase();
  return YES.includes(word) ? "1" : NO.includes(word) ? "0" : null;
}

// Where each text goes. rows: [{code, cells: [input]}] from top to bottom; the block begins at
// (row, column), unless its first column names the targets. Gives {sets: [{row, column, text}], lost: [words], blanks}.
export function spread(block, rows, row, column) {
  const lost = [];
  const codes = new Map(rows.map(({ code }, place) => [code.toUpperCase(), place]));
  let lines = block.map((texts, place) => ({ texts, place }));
  if (lines.length > 1 && isHeading(lines[0].texts, codes)) {
    lost.push(`Dòng 1 là tiêu đề, không đưa vào: “${lines[0].texts.filter(Boolean).join("”, “")}”.`);
    lines = lines.slice(1);
  }
  const named = lines.length > 0 && lines.every(({ texts }) => texts.length > 1 && codes.has(texts[0].toUpperCase()));
  const sets = [];
  let blanks = 0;
  lines.forEach(({ texts, place }, step) => {
    const at = named ? codes.get(texts[0].toUpperCase()) : row + step;
    (named ? texts.slice(1) : texts).forEach((text, offset) => {
      const to = (named ? 0 : column) + offset;
      const cell = rows[at]?.cells[to];
      const where = `Dòng ${place + 1}, cột ${offset + (named ? 2 : 1)}`;
      if (!text) blanks += 1;
      else if (!rows[at]) lost.push(`${where}: “${text}” nằm ngoài biểu.`);
      else if (!cell) lost.push(`${where}: “${text}” không có ô ở ${rows[at].code}.`);
      else if (cell.type === "radio" && answer(text) === null) lost.push(`${where}: ${rows[at].code} chỉ nhận Có hoặc Không, không nhận “${text}”.`);
      else sets.push({ row: at, column: to, text: cell.type === "radio" ? answer(text) : text });
    });
  });
  return { sets, lost, blanks };
}

function isHeading(texts, codes) {
  const words = texts.filter(Boolean);
  return words.length > 0 && words.every((text) => !/[0-9]/.test(text) && answer(text) === null && !codes.has(text.toUpperCase()) && !text.startsWith("#"));
}
