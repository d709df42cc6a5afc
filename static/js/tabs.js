// The tabs with their counts, and a notice when orders have come to the queue or left it.

import { ask } from "./asking.js";
import { Bursts } from "./bursts.js";

const PAUSE = 1_000; // ms; one look for a burst of changes

export class Tabs {
  #element = document.querySelector("[data-tabs]");
  #notice = document.querySelector("[data-grown]");
  #total = this.#count();
  #bursts = new Bursts(() => this.#refresh(), { pause: PAUSE, seldom: PAUSE });

  connect() {}

  disconnect() {
    this.#bursts.stop();
  }

  /** Something changed: the counts are asked for once the burst is over. */
  changed() {
    if (this.#element) this.#bursts.wantAll();
  }

  /** The rows were fetched anew, so the page shows the queue as it now is. */
  settled() {
    this.#total = undefined;
    this.changed();
  }

  #count() {
    return Number(this.#element?.querySelector("[data-count='all']")?.textContent ?? 0);
  }

  async #refresh() {
    const answer = await ask(this.#element.dataset.countsUrl);
    if (!answer) return;
    const focused = this.#element.contains(document.activeElement) ? document.activeElement.getAttribute("href") : "";
    this.#element.innerHTML = await answer.text();
    if (focused) this.#element.querySelector(`[href="${focused}"]`)?.focus();
    this.#total ??= this.#count();
    this.#announce(this.#count() - this.#total);
  }

  #announce(grown) {
    if (!this.#notice) return;
    const size = Math.abs(grown);
    const what = `${size} order${size === 1 ? "" : "s"} ${grown > 0 ? "arrived in" : "left"} the queue.`;
    this.#notice.querySelector("[data-grown-text]").textContent = what;
    this.#notice.hidden = !grown;
  }
}
