// Keeps what the server rendered of this page up to date: parts by their data-part, and rows by their key.
// Nothing changes between the press and the release of a button or link.

import { makeOurs } from "../lib/own-forms.js";
import { refill } from "../lib/swapping.js";
import { APP, appUrl } from "../streams/inbox.js";
import { streams } from "../streams/registry.js";
import { PAGE, shown } from "../streams/shown.js";

/** @typedef {{ rows?: Record<string, any>, sequence?: string[], around?: string }} Rows */

export class LivePage {
  #onRows;
  #onPart;
  #onAsk;
  #pressed = false;
  /** @type {any[]} */
  #waiting = [];
  #leave = () => {};

  /**
   * `onRows` is told what differs in the rows; `onPart(name, html)` answers whether it has shown the part itself; `onAsk`
   * fetches the page, which the server could not render for everybody.
   * @param {{ onRows?: (rows: Rows) => void, onPart?: (name: string, html: string) => boolean, onAsk?: () => void }} told
   */
  constructor({ onRows = () => {}, onPart = () => false, onAsk = () => location.reload() } = {}) {
    this.#onRows = onRows;
    this.#onPart = onPart;
    this.#onAsk = onAsk;
  }

  connect() {
    document.addEventListener("pointerdown", this.#press);
    for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, this.#release);
    this.#leave = streams.open(APP, appUrl(), { [PAGE]: (data) => this.#hear(data) });
  }

  disconnect() {
    this.#leave();
    document.removeEventListener("pointerdown", this.#press);
    for (const end of ["pointerup", "pointercancel"]) document.removeEventListener(end, this.#release);
  }

  /** @param {any} data */
  #hear(data) {
    if (data.page !== shown.name) return;
    if (data.through) shown.since = data.through;
    this.#waiting.push(data);
    if (!this.#pressed) this.#show();
  }

  #show() {
    // One by one: what cannot be shown must not cost the page what comes behind it.
    while (this.#waiting.length) {
      const { ask, parts, rows, sequence, around } = this.#waiting.shift();
      if (ask) this.#onAsk();
      for (const [name, html] of Object.entries(parts ?? {})) if (!this.#onPart(name, html)) fill(name, html);
      if (rows || sequence || around !== undefined) this.#onRows({ rows, sequence, around });
    }
  }

  /** @param {PointerEvent} event */
  #press = ({ button }) => {
    this.#pressed = button === 0;
  };

  #release = () => {
    this.#pressed = false;
    // After the click that follows the release.
    setTimeout(() => this.#pressed || this.#show());
  };
}

/** @param {string} name @param {string} html */
function fill(name, html) {
  const old = partOf(name);
  if (old) refill(old, madeOf(old, html));
}

/** The part of this page, if it has it. @param {string} name @returns {HTMLElement | null} */
export function partOf(name) {
  return document.querySelector(`[data-part="${CSS.escape(name)}"]`);
}

/**
 * The part as the server renders it now, with the forms of this page; it is not on the page yet.
 * @param {HTMLElement} old
 * @param {string} html
 */
export function madeOf(old, html) {
  const fresh = /** @type {HTMLElement} */ (old.cloneNode());
  fresh.innerHTML = html;
  makeOurs(fresh);
  return fresh;
}
