// What was typed and is not yet saved, kept in this tab (sessionStorage): a session that ends while a form is filled loses
// nothing. It goes when the server says that it was saved (?da-luu=<name of the draft>), and when the person logs out.
const PREFIX = "phieu:";

export function load(key) {
  try {
    return JSON.parse(sessionStorage.getItem(PREFIX + key));
  } catch {
    return null;
  }
}

// Keeps the rows under a name of their own, which stays as long as the draft does; returns the name, "" when it cannot be kept.
export function keep(key, rows) {
  const id = load(key)?.id || Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  try {
    sessionStorage.setItem(PREFIX + key, JSON.stringify({ id, rows }));
    return id;
  } catch {
    return "";
  }
}

export function drop(key) {
  sessionStorage.removeItem(PREFIX + key);
}

// Drafts of this site in this tab for which `unwanted(key)` holds.
export function dropWhere(unwanted) {
  for (const name of Object.keys(sessionStorage)) {
    if (name.startsWith(PREFIX) && unwanted(name.slice(PREFIX.length))) sessionStorage.removeItem(name);
  }
}

const here = new URL(location.href);
const saved = here.searchParams.get("da-luu");
if (saved) {
  dropWhere((key) => load(key)?.id === saved);
  here.searchParams.delete("da-luu");
  history.replaceState(history.state, "", here);
}

for (const form of document.querySelectorAll("form[data-logout]")) {
  form.addEventListener("submit", () => dropWhere(() => true));
}

for (const note of document.querySelectorAll("[data-draft-kept]")) {
  note.hidden = !Object.keys(sessionStorage).some((name) => name.startsWith(PREFIX));
}
