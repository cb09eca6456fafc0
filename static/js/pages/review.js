// Choosing *Trả lại* on a row leads to its list of reasons; whatever went wrong is read out first.
for (const radio of document.querySelectorAll(".decision input[value=return]")) {
  radio.addEventListener("change", () => radio.checked && radio.closest("tbody").querySelector("select").focus());
}
document.getElementById("errors")?.focus();

// A report with warnings is approved once each of them has been on the screen.
const approve = document.querySelector("#decision button[value=approve]");
const unseen = new Set(document.querySelectorAll("#decision tbody[data-flagged]"));
if (approve && unseen.size) {
  const hint = document.querySelector("[data-unseen]");
  const tell = () => {
    approve.disabled = unseen.size > 0;
    hint.hidden = !unseen.size;
    hint.querySelector("b").textContent = unseen.size;
  };
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      unseen.delete(entry.target);
      seen.unobserve(entry.target);
    }
    tell();
  });
  for (const row of unseen) seen.observe(row);
}

// A decision can be taken back while its form stands; the server holds the same time.
for (const form of document.querySelectorAll("form[data-undo]")) {
  let left = Number(form.dataset.undo);
  const tick = setInterval(() => {
    left -= 1;
    if (left > 0) {
      form.querySelector("[data-seconds]").textContent = left;
    } else if (!("sent" in form.dataset)) {
      form.remove();
      clearInterval(tick);
    }
  }, 1000);
}
