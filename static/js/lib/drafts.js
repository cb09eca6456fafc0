// Drafts: what was typed and is not yet saved, kept on this machine until the server has it (docs/decisions/0060), in
// localStorage, a row each, under the person's own number; wiped when that person logs out and when somebody else
// logs in.
const PREFIX = "phieu:";
const channel = "BroadcastChannel" in window ? new BroadcastChannel("phieu") : null;
let stopped = false;

function names(start = "") {
  try {
    return Object.keys(localStorage).filter((name) => name.startsWith(PREFIX + start));
  } catch {
    return [];
  }
}

// {code: {seen, values}} of the rows that are kept for a form (<person>:<agency>:<period>).
export function load(form) {
  const rows = {};
  for (const name of names(`${form}:`)) {
    try {
      rows[name.slice(PREFIX.length + form.length + 1)] = JSON.parse(localStorage.getItem(name));
    } catch {
      localStorage.removeItem(name);
    }
  }
  return rows;
}

// Whether it could be kept.
export function save(form, code, row) {
  if (stopped) return true;
  try {
    localStorage.setItem(`${PREFIX}${form}:${code}`, JSON.stringify(row));
    return true;
  } catch {
    return false;
  }
}

export function remove(form, code) {
  try {
    localStorage.removeItem(`${PREFIX}${form}:${code}`);
  } catch {
    // Nothing was kept.
  }
}

function wipe(unwanted) {
  for (const name of names()) if (unwanted(name.slice(PREFIX.length))) localStorage.removeItem(name);
}

// The copies of entry sheets that the worker keeps (phieu:<release>:<person>): all but this person's.
async function wipeSheets(person = "") {
  for (const name of (await globalThis.caches?.keys()) ?? []) {
    if (name.startsWith(PREFIX) && !name.endsWith(`:${person}`)) await caches.delete(name);
  }
}

// Tells the other windows of this site what was saved here.
export function publish(message) {
  channel?.postMessage(message);
}

// Calls `then` with what was saved in another window.
export function subscribe(then) {
  channel?.addEventListener("message", (event) => event.data?.form && then(event.data));
}

for (const form of document.querySelectorAll("form[data-logout]")) {
  const { user } = form.dataset;
  // Once drawn: it makes the browser wait.
  const clear = () => {
    wipe((key) => !key.startsWith(`${user}:`));
    wipeSheets(user);
  };
  if (user) (window.requestIdleCallback ?? setTimeout)(clear);
  form.addEventListener("submit", (event) => {
    const count = names().length;
    const question =
      `Còn ${count} chỉ tiêu, biểu mẫu gõ dở chưa lưu lên hệ thống. ` +
      "Đăng xuất sẽ xóa phần đó khỏi máy này. Vẫn đăng xuất?";
    if (count && !confirm(question)) {
      event.preventDefault();
      return;
    }
    stopped = true;
    wipe(() => true);
    wipeSheets();
    publish({ out: true });
  });
}

// Another window logged out: this one keeps nothing any more, and shows nothing.
channel?.addEventListener("message", (event) => {
  if (!event.data?.out) return;
  stopped = true;
  setTimeout(() => location.reload(), 1000);
});
// A page out of the browser's memory may be somebody else's by now.
addEventListener("pageshow", (event) => event.persisted && location.reload());

for (const note of document.querySelectorAll("[data-has-drafts]")) note.hidden = !names().length;
