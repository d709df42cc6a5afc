// The tabs with their counts, asked for after changes; with them comes which rows the page would have now.

import { ask } from "../lib/asking.js";
import { Bursts } from "../lib/bursts.js";
import { refill } from "../lib/swapping.js";

const PAUSE = 1_000; // ms; one look for a burst of changes

export class Tabs {
  #element = document.querySelector("[data-tabs]");
  #onSequence;
  #bursts = new Bursts(() => this.#refresh(), { pause: PAUSE, seldom: PAUSE });

  /**
   * `onSequence(orders)` is told the ids of the orders that the page would show, as strings, in their sequence.
   * @param {{ onSequence: (orders: string[]) => void }} options
   */
  constructor({ onSequence }) {
    this.#onSequence = onSequence;
  }

  connect() {}

  disconnect() {
    this.#bursts.stop();
  }

  /** Something changed: the counts are asked for once the burst is over. */
  changed() {
    if (this.#element) this.#bursts.wantAll();
  }

  async #refresh() {
    const answer = await ask(this.#element.dataset.countsUrl);
    if (!answer) return;
    const fresh = /** @type {HTMLElement} */ (this.#element.cloneNode());
    fresh.innerHTML = await answer.text();
    const { sequence } = fresh.querySelector("[data-sequence]").dataset;
    refill(this.#element, fresh);
    this.#onSequence(sequence.split(" ").filter(Boolean));
  }
}
