// Notices on every page of a district (storm rules, systems that take no decisions): they come, change and go with what
// they tell, without a reload. Each mounts on a [data-notice], which names the event that carries its markup, and
// [data-notice-of], the district's id.

import { APP, appUrl } from "../streams/inbox.js";
import { streams } from "../streams/registry.js";

export class Notices {
  /** @type {(() => void)[]} */
  #leave = [];

  connect() {
    for (const place of document.querySelectorAll("[data-notice]")) this.#follow(/** @type {HTMLElement} */ (place));
  }

  disconnect() {
    for (const leave of this.#leave.splice(0)) leave();
  }

  /** @param {HTMLElement} place */
  #follow(place) {
    const district = Number(place.dataset.noticeOf);
    /** @param {{ district: number, html?: string }} data */
    const show = (data) => {
      if (data.district !== district) return;
      // Without the rendered markup (its renderer failed) only the page itself can tell.
      if (data.html === undefined) location.reload();
      else place.innerHTML = data.html;
    };
    this.#leave.push(streams.open(APP, appUrl(), { [place.dataset.notice ?? ""]: show }));
  }
}
