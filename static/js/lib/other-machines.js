// Unsent texts of forms on the server, so that they follow their author to another machine (docs/decisions/0289). Where
// the server is away they stay on this machine alone, as before.
const WAIT = 4000;
const place = document.getElementById("other-machines");
const address = place?.dataset.drafts;
const waiting = new Map(); // by key: what is sent next

function send(fields, isLeaving) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value;
  if (!address || !token) return;
  const body = new URLSearchParams({ csrfmiddlewaretoken: token, ...fields });
  fetch(address, { method: "POST", body, keepalive: isLeaving }).catch(() => {});
}

function flush(isLeaving = false) {
  clearTimeout(flush.timer);
  for (const fields of waiting.values()) send(fields, isLeaving);
  waiting.clear();
}

// Keeps a form's draft a moment after the last key.
export function store(code, { id, page, fields }) {
  if (!address) return;
  waiting.set(id, { key: id, code, page, content: JSON.stringify({ id, page, fields }) });
  clearTimeout(flush.timer);
  flush.timer = setTimeout(flush, WAIT);
}

// It was sent, or is not wanted any more.
export function erase(id) {
  waiting.delete(id);
  send({ key: id, content: "" }, true);
}

// What was typed into this page's forms: [{key, code, place, draft}].
export async function list() {
  if (!address) return [];
  try {
    const answer = await fetch(`${address}?trang=${encodeURIComponent(location.pathname)}`);
    if (!answer.ok || answer.redirected) return [];
    const { drafts } = await answer.json();
    return drafts.map(({ content, ...rest }) => ({ ...rest, draft: JSON.parse(content) }));
  } catch {
    return [];
  }
}

addEventListener("pagehide", () => flush(true));

// Offers the copies; take(copy) puts one into its form.
export function offer(copies, take) {
  if (!copies.length) return;
  const lines = place.querySelector("ul");
  const settle = (line) => {
    line.remove();
    place.hidden = !lines.children.length;
  };
  for (const copy of copies) {
    const line = document.createElement("li");
    const button = (words, act) => {
      const made = Object.assign(document.createElement("button"), { type: "button", className: "btn quiet" });
      made.textContent = words;
      made.addEventListener("click", () => {
        act();
        settle(line);
      });
      return made;
    };
    const texts = Object.values(copy.draft.fields).filter(({ isText, value }) => isText && value);
    const begins = texts.map(({ label, value }) => `${label}: “${value.slice(0, 60)}”`).join("; ");
    line.append(
      `${copy.place}. ${begins} `,
      button("Lấy lại", () => take(copy)),
      button("Bỏ bản này", () => erase(copy.key)),
    );
    lines.append(line);
  }
  place.hidden = false;
}
