// What the search finds, under the field while one types: arrows choose, Enter opens, Escape closes. Without an answer
// the form leads to the search's own page as it does without script.
const WAIT = 150;

export function palette(field) {
  const { form } = field;
  const list = form.querySelector("[role=listbox]");
  let timer = 0;
  let request = null;
  let shown = "";

  const options = () => [...list.querySelectorAll("[role=option]")];
  const chosen = () => list.querySelector("[aria-selected=true]");

  function close() {
    list.hidden = true;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  }

  function choose(option) {
    chosen()?.setAttribute("aria-selected", "false");
    option.setAttribute("aria-selected", "true");
    field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  async function find() {
    const words = field.value.trim();
    request?.abort();
    if (!words) {
      shown = "";
      return close();
    }
    if (words === shown && !list.hidden) return;
    request = new AbortController();
    const asked = new URLSearchParams([...new FormData(form), ["dang", "bang"]]);
    try {
      const answer = await fetch(`${form.action}?${asked}`, { signal: request.signal });
      // The session has ended, or the server failed: the form still leads on.
      if (!answer.ok || answer.redirected) return close();
      list.innerHTML = await answer.text();
    } catch {
      return;
    }
    shown = words;
    list.hidden = false;
    field.setAttribute("aria-expanded", "true");
    field.removeAttribute("aria-activedescendant");
  }

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(find, WAIT);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return close();
    if (list.hidden || event.isComposing) return;
    const all = options();
    const place = all.indexOf(chosen());
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      const next = place < 0 && step < 0 ? all.length - 1 : (place + step + all.length) % all.length;
      choose(all[next]);
    } else if (event.key === "Enter" && place >= 0) {
      event.preventDefault();
      location.assign(all[place].dataset.url);
    }
  });
  // Before the field loses the focus, and the list with it.
  list.addEventListener("pointerdown", (event) => {
    const option = event.target.closest("[role=option]");
    event.preventDefault();
    if (option && event.button === 0) location.assign(option.dataset.url);
  });
  field.addEventListener("blur", close);
  if (field.value) find();
}
