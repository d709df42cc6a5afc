// The rows of a register (permits, write-backs): what the server pushes is swapped in, the focus stays.
// Mounts on [data-register] with its [data-rows], and [data-said], which tells of changes.

import { Announcer } from "../lib/announcing.js";
import { arranged, surround } from "../lib/arranging.js";
import { askPage } from "../lib/asking.js";
import { merge, refillParts } from "../lib/swapping.js";

export class Register {
  #place = document.querySelector("[data-register]");
  #announcer = new Announcer();

  connect() {}

  disconnect() {
    this.#announcer.stop();
  }

  /** @param {import("./live-page.js").Rows} told */
  show({ rows = {}, sequence, around }) {
    if (!this.#place) return;
    if (around !== undefined) surround(this.#place, around);
    const body = this.#rows;
    if (!body) return;
    const keys = sequence ?? [...body.children].map((/** @type {any} */ row) => row.dataset.row);
    const fresh = arranged(body, keys, rows, "row", parse);
    if (fresh) this.#announcer.rows(merge(body, fresh, "row"));
    else this.refresh();
  }

  /** Fetches the page and shows what differs. */
  async refresh() {
    const page = await askPage();
    if (!page) return;
    refillParts(page);
    const place = page.querySelector("[data-register]");
    if (!this.#place || !place) return;
    surround(this.#place, place.innerHTML);
    const fresh = place.querySelector("[data-rows]");
    if (this.#rows && fresh) this.#announcer.rows(merge(this.#rows, fresh.children, "row"));
  }

  get #rows() {
    return this.#place?.querySelector("[data-rows]") ?? null;
  }
}

/** @param {string} html */
function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return /** @type {HTMLElement} */ (template.content.firstElementChild);
}
