// Service worker: opens the entry sheets of the person of this machine where there is no line (docs/decisions/0315).
// Nothing is kept but the files of the page, answers that the server marks as the person's own copy, and rows that the
// page itself saved since. `self.OFFLINE` stands in the address that loads this
// (indicators/submissions/views/offline.py).
const { release, files, page, sheets, header } = self.OFFLINE;
const FILES = `tep:${release}`;
const SHEETS = "phieu:";
const KEPT_AT = "X-Kept-At";
const LONGEST = 7 * 24 * 60 * 60 * 1000;
// Until a new release has taken over, every page of the site waits.
const PATIENCE = 10_000;

const pathOf = (request) => new URL(request.url).pathname;
const isRow = (request) => Boolean(new URL(request.url).search);
const isSheet = (path) => path.startsWith(sheets) && /^[^/]+\/$/.test(path.slice(sheets.length));
const isOfSheets = (name) => name.startsWith(SHEETS);

// Calls `then` with each cache of sheets; one person's at most, but while another signs in.
async function eachCache(then) {
  const names = (await caches.keys()).filter(isOfSheets);
  return Promise.all(names.map(async (name) => then(await caches.open(name), name)));
}

// The rows saved since the copy of a sheet was drawn: [cache, request] pairs.
async function rowsOf(path) {
  const found = await eachCache(async (cache) =>
    (await cache.keys()).filter((key) => isRow(key) && pathOf(key) === path).map((key) => [cache, key]),
  );
  return found.flat();
}

async function forget(path) {
  await eachCache(async (cache) => {
    for (const key of await cache.keys()) if (pathOf(key) === path) await cache.delete(key);
  });
}

// Keeps an answer that may be kept; true where it is. What the server does not mark is not kept any longer.
// earlier: rows that were saved before the answer was drawn.
async function keep(path, answer, earlier) {
  const person = answer.ok && answer.headers.get(header);
  if (!person) {
    if (answer.type !== "opaqueredirect" && answer.status < 500) await forget(path);
    return false;
  }
  const own = `${SHEETS}${release}:${person}`;
  await eachCache((_, name) => name !== own && caches.delete(name));
  const headers = new Headers(answer.headers);
  headers.set(KEPT_AT, Date.now());
  const copy = new Response(await answer.text(), { headers });
  await (await caches.open(own)).put(path, copy);
  for (const [cache, key] of earlier) await cache.delete(key);
  return true;
}

async function renew(path, signal) {
  const earlier = await rowsOf(path);
  return keep(path, await fetch(path, { redirect: "manual", signal }), earlier);
}

// The copies that are not too old: {path, at, cache, copy}, the newest first. Those that are go.
async function copies() {
  const found = await eachCache(async (cache) => {
    const pages = (await cache.keys()).filter((key) => !isRow(key));
    return Promise.all(
      pages.map(async (key) => {
        const copy = await cache.match(key);
        return { path: pathOf(key), at: Number(copy.headers.get(KEPT_AT)), cache, copy };
      }),
    );
  });
  const isOld = ({ at }) => !(Date.now() - at < LONGEST);
  await Promise.all(
    found
      .flat()
      .filter(isOld)
      .map(({ path }) => forget(path)),
  );
  return found
    .flat()
    .filter((each) => !isOld(each))
    .sort((one, two) => two.at - one.at);
}

// The copy of a sheet as a page, with the rows saved since; the page's script puts them in.
async function drawn({ path, copy }) {
  const rows = await Promise.all((await rowsOf(path)).map(async ([cache, key]) => (await cache.match(key)).text()));
  const saved = rows.map((html) => `<template class="kept-row">${html}</template>`).join("");
  const text = (await copy.text()).replace('id="entry"', 'id="entry" data-kept');
  // A function: what stands in a note is no pattern.
  return new Response(
    text.replace("</main>", () => `${saved}</main>`),
    { headers: copy.headers },
  );
}

async function withoutLine(path) {
  const kept = await copies();
  const own = kept.find((each) => each.path === path);
  if (own) return drawn(own);
  if (path === sheets && kept.length) return Response.redirect(kept[0].path);
  return (await caches.match(page)) ?? Response.error();
}

async function open(event, path) {
  const earlier = isSheet(path) ? await rowsOf(path) : [];
  let answer;
  try {
    answer = (await event.preloadResponse) ?? (await fetch(event.request));
  } catch {
    return withoutLine(path);
  }
  if (isSheet(path)) event.waitUntil(keep(path, answer.clone(), earlier).catch(() => {}));
  return answer;
}

async function install() {
  const cache = await caches.open(FILES);
  // As a stranger: this page is nobody's.
  const plain = await fetch(page, { credentials: "omit" });
  await Promise.all([cache.addAll(files), plain.ok ? cache.put(page, plain) : Promise.reject(new Error(page))]);
  await self.skipWaiting();
}

// What an earlier release kept goes: its sheets name files that are there no more. They are asked for anew.
async function takeOver() {
  await self.registration.navigationPreload?.enable();
  const paths = (await copies()).map(({ path }) => path);
  for (const name of await caches.keys()) if (!name.includes(`:${release}`)) await caches.delete(name);
  await self.clients.claim();
  await Promise.allSettled(paths.map((path) => renew(path, AbortSignal.timeout(PATIENCE))));
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(open(event, url.pathname));
  else if (files.includes(url.pathname)) {
    event.respondWith(caches.match(request).then((kept) => kept ?? fetch(request)));
  }
});

// A page asks whether its sheet is kept; `anew` where this worker did not see it come.
self.addEventListener("message", (event) => {
  const { sheet, anew } = event.data ?? {};
  if (!sheet || !isSheet(sheet)) return;
  const answer = async () => {
    const isKept = !anew && (await copies()).some(({ path }) => path === sheet);
    event.source.postMessage({ sheet, isKept: isKept || (await renew(sheet)) });
  };
  event.waitUntil(answer().catch(() => {}));
});
