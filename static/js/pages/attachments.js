// Files go one by one, each with its progress and, over a weak line, a button to try again. Without script the form
// sends them all at once.
const form = document.getElementById("attach");
const list = document.getElementById("sending");
const LONGEST = 120_000;

// How the server answered: "" for attached, else the reason, which stands over the list or among the page's messages.
function reasonOf(request) {
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  const refusal = page.querySelector("#errors b, .messages .err b")?.textContent.trim();
  if (request.status === 200 && !refusal && page.getElementById("attach")) return "";
  return refusal || "Hệ thống chưa nhận tệp này.";
}

// choices: what else the form says of its files, [name, value] pairs.
function send(file, choices, line) {
  const body = new FormData();
  for (const [name, value] of choices) body.append(name, value);
  body.append("tep", file);
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.timeout = LONGEST;
    request.upload.addEventListener("progress", ({ loaded, total }) => line.show(loaded / total));
    request.addEventListener("load", () => done({ reason: reasonOf(request), isAnswer: true }));
    const lose = () => done({ reason: "Mất kết nối." });
    for (const event of ["error", "timeout", "abort"]) request.addEventListener(event, lose);
    request.open("POST", form.getAttribute("action") || location.pathname);
    request.send(body);
  });
}

function lineFor(file) {
  const item = document.createElement("li");
  const words = document.createElement("span");
  const bar = Object.assign(document.createElement("progress"), { max: 1, value: 0 });
  const again = Object.assign(document.createElement("button"), { type: "button", className: "btn", hidden: true });
  bar.setAttribute("aria-label", file.name);
  again.textContent = `Thử lại ${file.name}`;
  words.textContent = `${file.name}: đang chờ`;
  item.append(words, " ", bar, " ", again);
  list.append(item);
  return {
    again,
    show(part) {
      bar.value = part;
      words.textContent = `${file.name}: đang gửi ${Math.round(100 * part)}%`;
    },
    end(reason, canTry) {
      bar.hidden = true;
      again.hidden = !canTry;
      words.textContent = `${file.name}: ${reason || "đã đính kèm"}`;
    },
  };
}

// Sends the files in turn; once all are attached the page shows them.
let open = 0;
let refused = 0;
let turn = Promise.resolve();

function queue(file, choices, line) {
  open += 1;
  turn = turn.then(async () => {
    const { reason, isAnswer } = await send(file, choices, line);
    open -= 1;
    line.end(reason, Boolean(reason) && !isAnswer);
    if (reason) refused += 1;
    if (!open && !refused) location.reload();
  });
}

form?.addEventListener("submit", (event) => {
  const files = [...form.querySelectorAll("input[type=file]")].flatMap((field) => [...field.files]);
  if (!files.length) return;
  event.preventDefault();
  const choices = [...new FormData(form)].filter(([, value]) => typeof value === "string");
  list.replaceChildren();
  list.hidden = false;
  refused = 0;
  for (const file of files) {
    const line = lineFor(file);
    line.again.addEventListener("click", () => {
      line.again.hidden = true;
      refused -= 1;
      queue(file, choices, line);
    });
    queue(file, choices, line);
  }
  form.reset();
});
