// Keeps this sheet on the machine, so that it opens without a line (docs/decisions/0315): starts the worker, and hands
// it what is saved on the page after it was drawn.
import { form } from "./rows.js";

const { worker, who } = form.dataset;
const SHEETS = "phieu:";
const isPossible = Boolean(worker && navigator.serviceWorker && globalThis.caches);
const sheet = location.pathname;
// The worker has not seen this page come, or it answers a form.
const isUnseen = isPossible && (!navigator.serviceWorker.controller || "posted" in form.dataset);

// Whether the page is the machine's own copy.
export const isCopy = "kept" in form.dataset;

// Calls `replace` with each row that was saved after the copy was drawn, as HTML.
export function savedSince(replace) {
  for (const row of document.querySelectorAll("template.kept-row")) {
    replace(row.innerHTML);
    row.remove();
  }
}

// Keeps a saved row beside the copy of its sheet; code "" for what the page says of all of them.
export async function store(code, html) {
  if (!isPossible) return;
  try {
    const names = await caches.keys();
    const name = names.find((each) => each.startsWith(SHEETS) && each.endsWith(`:${who}`));
    if (name) await (await caches.open(name)).put(`${sheet}?dong=${encodeURIComponent(code)}`, new Response(html));
  } catch {
    // The copy is one row older.
  }
}

async function begin() {
  try {
    await navigator.serviceWorker.register(worker);
    const { active } = await navigator.serviceWorker.ready;
    active.postMessage({ sheet, anew: isUnseen });
  } catch {
    // The browser keeps nothing; typed figures are kept all the same.
  }
}

if (isPossible) {
  navigator.serviceWorker.addEventListener("message", ({ data }) => {
    if (data?.sheet !== sheet) return;
    for (const words of document.querySelectorAll("[data-offline]")) words.hidden = !data.isKept;
  });
  // Once everything is there: it must not delay the first key.
  const idle = () => (window.requestIdleCallback ?? setTimeout)(begin);
  if (document.readyState === "complete") idle();
  else addEventListener("load", idle);
}
