// The summary before sending: what went wrong is read out first; with nothing in doubt one Enter sends.
(document.getElementById("errors") ?? document.querySelector("[data-first]"))?.focus({ preventScroll: true });
