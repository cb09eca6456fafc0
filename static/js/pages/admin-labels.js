// In administration choices by typing and the boxes that delete a row have no name for those who do not see the page:
// they get one.
function name() {
  for (const select of document.querySelectorAll("select.admin-autocomplete")) {
    const words = select.getAttribute("aria-label") || select.labels[0]?.textContent.replace(/[\s:]+$/, "");
    for (const part of select.nextElementSibling?.querySelectorAll("[role=combobox], [role=textbox]") ?? [])
      part.setAttribute("aria-label", words);
  }
  for (const box of document.querySelectorAll("input[name$=-DELETE]")) box.setAttribute("aria-label", "Xóa dòng này");
}
// They come when jQuery is ready, and with each row that is added.
new MutationObserver(name).observe(document.body, { childList: true, subtree: true });
name();
