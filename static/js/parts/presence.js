// Presence at a review: tells the server that the person of this page is there, and shows which colleagues are.

const BEAT = 20_000; // ms between two signs of life; the server waits for two of them

/** Tells the server that the review is open, as long as somebody can see it. */
export class Presence {
  #url = document.body.dataset.reviewingUrl;
  #timer = 0;

  connect() {
    this.#timer = setInterval(this.#beat, BEAT);
    document.addEventListener("visibilitychange", this.#beat);
    addEventListener("pageshow", this.#beat);
    addEventListener("pagehide", this.#leave);
    this.#beat();
  }

  disconnect() {
    clearInterval(this.#timer);
    document.removeEventListener("visibilitychange", this.#beat);
    removeEventListener("pageshow", this.#beat);
    removeEventListener("pagehide", this.#leave);
    this.#leave();
  }

  #beat = async () => {
    if (document.hidden) return;
    try {
      const { status } = await fetch(this.#url, { method: "POST", body: this.#words() });
      // Not for this person any more.
      if (status === 403 || status === 404) this.disconnect();
    } catch {
      // The next beat may get through.
    }
  };

  // Sent even when the page is torn down at once.
  #leave = () => navigator.sendBeacon(this.#url, this.#words({ ended: "1" }));

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
