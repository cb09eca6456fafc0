// A chart as a PNG for a slide: the drawing of the server on white, in the light theme's colours, with its title,
// where its figures come from, and the mark of demonstration figures.
const PAD = 40;
const WIDE = 1920;
const FACES = ['700 22px "Be Vietnam Pro"', '400 14px "Be Vietnam Pro"', '400 12px "Be Vietnam Pro"'];

function lightStyle(read) {
  const root = document.documentElement;
  const theme = root.dataset.theme;
  root.dataset.theme = "light";
  const found = read(getComputedStyle(root));
  if (theme === undefined) delete root.dataset.theme;
  else root.dataset.theme = theme;
  return found;
}

async function base64(address) {
  const bytes = new Uint8Array(await (await fetch(address)).arrayBuffer());
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

// The page's own faces, written into the picture, which can fetch nothing.
async function faces() {
  const rules = [...document.styleSheets].flatMap((sheet) =>
    [...sheet.cssRules].filter((rule) => rule instanceof CSSFontFaceRule).map((rule) => [sheet.href, rule.style]),
  );
  const found = rules.map(async ([base, style]) => {
    const address = /url\("?([^")]+)/.exec(style.getPropertyValue("src"))?.[1];
    if (!address) return "";
    const data = await base64(new URL(address, base));
    const [family, weight] = ["font-family", "font-weight"].map((name) => style.getPropertyValue(name));
    return `@font-face{font-family:${family};font-weight:${weight};src:url(data:font/woff2;base64,${data})}`;
  });
  return (await Promise.all(found)).join("");
}

function escaped(text) {
  const node = document.createElement("i");
  node.textContent = text;
  return known(node.innerHTML);
}

// Hard blanks as XML writes them: a picture knows no entity of HTML.
function known(markup) {
  return markup.replaceAll("&nbsp;", "&#160;");
}

// Lines of a text that fit into a width.
function lines(text, font, width) {
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = font;
  const found = [""];
  for (const word of text.split(" ")) {
    const longer = `${found.at(-1)} ${word}`.trim();
    if (pen.measureText(longer).width > width && found.at(-1)) found.push(word);
    else found[found.length - 1] = longer;
  }
  return found;
}

async function composed(drawing, said) {
  const [, , width, height] = drawing.getAttribute("viewBox").split(" ").map(Number);
  await Promise.all(FACES.map((face) => document.fonts.load(face)));
  const title = lines(said.title, FACES[0], width);
  const note = lines(said.note, FACES[1], width);
  const source = lines(said.source, FACES[2], width);
  const top = PAD + title.length * 30 + note.length * 21 + 14;
  const below = top + height + 24;
  const whole = { width: width + 2 * PAD, height: below + source.length * 18 + (said.mark ? 22 : 0) + 16 };
  const style = await faces();
  const [inner, ink, soft, mark] = lightStyle((tokens) => [
    known(drawing.innerHTML).replace(/var\((--[\w-]+)\)/g, (_, name) => tokens.getPropertyValue(name).trim()),
    ...["--ink", "--ink-secondary", "--tracked-text"].map((name) => tokens.getPropertyValue(name).trim()),
  ]);
  const text = (words, y, size, weight, fill) =>
    `<text x="${PAD}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${fill}">${escaped(words)}</text>`;
  const around = [
    ...title.map((line, place) => text(line, PAD + 20 + place * 30, 22, 700, ink)),
    ...note.map((line, place) => text(line, PAD + title.length * 30 + 16 + place * 21, 14, 400, soft)),
    ...source.map((line, place) => text(line, below + place * 18, 12, 400, soft)),
    said.mark ? text(said.mark, below + source.length * 18 + 4, 14, 700, mark) : "",
  ];
  const size = (wide, high) => `width="${wide}" height="${high}" viewBox="0 0 ${wide} ${high}"`;
  const look = [
    ".halo{paint-order:stroke}",
    'text{font-family:"Be Vietnam Pro",Arial,sans-serif}',
    "svg svg text{font:12px Inter,Arial,sans-serif}",
    "svg svg [font-weight]{font-weight:600}",
  ].join("");
  const markup = `<svg xmlns="http://www.w3.org/2000/svg" ${size(whole.width, whole.height)}>
<style>${style}${look}</style>
<rect width="100%" height="100%" fill="#fff"/>${around.join("")}
<svg x="${PAD}" y="${top}" ${size(width, height)} overflow="visible">${inner}</svg></svg>`;
  return { markup, ...whole };
}

export async function png(drawing, said) {
  const { markup, width, height } = await composed(drawing, said);
  const address = URL.createObjectURL(new Blob([markup], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = WIDE;
    canvas.height = Math.round((height * WIDE) / width);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((done) => canvas.toBlob(done, "image/png"));
  } finally {
    URL.revokeObjectURL(address);
  }
}
