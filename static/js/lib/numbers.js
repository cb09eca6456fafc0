// Numbers while one types, read as core/numbers.py reads them: both are held to one table, tests/numbers.json.
// Exact: a number is a BigInt of millionths. The server reads everything again.
export const MICRO = 1_000_000n;
const MAXIMUM = 1_000_000_000;
const LONGEST = 40;
const EDGES =
  /^[ \u00a0\u2007\u2009\u202f\t\n\r\f\v\u200b\ufeff]+|[ \u00a0\u2007\u2009\u202f\t\n\r\f\v\u200b\ufeff]+$/g;

export function trimmed(text) {
  return text.replace(EDGES, "");
}

// {value, other}: other is a second reading or null. null for what is no acceptable number.
export function parse(text, decimals, { negative = false, percent = false, maximum = MAXIMUM } = {}) {
  let body = trimmed(text).replace(/[ \u00a0\u2007\u2009\u202f]/g, " ");
  if (percent && body.endsWith("%")) body = body.slice(0, -1).replace(/ +$/, "");
  const below = /^[-\u2212]/.test(body);
  if (below) body = body.slice(1).replace(/^ +/, "");
  if (!body || body.length > LONGEST) return null;
  const found = readings(body, decimals > 0);
  const within = found.filter((reading) => reading.micro <= BigInt(maximum) * MICRO);
  const fitting = within.filter((reading) => reading.places <= decimals);
  // One of two readings alone fits the field: read where it is the Vietnamese one and the other is too large, else
  // refused.
  const isRead = fitting.length === found.length || (fitting[0] === found[0] && within.length === 1);
  if (!fitting.length || !isRead || (below && !negative && found[0].micro > 0n)) return null;
  const [value, other = null] = fitting.map((reading) => (below ? -reading.micro : reading.micro));
  return { value, other };
}

// The readings of an unsigned number, the Vietnamese one first; none where it is no number.
function readings(body, allowsDecimals) {
  const grouped =
    body.match(/^(\d{1,3}(?: \d{3})+)(?:[.,](\d+))?$/) ||
    body.match(/^(\d{1,3}(?:\.\d{3})+),(\d+)$/) ||
    body.match(/^(\d{1,3}(?:\.\d{3}){2,})$/) ||
    body.match(/^(\d{1,3}(?:,\d{3})+)\.(\d+)$/) ||
    body.match(/^(\d{1,3}(?:,\d{3}){2,})$/);
  if (grouped) return [reading(grouped[1], grouped[2])];
  const plain = body.match(/^(\d+)(?:([.,])(\d+))?$/);
  if (!plain) return [];
  const asDecimal = reading(plain[1], plain[3]);
  if (!/^0*[1-9]\d*[.,]\d{3}$/.test(body)) return [asDecimal];
  const asGroup = reading(plain[1] + plain[3]);
  if (!allowsDecimals && /^[1-9]\d{0,2}\./.test(body)) return [asGroup];
  return plain[2] === "." ? [asGroup, asDecimal] : [asDecimal, asGroup];
}

function reading(whole, fraction = "") {
  const decimals = (fraction || "").replace(/0+$/, "");
  return { places: decimals.length, micro: BigInt(whole.replace(/[ .,]/g, "") + decimals.padEnd(6, "0").slice(0, 6)) };
}

// A field's text as its target reads it (indicators.forms.read_number): parts of a ratio are whole numbers where they
// can be.
export function read(text, { kind, unit = "" }) {
  if (kind === "ratio") return parse(text, 0) ?? parse(text, 3);
  if (kind === "count") return parse(text, 0);
  if (kind === "milestone") return parse(text, 6, { percent: unit.startsWith("%"), maximum: 100 });
  return parse(text, 6, { percent: unit.startsWith("%"), negative: true });
}

// 100 × N ÷ D as the page shows it after saving: two decimals, more where they would contradict the threshold or show
// as 0 or 100 what is not.
export function share(numerator, denominator, { unit = "", threshold = "", comparator = "" } = {}) {
  if (numerator === null || denominator === null || denominator === 0n) return "—";
  if (unit === "%" && numerator > denominator) return "—";
  const value = rounded(100n * MICRO * numerator, denominator);
  const bound = threshold && micro(threshold);
  let places = unit === "%" || value % MICRO ? 2 : 0;
  const at = () => rounded(value, 10n ** BigInt(6 - places)) * 10n ** BigInt(6 - places);
  const looks = (edge) => at() === edge && value !== edge;
  const tells = () => threshold && holds(at(), comparator, bound) !== holds(value, comparator, bound);
  while (places < 6 && (looks(0n) || (unit === "%" && looks(100n * MICRO)) || tells())) places += 1;
  return written(at(), places) + (unit && !unit.startsWith("%") ? `\u00a0${unit}` : unit);
}

function rounded(numerator, denominator) {
  return (2n * numerator + denominator) / (2n * denominator);
}

function micro(text) {
  const [whole, fraction = ""] = text.split(".");
  return BigInt(whole + fraction.padEnd(6, "0").slice(0, 6));
}

function holds(value, comparator, bound) {
  return { gte: value >= bound, gt: value > bound, lte: value <= bound, lt: value < bound }[comparator];
}

// Millionths as people read them: 1.970,5; with a fixed number of decimals, or those that there are.
export function written(value, places = null) {
  if (value < 0n) return `\u2212${written(-value, places)}`;
  const whole = String(value / MICRO).replace(/\B(?=(\d{3})+$)/g, ".");
  const digits = String(value % MICRO).padStart(6, "0");
  const fraction = places === null ? digits.replace(/0+$/, "") : digits.slice(0, places);
  return fraction ? `${whole},${fraction}` : whole;
}

// A sum typed as in Excel, =120+35 or =1.970-35, as {words, text}: what was added, and the result as one would type it.
// Null for what is no sum, or holds a number with two readings.
export function sum(typed, how) {
  const body = trimmed(typed);
  if (!/^=.*\d.*[+\-\u2212]/.test(body)) return null;
  const signs = [...body.slice(1).matchAll(/[+\-\u2212]/g)];
  const texts = body.slice(1).split(/[+\-\u2212]/);
  if (!texts[0].trim()) texts.shift();
  else signs.unshift(["+"]);
  const found = texts.map((text) => read(text, how));
  if (found.some((each) => !each || each.other !== null)) return null;
  const total = found.reduce((all, { value }, at) => all + (signs[at][0] === "+" ? value : -value), 0n);
  const shown = found.map(({ value }, at) => (at || signs[at][0] !== "+" ? `${signs[at][0]} ` : "") + written(value));
  return { words: `${shown.join(" ")} = ${written(total)}`, text: unmistakable(total) };
}

// A number as text with one reading only, as core/numbers.unmistakable: no groups, never three decimals.
function unmistakable(value) {
  const text = written(value).replaceAll(".", "").replace("\u2212", "-");
  return /,\d{3}$/.test(text) ? `${text}0` : text;
}

// Whether a percentage, as it was written (78,65% or 0,7865), is 100 × N ÷ D at its own number of decimals.
export function agrees(text, numerator, denominator) {
  const found = parse(text, 6, { percent: true });
  if (!found || numerator === null || !denominator) return false;
  const exact = rounded(100n * MICRO * numerator, denominator);
  const places = (trimmed(text).match(/[.,](\d+)\s*%?$/) ?? ["", ""])[1].length;
  const near = (value, half) => (value > exact ? value - exact : exact - value) <= half;
  const half = 10n ** BigInt(Math.max(0, 6 - places)) / 2n;
  return near(found.value, half) || (!text.includes("%") && near(100n * found.value, 100n * half));
}
