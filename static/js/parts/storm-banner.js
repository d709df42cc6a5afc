// The storm banner of every page of a district: comes, changes and goes with the rules, without a reload.
// Mounts on [data-storm-of], whose value is the district's id.

import { APP, appUrl } from "../streams/inbox.js";
import { streams } from "../streams/registry.js";

export class StormBanner {
  #place = document.querySelector("[data-storm-of]");
  #leave = () => {};

  connect() {
    if (!this.#place) return;
    this.#leave = streams.open(APP, appUrl(), { "storm.changed": (data) => this.#show(data) });
  }

  disconnect() {
    this.#leave();
  }

  /** @param {{ district: number, html?: string }} data */
  #show({ district, html }) {
    if (district !== Number(this.#place.dataset.stormOf)) return;
    // Without the rendered banner (its renderer failed) only the page itself can tell.
    if (html === undefined) location.reload();
    else this.#place.innerHTML = html;
  }
}
