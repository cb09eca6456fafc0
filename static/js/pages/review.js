// Choosing *Trả lại* on a row leads to its reason; whatever went wrong is read out first.
for (const radio of document.querySelectorAll(".decision input[value=return]")) {
  radio.addEventListener("change", () => radio.checked && radio.closest("tbody").querySelector("textarea").focus());
}
document.getElementById("errors")?.focus();
