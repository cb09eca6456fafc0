// Drafts: what was typed and is not yet saved, on this machine.
import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";
import { Storage, make, open } from "./page.mjs";

const ROW = { seen: "3", values: { "numerator-I.1": "80" } };
const FORM = "7:x1:2023-08";
let logout,
    drafts,
    channel,
    reloads,
    question,
    loads = 0;

class Channel {
    sent = [];
    listeners = [];
    constructor() {
        channel = this;
    }
    postMessage(message) {
        this.sent.push(message);
    }
    addEventListener(_, listener) {
        this.listeners.push(listener);
    }
    hear(data) {
        for (const listener of this.listeners) listener({ data });
    }
}

// The script as a page of person 7 loads it.
async function load(stored = {}) {
    logout = make("form", { "data-logout": "", "data-user": "7" });
    open(logout);
    [reloads, Storage.isFull] = [0, false];
    Object.assign(globalThis, {
        window: { BroadcastChannel: Channel, requestIdleCallback: (then) => then() },
        BroadcastChannel: Channel,
        localStorage: Object.assign(new Storage(), stored),
        location: { reload: () => (reloads += 1) },
        addEventListener: () => {},
        confirm: (words) => ((question = words), true),
    });
    drafts = await import(`../../static/js/lib/drafts.js?${(loads += 1)}`);
}

beforeEach(() => load());

test("a row is kept under its form and comes back", () => {
    assert.equal(drafts.save(FORM, "I.1", ROW), true);
    assert.deepEqual(drafts.load(FORM), { "I.1": ROW });
    assert.deepEqual(drafts.load("7:x1:2023-09"), {});
    drafts.remove(FORM, "I.1");
    assert.deepEqual(drafts.load(FORM), {});
});

test("what cannot be read is thrown away", () => {
    localStorage.setItem(`phieu:${FORM}:I.2`, "{");
    drafts.save(FORM, "I.1", ROW);
    assert.deepEqual(drafts.load(FORM), { "I.1": ROW });
    assert.equal(localStorage.getItem(`phieu:${FORM}:I.2`), null);
});

test("a full memory is told, not thrown", () => {
    Storage.isFull = true;
    assert.equal(drafts.save(FORM, "I.1", ROW), false);
});

test("the drafts of another person are wiped, those of this one and what is no draft stay", async () => {
    await load({ "phieu:8:x1:2023-08:I.1": "{}", [`phieu:${FORM}:I.1`]: JSON.stringify(ROW), "giao-dien": "toi" });
    assert.deepEqual(Object.keys(localStorage), [`phieu:${FORM}:I.1`, "giao-dien"]);
});

test("logging out asks, wipes, tells the other windows, and keeps nothing after that", () => {
    drafts.save(FORM, "I.1", ROW);
    assert.equal(logout.send("submit"), false);
    assert.match(question, /^Còn 1 chỉ tiêu, biểu mẫu gõ dở/);
    assert.deepEqual(Object.keys(localStorage), []);
    assert.deepEqual(channel.sent, [{ out: true }]);
    assert.equal(drafts.save(FORM, "I.1", ROW), true);
    assert.deepEqual(Object.keys(localStorage), []);
});

test("whoever thinks better of logging out keeps everything", () => {
    drafts.save(FORM, "I.1", ROW);
    globalThis.confirm = () => false;
    assert.equal(logout.send("submit"), true);
    assert.deepEqual(drafts.load(FORM), { "I.1": ROW });
});

test("nothing typed, nothing asked", () => {
    question = "";
    assert.equal(logout.send("submit"), false);
    assert.equal(question, "");
});

test("what is saved in one window is heard in the others", () => {
    const heard = [];
    drafts.subscribe((message) => heard.push(message));
    drafts.publish({ form: FORM, code: "I.1", html: "" });
    channel.hear({ form: FORM, code: "I.1", html: "" });
    channel.hear({ other: true });
    assert.deepEqual(channel.sent, [{ form: FORM, code: "I.1", html: "" }]);
    assert.deepEqual(heard, [{ form: FORM, code: "I.1", html: "" }]);
});

test("a logout in another window stops this one", () => {
    const timers = [];
    const { setTimeout: timeout } = globalThis;
    globalThis.setTimeout = (then) => timers.push(then);
    channel.hear({ out: true });
    globalThis.setTimeout = timeout;
    timers.forEach((then) => then());
    drafts.save(FORM, "I.1", ROW);
    assert.deepEqual([reloads, Object.keys(localStorage)], [1, []]);
});
