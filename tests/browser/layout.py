"""Faults of layout, as scripts that return the texts that have them."""

# The dates that stand on more than one line.
BROKEN_DATES = """() => {
  const broken = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    for (const date of text.data.matchAll(/\\b\\d{1,2}\\/\\d{1,2}(\\/\\d{4})?\\b/g)) {
      const range = document.createRange();
      range.setStart(text, date.index);
      range.setEnd(text, date.index + date[0].length);
      const tops = [...range.getClientRects()].filter((box) => box.width > 1).map((box) => Math.round(box.top));
      if (new Set(tops).size > 1) broken.push(date[0]);
    }
  }
  return broken;
}"""
# The entries of the menu that are cut at its edge.
CUT_ENTRIES = """() => [...document.querySelectorAll('.nav a')].filter((entry) => {
  const right = Math.min(innerWidth, entry.parentElement.getBoundingClientRect().right + 1);
  return entry.getBoundingClientRect().right > right;
}).map((entry) => entry.textContent.trim())"""
