// The inbox on every page: unread count in header and title, and a toast for each new entry.
// Reads data-stream-url and data-stream-cursor of <body>; mounts on [data-unread-count], [data-toasts] and the pill.

import { Pill } from "./pill.js";
import { APP, streams } from "./registry.js";

export { APP };

const TOAST_LIFE = 10_000; // ms
const MOST_TOASTS = 4;

/** The address of the app-lifetime stream as the page names it, with the cursor it was made at. */
export function appUrl() {
  const { streamUrl, streamCursor } = document.body.dataset;
  const url = new URL(streamUrl, document.baseURI);
  if (streamCursor) url.searchParams.set("cursor", streamCursor);
  return url;
}

export class Inbox {
  #counts = document.querySelectorAll("[data-unread-count]");
  #toasts = document.querySelector("[data-toasts]");
  #pills = [...document.querySelectorAll("[data-connection-pill]")].map((element) => new Pill(element));
  #title = document.title.replace(/^\(\d+\) /, "");
  /** @type {(() => void)[]} */
  #leave = [];

  connect() {
    /** @type {import("./registry.js").Handlers} */
    const handlers = {
      "notification.created": (data) => {
        this.#count(data.unread);
        if (data.toast) this.#toast(data);
      },
      "notification.read": (data) => this.#count(data.unread),
    };
    this.#leave = [handlers, ...this.#pills.map((pill) => pill.connect())].map((each) =>
      streams.open(APP, appUrl(), each),
    );
    if (this.#counts.length) this.#count(Number(this.#counts[0].dataset.unreadCount));
  }

  disconnect() {
    for (const leave of this.#leave) leave();
    for (const pill of this.#pills) pill.disconnect();
  }

  /** @param {number | undefined} unread */
  #count(unread) {
    // Without the rendered number (its renderer failed) the old one is the best we know.
    if (unread === undefined) return;
    for (const element of this.#counts) {
      element.textContent = element.dataset.unreadCount = String(unread);
    }
    document.title = unread ? `(${unread}) ${this.#title}` : this.#title;
  }

  /** @param {{ title: string, body?: string, url?: string }} entry */
  #toast({ title, body, url }) {
    if (!this.#toasts) return;
    const toast = make("div", { className: "toast" });
    const head = make(url ? "a" : "strong", { textContent: title });
    if (url) head.href = url;
    const text = make("div", { className: "toast-text" });
    text.append(head, ...(body ? [make("p", { textContent: body })] : []));
    const mark = make("span", { className: "toast-mark", textContent: "•", ariaHidden: "true" });
    toast.append(mark, text, this.#dismisser(toast, title));
    this.#toasts.append(toast);
    while (this.#toasts.children.length > MOST_TOASTS) this.#toasts.firstElementChild.remove();
    setTimeout(() => this.#expire(toast), TOAST_LIFE);
  }

  /** @param {HTMLElement} toast @param {string} title */
  #dismisser(toast, title) {
    const look = { type: "button", className: "plain", textContent: "×", ariaLabel: `Dismiss: ${title}` };
    const button = make("button", look);
    button.addEventListener("click", () => toast.remove());
    return button;
  }

  /** @param {HTMLElement} toast */
  #expire(toast) {
    // A toast that somebody reads or is about to act on stays.
    if (toast.matches(":hover, :focus-within")) setTimeout(() => this.#expire(toast), TOAST_LIFE);
    else toast.remove();
  }
}

/** @param {string} name @param {object} properties @returns {any} */
function make(name, properties) {
  return Object.assign(document.createElement(name), properties);
}
