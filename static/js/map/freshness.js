// Keeps lists, map and legend as the server has them: what changed is asked for once in a burst.

import { ask } from "../asking.js";

const PAUSE = 250; // ms in which changes gather
const SELDOM = 5_000; // ms at least between two times that everything is asked for
const MANY = 200; // orders; for more, everything is

export class Freshness {
  #address = document.querySelector("[data-map]").dataset.placesUrl;
  #legend = document.querySelector("[data-legend]");
  #orders;
  #crews;
  #wanted = new Set();
  #wantsAll = false;
  #isAsking = false;
  #askedAll = -SELDOM;
  #timer = 0;
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
    clearTimeout(this.#timer);
    clearTimeout(this.#clock);
  }

  /** @param {number} order */
  changed(order) {
    this.#wanted.add(String(order));
    this.#soon(PAUSE);
  }

  /** Anything may have changed. */
  allChanged() {
    this.#wantsAll = true;
    this.#soon(Math.max(PAUSE, this.#askedAll + SELDOM - performance.now()));
  }

  #soon(pause) {
    if (!this.#isAsking) this.#timer ||= setTimeout(() => this.#ask(), pause);
  }

  async #ask() {
    const asked = [...this.#wanted];
    const isAll = this.#wantsAll || asked.length > MANY;
    this.#wanted.clear();
    this.#wantsAll = false;
    this.#timer = 0;
    this.#isAsking = true;
    if (isAll) this.#askedAll = performance.now();
    const answer = await ask(isAll ? this.#address : `${this.#address}&orders=${asked.join(",")}`);
    if (answer) this.#show(await answer.json(), isAll ? null : asked);
    // Two answers at once could come in the wrong sequence.
    this.#isAsking = false;
    if (this.#wantsAll) this.allChanged();
    else if (this.#wanted.size) this.#soon(PAUSE);
  }

  #show({ orders, crews, legend, changes_at: changesAt }, asked) {
    if (asked) this.#orders.update(orders.join(""), asked);
    else this.#orders.replaceAll(orders.join(""));
    this.#crews.replaceAll(crews);
    const focused = this.#legend.contains(document.activeElement) ? document.activeElement.search : null;
    this.#legend.innerHTML = legend;
    if (focused !== null) [...this.#legend.querySelectorAll("a")].find(({ search }) => search === focused)?.focus();
    this.#awaitMove(changesAt);
  }

  // A crew that sets out by its plan tells nobody; the plan says when.
  #awaitMove(at) {
    clearTimeout(this.#clock);
    if (!at) return;
    this.#clock = setTimeout(() => {
      this.#wanted.add("0"); // no order: the crews alone
      this.#soon(PAUSE);
    }, Math.max(1_000, Date.parse(at) - Date.now()));
  }
}
