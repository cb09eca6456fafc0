// Long work under way: asks how far it is, less often the longer it takes, and opens the page anew when it is over.
const FIRST = 700;
const SLOWEST = 5000;

for (const box of document.querySelectorAll("[data-job]")) {
  let pause = FIRST;
  const ask = async () => {
    try {
      const answer = await fetch(box.dataset.job, { headers: { "X-Requested-With": "fetch" } });
      if (answer.redirected) return location.reload(); // the session has ended
      if (answer.ok) {
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body;
        if (fresh.querySelector("[data-job-over]")) return location.reload();
        if (fresh.firstElementChild?.outerHTML !== box.firstElementChild?.outerHTML)
          box.replaceChildren(...fresh.childNodes);
      }
    } catch {
      // No answer now: the work goes on all the same, and the next question may be heard.
    }
    pause = Math.min(pause * 1.3, SLOWEST);
    setTimeout(ask, pause);
  };
  setTimeout(ask, pause);
}
