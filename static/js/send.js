// The summary before sending: what went wrong is read out first; with nothing in doubt one Enter sends.
(document.getElementById("errors") ?? document.querySelector("[data-first]"))?.focus({ preventScroll: true });
for (const form of document.querySelectorAll("#send")) {
  // A double click sends once; the server would count it once all the same.
  form.addEventListener("submit", (event) => {
    if ("sent" in form.dataset) event.preventDefault();
    form.dataset.sent = "";
  });
}
addEventListener("pageshow", () => document.querySelectorAll("#send").forEach((form) => delete form.dataset.sent));
