// On every page. Light or dark follows the system until the reader chooses; a cookie tells the server.
const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");

function current() {
  return root.dataset.theme || (dark.matches ? "dark" : "light");
}

function choose(theme) {
  root.dataset.theme = theme;
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `giao-dien=${theme === "dark" ? "toi" : "sang"}; path=/; max-age=31536000; samesite=lax${secure}`;
  document.dispatchEvent(new CustomEvent("theme-change"));
}

for (const button of document.querySelectorAll("[data-theme-toggle]")) {
  button.hidden = false;
  button.addEventListener("click", () => choose(current() === "dark" ? "light" : "dark"));
}
dark.addEventListener("change", () => root.dataset.theme || document.dispatchEvent(new CustomEvent("theme-change")));

// A form marked data-auto-submit goes off when its choice changes; its button is for those without script.
for (const form of document.querySelectorAll("form[data-auto-submit]")) {
  for (const button of form.querySelectorAll("button[type=submit]")) button.hidden = true;
  form.addEventListener("change", () => form.requestSubmit());
}

// The key / goes to the search field, from anywhere but a field, Ctrl K from everywhere; Escape leaves it.
const field = document.querySelector("[data-find]");
// What it finds is shown under it; that is loaded when somebody first comes there.
field?.addEventListener("focus", async () => (await import(field.dataset.find)).palette(field), { once: true });
const takesText = (element) => element.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(element.tagName);

document.addEventListener("keydown", (event) => {
  if (!field) return;
  const isCommand = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
  const isSlash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !takesText(event.target);
  if (isSlash || (isCommand && event.key.toLowerCase() === "k")) {
    event.preventDefault();
    field.focus();
    field.select();
  } else if (event.key === "Escape" && event.target === field) {
    field.blur();
  }
});

// A menu closes on Escape, which leaves the keyboard on its name, and where somebody goes elsewhere.
const menus = [...document.querySelectorAll("details[data-closes]")];
for (const menu of menus) {
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  menu.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && !menu.contains(relatedTarget)) menu.open = false;
  });
}
addEventListener("click", ({ target }) => {
  for (const menu of menus) if (!menu.contains(target)) menu.open = false;
});

// A double click sends a form once; the server would count it once all the same, but say so.
const DOUBLE_CLICK = 3000;
addEventListener("submit", (event) => {
  const { target: form } = event;
  if (event.defaultPrevented || form.getAttribute("method")?.toLowerCase() !== "post") return;
  if ("sent" in form.dataset) event.preventDefault();
  form.dataset.sent = "";
  setTimeout(() => delete form.dataset.sent, DOUBLE_CLICK);
});
// A key that is held down presses no button on the page that follows.
addEventListener(
  "keydown",
  (event) => event.repeat && event.key === "Enter" && event.target.matches("button") && event.preventDefault(),
);

// The entry form shows one target at a time on a phone; all of them where its script does not come.
document
  .querySelector("script[src*='entry/entry']")
  ?.addEventListener("error", () => document.getElementById("entry").classList.add("scriptless"));
