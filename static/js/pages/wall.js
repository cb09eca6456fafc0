// The overview on a wall: one part at a time, in turn. Nothing turns by itself where the reader wants less motion or
// has paused; Space pauses, the arrows step. The page is read anew after a whole round, so that its figures do not
// grow old. A part that does not fit the screen is shown card by card, and of a card that does not fit the first rows:
// its letters never become smaller.
const SECONDS = 20;
const ROUNDS_UNTIL_READ_ANEW = 5;
const slides = [...document.querySelectorAll("[data-slide]")];
const controls = document.querySelector("[data-wall-controls]");
const pause = document.querySelector("[data-wall-pause]");
const still = matchMedia("(prefers-reduced-motion: reduce)");
let parts = [];
let place = 0;
let turns = 0;
let timer = null;

const fits = (element) => element.getBoundingClientRect().bottom <= innerHeight;
const cardsOf = (slide) => [...slide.querySelectorAll(".card")].filter((card) => !card.parentElement.closest(".card"));

// Shows a part: a slide with all its cards, or with one of them.
function open({ slide, card }) {
  for (const each of slides) each.hidden = each !== slide;
  slide.classList.toggle("single", card !== null);
  for (const each of cardsOf(slide)) each.hidden = card !== null && each !== card;
  for (const column of slide.querySelectorAll(":scope > .stack")) {
    column.hidden = [...column.children].every((child) => child.hidden);
  }
}

function shorten({ slide, card }) {
  const rows = [...(card ?? slide).querySelectorAll("li, tbody tr")];
  while (!fits(card ?? slide) && rows.length > 1) rows.pop().hidden = true;
}

function divide() {
  parts = slides.flatMap((slide) => {
    for (const row of slide.querySelectorAll("li[hidden], tr[hidden]")) row.hidden = false;
    open({ slide, card: null });
    const cards = cardsOf(slide);
    return fits(slide) || cards.length < 2 ? [{ slide, card: null }] : cards.map((card) => ({ slide, card }));
  });
  for (const part of parts) {
    open(part);
    shorten(part);
  }
}

function show(next) {
  place = (next + parts.length) % parts.length;
  open(parts[place]);
  document.querySelector("[data-wall-place]").textContent = `${place + 1}/${parts.length}`;
}

function run(runs) {
  clearInterval(timer);
  timer = runs ? setInterval(turn, SECONDS * 1000) : null;
  pause.textContent = runs ? "Tạm dừng" : "Tự chuyển";
}

function turn() {
  turns += 1;
  if (turns >= parts.length * ROUNDS_UNTIL_READ_ANEW) location.reload();
  else show(place + 1);
}

if (slides.length > 1) {
  controls.hidden = false;
  divide();
  show(0);
  run(!still.matches);
  still.addEventListener("change", () => run(!still.matches));
  addEventListener("resize", () => {
    divide();
    show(Math.min(place, parts.length - 1));
  });
  pause.addEventListener("click", () => run(timer === null));
  for (const button of document.querySelectorAll("[data-wall-step]")) {
    button.addEventListener("click", () => show(place + Number(button.dataset.wallStep)));
  }
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("button, a")) return;
    if (event.key === "ArrowRight") show(place + 1);
    else if (event.key === "ArrowLeft") show(place - 1);
    else if (event.key === " ") run(timer === null);
    else return;
    event.preventDefault();
  });
}
