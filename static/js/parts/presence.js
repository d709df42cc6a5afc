// Presence at a review: tells the server that the person of this page is there, and shows which colleagues are.

import { APP, appUrl } from "../streams/inbox.js";
import { streams } from "../streams/registry.js";

const PATIENCE = 40_000; // ms after which somebody who looks at another tab has left the review
const NEIGHBOURS = "lineup-reviewing"; // where tabs of this browser tell each other which review they leave

/**
 * Tells the server that the review is open, when it comes and when the connection is back; from then on the open stream
 * says so, which names the page, until the person leaves.
 */
export class Presence {
  #url = document.body.dataset.reviewingUrl;
  #neighbours = new BroadcastChannel(NEIGHBOURS);
  #timer = 0;
  #leaveStream = () => {};

  connect() {
    document.addEventListener("visibilitychange", this.#look);
    addEventListener("pageshow", this.#look);
    addEventListener("pagehide", this.#leave);
    // Whoever closes one of two tabs with the same review has not left it.
    this.#neighbours.onmessage = ({ data }) => data === this.#url && this.#look();
    this.#leaveStream = streams.open(APP, appUrl(), { state: (state) => state === "live" && this.#come() });
  }

  disconnect() {
    clearTimeout(this.#timer);
    document.removeEventListener("visibilitychange", this.#look);
    removeEventListener("pageshow", this.#look);
    removeEventListener("pagehide", this.#leave);
    this.#neighbours.close();
    this.#leaveStream();
    this.#leave();
  }

  #look = () => {
    clearTimeout(this.#timer);
    if (document.hidden) this.#timer = setTimeout(this.#leave, PATIENCE);
    else this.#come();
  };

  #come = async () => {
    if (document.hidden) return;
    try {
      const { status } = await fetch(this.#url, { method: "POST", body: this.#words() });
      // Not for this person any more.
      if (status === 403 || status === 404) this.disconnect();
    } catch {
      // It is said again when the connection is back.
    }
  };

  // Sent even when the page is torn down at once.
  #leave = () => {
    navigator.sendBeacon(this.#url, this.#words({ ended: "1" }));
    this.#neighbours.postMessage(this.#url);
  };

  #words(more = {}) {
    const body = new FormData();
    /** @type {HTMLInputElement} */
    const token = document.querySelector("[name=csrfmiddlewaretoken]");
    body.set("csrfmiddlewaretoken", token.value);
    for (const [name, value] of Object.entries(more)) body.set(name, value);
    return body;
  }
}

/**
 * Shows in the [data-reviewing] of `element` what the server says of it.
 * @param {ParentNode} element
 * @param {string} html
 */
export function showReviewers(element, html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const list = template.content.querySelector("[data-reviewing]");
  settle(list);
  element.querySelector("[data-reviewing]")?.replaceChildren(...list.childNodes);
}

/**
 * Leaves the person of this page out, who knows what they do. Rows are the same for everybody until then.
 * @param {ParentNode} root
 */
export function settle(root) {
  const me = document.body.dataset.streamUser;
  for (const one of root.querySelectorAll(`[data-reviewing] > [data-person="${me}"], :scope > [data-person="${me}"]`)) {
    one.hidden = true;
  }
}
