// Redraws a chart for exploring when the pointer or the keyboard comes to it: until then, without this script and in
// a picture, the drawing of the server stands for it. Colours and faces come from the style sheet when a chart is
// drawn, so that it follows the theme.
const TOKEN = /^var\((--[\w-]+)\)(?: (\d+)%)?$/;

function tokenValue(style, name, share) {
  const value = style.getPropertyValue(name).trim();
  if (share === undefined) return value;
  const [red, green, blue] = [1, 3, 5].map((place) => parseInt(value.slice(place, place + 2), 16));
  return `rgba(${red},${green},${blue},${share / 100})`;
}

// A copy in which every "var(--name)" is what the style sheet says now.
function dressed(part, style) {
  if (typeof part === "string") {
    const token = TOKEN.exec(part);
    return token ? tokenValue(style, token[1], token[2]) : part;
  }
  if (Array.isArray(part)) return part.map((each) => dressed(each, style));
  if (part && typeof part === "object") {
    return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, dressed(value, style)]));
  }
  return part;
}

function layoutFor(figure, box) {
  const layout = { ...figure.layout, width: box.clientWidth, height: box.clientHeight };
  // As the style sheet has chosen between the two drawings.
  if (getComputedStyle(box.querySelector(".narrow-draw")).display === "none") return layout;
  for (const [key, part] of Object.entries(figure.narrow)) {
    layout[key] = Array.isArray(part) ? part : { ...layout[key], ...part };
  }
  return layout;
}

function draw(box, figure) {
  const { data, layout } = dressed({ data: figure.data, layout: layoutFor(figure, box) }, getComputedStyle(box));
  return Plotly.react(box.querySelector(".canvas"), data, layout, figure.config);
}

function start(box) {
  const figure = JSON.parse(document.getElementById(box.dataset.chart).textContent);
  Plotly.register(figure.locale);
  const canvas = document.createElement("div");
  canvas.className = "canvas";
  box.append(canvas);
  const redraw = () => draw(box, figure);
  redraw().then(() => box.classList.add("ready"));
  walk(box, canvas, figure);
  document.addEventListener("theme-change", redraw);
  matchMedia("print").addEventListener("change", redraw);
  let width = box.clientWidth;
  new ResizeObserver(() => {
    if (box.clientWidth === width) return;
    width = box.clientWidth;
    requestAnimationFrame(redraw);
  }).observe(box);
}

// The points of each series that say something; a month without a figure is none.
function pointsOf(data) {
  return data.map(({ x = [], y = [], hoverinfo }, curveNumber) =>
    hoverinfo === "skip"
      ? []
      : [...x.keys()].flatMap((pointNumber) =>
          x[pointNumber] === null || y[pointNumber] === null ? [] : [{ curveNumber, pointNumber }],
        ),
  );
}

// What the arrow keys go along: the longest series, or all of the type that the figure names, by row.
function way({ data, walk }) {
  const series = pointsOf(data);
  if (!walk) return series.reduce((longest, each) => (each.length >= longest.length ? each : longest), []);
  const row = ({ curveNumber, pointNumber }) => data[curveNumber].y[pointNumber];
  return series
    .filter((_, place) => data[place].type === walk)
    .flat()
    .sort((one, other) => row(one) - row(other));
}

// The arrow keys go from point to point and show what the pointer would; Escape ends it.
function walk(box, canvas, figure) {
  const points = way(figure);
  const last = points.length - 1;
  let place = null;
  box.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1, Home: -last, End: last };
    if (event.key === "Escape") place = null;
    else if (event.key in steps)
      place = Math.min(last, Math.max(0, (place ?? (steps[event.key] === 1 ? -1 : 0)) + steps[event.key]));
    else return;
    event.preventDefault();
    if (place === null) Plotly.Fx.unhover(canvas);
    else Plotly.Fx.hover(canvas, [points[place]]);
  });
}

let library = null;

// The chart library, fetched once, when somebody first wants to explore. The drawing of the server stays where it
// fails.
function load(address) {
  library ??= new Promise((done, fail) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = done;
    script.onerror = () => {
      library = null;
      script.remove();
      fail(new Error("Không tải được thư viện biểu đồ."));
    };
    document.head.append(script);
  });
  return library;
}

for (const box of document.querySelectorAll("[data-library]")) {
  const comes = ["pointerenter", "focus"];
  const explore = () => {
    for (const event of comes) box.removeEventListener(event, explore);
    load(box.dataset.library).then(() => start(box), arm);
  };
  const arm = () => comes.forEach((event) => box.addEventListener(event, explore));
  arm();
}
