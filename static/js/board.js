// The rows of the board: each is replaced in place by what the server rendered, without losing focus or pointer.

import { ask } from "./asking.js";
import { Bursts } from "./bursts.js";
import { merge, swap } from "./swapping.js";

const FEW = 3; // orders that are fetched one by one; for more, the page is

export class Board {
  #rows = document.querySelector("[data-rows]");
  #day = document.body.dataset.day;
  #held = null;
  #waiting = new Map();
  #bursts = new Bursts((orders) => (orders ? Promise.all(orders.map((each) => this.refresh(each))) : this.resync()), {
    many: FEW,
  });

  connect() {
    document.addEventListener("pointerdown", this.#press);
    for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, this.#release);
  }

  disconnect() {
    this.#bursts.stop();
    document.removeEventListener("pointerdown", this.#press);
    for (const end of ["pointerup", "pointercancel"]) document.removeEventListener(end, this.#release);
  }

  /** Shows the order's new row; asks for another rendering when this one is for another day. */
  show(order, html) {
    const old = this.#row(order);
    if (!old) return;
    const row = html && parse(html);
    // A burst of changes comes without rows, and so does whatever concerns another day than this page's.
    if (!row || row.dataset.day !== this.#day) return this.#bursts.want(order);
    if (this.#held === old) this.#waiting.set(order, row);
    else this.#replace(old, row);
  }

  /** Fetches the order's row for the day of this page. */
  async refresh(order) {
    const old = this.#row(order);
    if (!old) return;
    const answer = await ask(`/orders/${encodeURIComponent(old.dataset.number)}/row/?day=${this.#day}`);
    if (answer) this.#replace(this.#row(order), parse(await answer.text()));
  }

  /** Fetches the page and shows its rows: new ones come in, gone ones leave, the sequence is that of the server. */
  async resync() {
    if (!this.#rows) return location.reload();
    const answer = await ask(location.href);
    if (!answer) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = [...page.querySelectorAll("[data-rows] > tr")];
    if (fresh.length === 0) return location.reload();
    const [shown, now] = [document, page].map((one) => one.querySelector("[data-shown]"));
    if (shown && now) shown.textContent = now.textContent;
    merge(this.#rows, fresh, "orderId");
  }

  #row(order) {
    return this.#rows?.querySelector(`[data-order-id="${order}"]`) ?? null;
  }

  #replace(old, row) {
    if (old) swap(old, row);
  }

  // A row must not change between the press and the release of a button on it.
  #press = ({ target }) => {
    this.#held = target.closest?.("[data-order-id]") ?? null;
  };

  #release = () => {
    this.#held = null;
    // After the click that follows the release.
    setTimeout(() => {
      for (const [order, row] of this.#waiting) this.#replace(this.#row(order), row);
      this.#waiting.clear();
    });
  };
}

function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.querySelector("tr");
}
