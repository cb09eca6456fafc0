// Light or dark: follows the system until the reader chooses; the choice is a cookie, so that the server draws it right.
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
