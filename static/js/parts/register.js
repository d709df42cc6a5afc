// A register (permits, write-backs): after a burst of changes the page is asked for once, and what differs is swapped.
// Mounts on [data-register] with its [data-rows], each [data-part] around it, and [data-said], which tells of changes.

import { Announcer } from "../lib/announcing.js";
import { askPage } from "../lib/asking.js";
import { Bursts } from "../lib/bursts.js";
import { merge, refill, refillParts } from "../lib/swapping.js";

export class Register {
  #bursts = new Bursts(() => this.#refresh());
  #announcer = new Announcer();
  #pressed = false;
  /** @type {Document | null} */
  #page = null;

  connect() {
    document.addEventListener("pointerdown", this.#press);
    for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, this.#release);
  }

  disconnect() {
    this.#bursts.stop();
    this.#announcer.stop();
    document.removeEventListener("pointerdown", this.#press);
    for (const end of ["pointerup", "pointercancel"]) document.removeEventListener(end, this.#release);
  }

  /** Something changed: the page is asked for when the burst is over, never twice at once. */
  changed() {
    this.#bursts.wantAll();
  }

  async #refresh() {
    this.#page = (await askPage()) ?? this.#page;
    if (!this.#pressed) this.#show();
  }

  #show() {
    const page = this.#page;
    this.#page = null;
    if (!page) return;
    refillParts(page);
    const [old, fresh] = [document, page].map((one) => one.querySelector("[data-register]"));
    const [rows, freshRows] = [old, fresh].map((one) => one?.querySelector("[data-rows]"));
    if (rows && freshRows) this.#announcer.rows(merge(rows, freshRows.children, "row"));
    else if (old && fresh) this.#announcer.rows(refill(old, fresh) ? 1 : 0);
  }

  // Nothing moves between the press and the release of a button or link.
  /** @param {PointerEvent} event */
  #press = ({ button }) => {
    this.#pressed = button === 0;
  };

  #release = () => {
    this.#pressed = false;
    // After the click that follows the release.
    setTimeout(() => this.#show());
  };
}
