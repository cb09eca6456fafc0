// The overview on a wall: one part at a time, in turn. Nothing turns by itself where the reader wants less motion or
// has paused; Space pauses, the arrows step. The page is read anew after a whole round, so that its figures do not
// grow old.
const SECONDS = 20;
const ROUNDS_UNTIL_READ_ANEW = 5;
const slides = [...document.querySelectorAll("[data-slide]")];
const controls = document.querySelector("[data-wall-controls]");
const pause = document.querySelector("[data-wall-pause]");
const still = matchMedia("(prefers-reduced-motion: reduce)");
let place = 0;
let turns = 0;
let timer = null;

function show(next) {
  place = (next + slides.length) % slides.length;
  slides.forEach((slide, number) => (slide.hidden = number !== place));
  document.querySelector("[data-wall-place]").textContent = `${place + 1}/${slides.length}`;
}

function run(runs) {
  clearInterval(timer);
  timer = runs ? setInterval(turn, SECONDS * 1000) : null;
  pause.textContent = runs ? "Tạm dừng" : "Tự chuyển";
}

function turn() {
  turns += 1;
  if (turns >= slides.length * ROUNDS_UNTIL_READ_ANEW) location.reload();
  else show(place + 1);
}

if (slides.length > 1) {
  controls.hidden = false;
  show(0);
  run(!still.matches);
  still.addEventListener("change", () => run(!still.matches));
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
