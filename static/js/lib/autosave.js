// Sends rows of the entry form one batch after another, tries again with growing pauses, and says what became of them.
// Knows nothing of the page but what it is given.
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 30_000;
const PATIENCE = 20_000;
const MOST_TRIES = 5;

// collect(code): [name, text] pairs as they stand now. answered(code, answer, unchanged), state(code, name),
// progress(html, at), trouble(kind, text, link): kind "" when all is well. who: the person's number; token: {value},
// renewed by `renew()`. remember(code): it is on its way, and may be stored although no answer comes. calm(): settles
// when the page may move.
export function saver({ url, who, token, collect, answered, state, remember, progress, trouble, renew, calm }) {
  const waiting = new Set();
  const flying = new Map();
  const tries = new Map(); // what was sent of a row and never answered, by code: the server knows its own sender by it
  let sending = null;
  let pause = FIRST_PAUSE;
  let timer = 0;
  let halted = false;

  function queue(codes) {
    for (const code of codes) {
      if (flying.get(code) === String(collect(code))) continue; // the same is on its way
      waiting.add(code);
      state(code, halted || !navigator.onLine ? "kept" : "sending");
    }
    if (waiting.size) later(0);
  }

  function later(milliseconds) {
    clearTimeout(timer);
    if (!halted) timer = setTimeout(flush, milliseconds);
  }

  // Settles when nothing is on its way; true when nothing is left to be sent.
  async function flush({ keepalive = false } = {}) {
    clearTimeout(timer);
    if (halted) return false;
    if (sending) {
      await sending;
      // Another that waited too may have sent what was left: that is awaited as well.
      return keepalive ? !waiting.size : flush();
    }
    if (!waiting.size) return true;
    const codes = [...waiting];
    waiting.clear();
    sending = send(codes, keepalive).finally(() => {
      sending = null;
      flying.clear();
    });
    const sent = await sending;
    return sent && (!waiting.size || flush());
  }

  async function send(codes, keepalive, again = false) {
    const sent = new Map(codes.map((code) => [code, collect(code)]));
    const body = new URLSearchParams([
      ["csrfmiddlewaretoken", token.value],
      ["who", who],
    ]);
    for (const [code, pairs] of sent) {
      const text = String(new URLSearchParams(pairs));
      const earlier = tried(code).filter((each) => each !== text);
      for (const each of [...pairs, ...earlier.map((each) => [`tried-${code}`, each])]) body.append(...each);
      recall(code, [...earlier, text]);
      flying.set(code, String(pairs));
      state(code, "sending");
      remember(code);
    }
    let response, answer;
    try {
      response = await fetch(url, {
        method: "POST",
        body,
        redirect: "manual",
        keepalive,
        signal: AbortSignal.timeout(PATIENCE),
      });
      answer = response.headers.get("Content-Type")?.startsWith("application/json") ? await response.json() : null;
    } catch {
      response = null;
    }
    await calm();
    if (!response) return waitFor(codes, "offline");
    if (response.ok && answer) {
      pause = FIRST_PAUSE;
      trouble("");
      progress(answer.progress, answer.at);
      for (const code of codes) {
        const unchanged = String(sent.get(code)) === String(collect(code));
        tries.delete(code);
        if (answer.rows[code]) answered(code, answer.rows[code], unchanged, answer.at);
      }
      return !answer.refusal || waitFor(codes, "busy");
    }
    if (answer?.login || response.type === "opaqueredirect") return waitFor(codes, "ended", answer?.login);
    if (answer?.locked) return halt(codes, "locked", answer.locked);
    if (answer?.other) return halt(codes, "other", answer.other);
    if (response.status === 403 && !again) {
      const fresh = await renew();
      if (fresh) return send(codes, keepalive, true);
      return waitFor(codes, "ended");
    }
    // Saved or not: what is sent again the server answers with what it holds.
    return waitFor(codes, "down", "", response.status);
  }

  function waitFor(codes, kind, link, text = "") {
    for (const code of codes) {
      waiting.add(code);
      state(code, "kept");
    }
    trouble(kind, text, link);
    later(pause);
    pause = Math.min(2 * pause, LONGEST_PAUSE);
    return false;
  }

  function halt(codes, kind, text) {
    halted = true;
    for (const code of [...codes, ...waiting]) state(code, "stuck");
    trouble(kind, text);
    return false;
  }

  const tried = (code) => tries.get(code) ?? [];
  const recall = (code, texts = []) => tries.set(code, texts.slice(-MOST_TRIES));
  const soon = () => waiting.size && later(0);
  addEventListener("online", () => halted || (waiting.size ? later(0) : trouble("")));
  addEventListener("offline", () => halted || trouble("offline"));
  addEventListener("focus", soon);
  document.addEventListener("visibilitychange", () => (document.hidden ? flush({ keepalive: true }) : soon()));
  return { queue, flush, tried, recall };
}
