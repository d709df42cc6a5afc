// The board by keyboard: j k Enter Space a i u act on the current row, the others on the page.

import { Keys, newestMessage, press } from "../lib/keys.js";

export class BoardKeys {
  /** @type {import("./selection.js").Selection} */
  #selection;
  #keys = new Keys({
    j: () => this.#move(1),
    k: () => this.#move(-1),
    Enter: () => this.#current()?.querySelector("[data-key='review']")?.click(),
    " ": ({ shiftKey }) => this.#selection.pick(this.#current(), shiftKey),
    a: () => this.#approve(this.#current()),
    i: () => press("[data-key='details'] > summary", this.#current()),
    u: () => press("[data-action='undo'], [data-action='revoke']", this.#current()),
    b: () => press("[data-bulk]"),
    r: () => press("[data-action='recent']"),
    m: newestMessage,
    s: () => press("[data-action='suggest']"),
    p: () => press("[data-action='keep']"),
    "/": () => /** @type {HTMLInputElement | null} */ (document.getElementById("id_q"))?.select(),
  });

  /** @param {import("./selection.js").Selection} selection */
  constructor(selection) {
    this.#selection = selection;
  }

  connect() {
    this.#keys.connect();
    document.addEventListener("focusin", this.#focus);
  }

  disconnect() {
    this.#keys.disconnect();
    document.removeEventListener("focusin", this.#focus);
  }

  /** @param {{ target: any }} event */
  #focus = ({ target }) => {
    const row = target.closest("[data-order-id]");
    if (row) this.#mark(row);
  };

  /** What speaks against it is read before it is approved. @param {HTMLElement | null} row */
  #approve(row) {
    /** @type {HTMLDetailsElement | null | undefined} */
    const unread = row?.querySelector("details[data-warned]:not([open])");
    if (!unread || !row.querySelector("[data-action='approve']")?.checkVisibility()) {
      return press("[data-action='approve']", row);
    }
    unread.open = true;
    row.scrollIntoView({ block: "nearest" });
    const said = document.querySelector("[data-said]");
    if (said) said.textContent = `Read what speaks against ${row.dataset.number}; press a once more to approve it.`;
  }

  #rows() {
    return [...document.querySelectorAll("[data-order-id]")];
  }

  #current() {
    return document.querySelector("[data-order-id].is-current");
  }

  /** @param {HTMLElement} row */
  #mark(row) {
    for (const other of document.querySelectorAll("[data-order-id].is-current")) other.classList.remove("is-current");
    row.classList.add("is-current");
  }

  /** @param {number} step */
  #move(step) {
    const rows = this.#rows();
    const at = rows.indexOf(this.#current());
    const row = rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + step))];
    row?.focus();
    row?.scrollIntoView({ block: "nearest" });
  }
}
