// Keeps lists, map and legend as the server has them: what changed is asked for once in a burst.

import { ask } from "../../lib/asking.js";
import { Bursts } from "../../lib/bursts.js";
import { focusWithin } from "../../lib/swapping.js";

const SELDOM = 5_000; // ms at least between two times that everything is asked for
const MANY = 200; // orders; for more, everything is

export class Freshness {
  #address = document.querySelector("[data-map]").dataset.placesUrl;
  #legend = document.querySelector("[data-legend]");
  #orders;
  #crews;
  #bursts = new Bursts((orders) => this.#ask(orders), { seldom: SELDOM, many: MANY });
  #clock = 0;

  /** @param {import("./place-list.js").PlaceList} orders @param {import("./place-list.js").PlaceList} crews */
  constructor(orders, crews) {
    this.#orders = orders;
    this.#crews = crews;
  }

  connect() {
    this.#awaitMove(document.querySelector('[data-places="crews"]').dataset.changesAt);
  }

  disconnect() {
    this.#bursts.stop();
    clearTimeout(this.#clock);
  }

  /** @param {number} order */
  changed(order) {
    this.#bursts.want(String(order));
  }

  /** Anything may have changed. */
  allChanged() {
    this.#bursts.wantAll();
  }

  /** @param {string[] | null} orders */
  async #ask(orders) {
    const answer = await ask(orders ? `${this.#address}&orders=${orders.join(",")}` : this.#address);
    if (answer) this.#show(await answer.json(), orders);
  }

  /** @param {any} answer @param {string[] | null} asked */
  #show({ orders, crews, legend, changes_at: changesAt }, asked) {
    if (asked) this.#orders.update(orders.join(""), asked);
    else this.#orders.replaceAll(orders.join(""));
    this.#crews.replaceAll(crews);
    const focused = /** @type {HTMLAnchorElement | null} */ (focusWithin(this.#legend))?.search;
    this.#legend.innerHTML = legend;
    /** @type {NodeListOf<HTMLAnchorElement>} */
    const links = this.#legend.querySelectorAll("a");
    if (focused !== undefined) [...links].find(({ search }) => search === focused)?.focus();
    this.#awaitMove(changesAt);
  }

  // A crew that sets out by its plan tells nobody; the plan says when.
  /** @param {string | undefined} at */
  #awaitMove(at) {
    clearTimeout(this.#clock);
    if (!at) return;
    const pause = Math.max(1_000, Date.parse(at) - Date.now());
    this.#clock = setTimeout(() => this.#bursts.want("0"), pause); // no order: the crews alone
  }
}
