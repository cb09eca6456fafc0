// As much of a page as the scripts under test ask for: elements that are found by simple selectors, and events that rise.

const PART = /^([a-z]*)((?:\[[^\]]+\]|\.[\w-]+|:[\w-]+)*)$/;

function matchesPart(element, part) {
    const [, tag, rest] = PART.exec(part);
    if (tag && tag !== element.tag) return false;
    return (rest.match(/\[[^\]]+\]|\.[\w-]+|:[\w-]+/g) ?? []).every((each) => {
        if (each === ":checked") return Boolean(element.checked);
        if (each.startsWith(".")) return (element.attributes.class ?? "").split(" ").includes(each.slice(1));
        const [, name, value] = /^\[([\w-]+)(?:="?'?([^"'\]]*)"?'?)?\]$/.exec(each);
        return name in element.attributes && (value === undefined || String(element.attributes[name]) === value);
    });
}

function matchesPath(element, path) {
    const parts = path.trim().split(/\s+/);
    if (!matchesPart(element, parts.pop())) return false;
    for (let above = element.parent; parts.length && above; above = above.parent) {
        if (matchesPart(above, parts.at(-1))) parts.pop();
    }
    return !parts.length;
}

const camel = (name) => name.slice(5).replace(/-(\w)/g, (_, letter) => letter.toUpperCase());

export class Element {
    constructor(tag, attributes = {}, children = []) {
        this.tag = tag;
        this.attributes = attributes;
        this.type = attributes.type ?? (tag === "textarea" ? "textarea" : "");
        this.value = this.defaultValue = attributes.value ?? "";
        this.checked = Boolean(attributes.checked);
        this.readOnly = Boolean(attributes.readonly);
        this.offsetParent = {};
        this.hidden = false;
        this.dataset = {};
        for (const [name, value] of Object.entries(attributes))
            if (name.startsWith("data-")) this.dataset[camel(name)] = value;
        this.listeners = [];
        this.children = children;
        for (const child of children) child.parent = this;
    }

    get all() {
        return this.children.flatMap((child) => [child, ...child.all]);
    }

    get nextElementSibling() {
        return this.parent?.children[this.parent.children.indexOf(this) + 1] ?? null;
    }

    get previousElementSibling() {
        return this.parent?.children[this.parent.children.indexOf(this) - 1] ?? null;
    }

    matches(selector) {
        return selector.split(",").some((path) => matchesPath(this, path));
    }

    closest(selector) {
        return this.matches(selector) ? this : (this.parent?.closest(selector) ?? null);
    }

    contains(other) {
        return this === other || this.all.includes(other);
    }

    querySelectorAll(selector) {
        return this.all.filter((each) => each.matches(selector));
    }

    querySelector(selector) {
        return this.querySelectorAll(selector)[0] ?? null;
    }

    addEventListener(type, listener, { once = false } = {}) {
        this.listeners.push({ type, listener, once });
    }

    // What an event does: whether it was prevented, as the browser would learn.
    send(type, more = {}) {
        const event = {
            type,
            target: this,
            isPrevented: false,
            ...more,
            preventDefault: () => (event.isPrevented = true),
        };
        for (let at = this; at; at = at.parent) {
            for (const each of [...at.listeners]) {
                if (each.type !== type) continue;
                if (each.once) at.listeners.splice(at.listeners.indexOf(each), 1);
                each.listener(event);
            }
        }
        return event.isPrevented;
    }

    dispatchEvent(event) {
        return !this.send(event.type);
    }

    focus() {
        if (globalThis.document.activeElement === this) return;
        globalThis.document.activeElement?.send("focusout");
        globalThis.document.activeElement = this;
        this.send("focusin");
    }

    click() {
        if (this.type === "checkbox") this.checked = !this.checked;
        if (this.type === "radio") this.checked = true;
        this.send("click");
        if (this.type) this.send("input", { inputType: "" });
    }

    select() {
        this.isSelected = true;
    }

    setSelectionRange() {
        this.isSelected = false;
    }
}

export const make = (tag, attributes, ...children) => new Element(tag, attributes, children);

// A document of these elements, and what else a script finds in a window.
export function open(...elements) {
    const body = make("body", {}, ...elements);
    globalThis.document = Object.assign(body, { activeElement: null, getElementById: () => null });
    return body;
}

export class Storage {
    getItem(name) {
        return Object.hasOwn(this, name) ? this[name] : null;
    }

    setItem(name, value) {
        if (Storage.isFull) throw new Error("QuotaExceededError");
        this[name] = value;
    }

    removeItem(name) {
        delete this[name];
    }
}
