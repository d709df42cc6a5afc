// The rows of the board: each is replaced in place by what the server rendered, without losing focus or pointer.

import { Announcer } from "../lib/announcing.js";
import { askPage } from "../lib/asking.js";
import { AtHand, keepingPlace } from "../lib/at-hand.js";
import { Bursts } from "../lib/bursts.js";
import { childrenOf, merge, refillParts, swap } from "../lib/swapping.js";
import { settle, showReviewers } from "./presence.js";
import { fetchRow, keepRows, rowOf, Waiting } from "./rows.js";

const FEW = 3; // orders that are fetched one by one; for more, the page is

export class Board {
  #element = document.querySelector("[data-board]");
  #announcer = new Announcer();
  #day = document.body.dataset.day;
  #waiting = new Waiting();
  #hand = new AtHand("[data-order-id]", () => this.#showWaiting());
  // Orders that the stream has shown while an answer was on its way: what it says of them may be older.
  #told = new Set();
  #bursts = new Bursts((orders) => (orders ? Promise.all(orders.map((each) => this.refresh(each))) : this.resync()), {
    many: FEW,
  });

  connect() {
    this.#hand.connect();
  }

  disconnect() {
    this.#bursts.stop();
    this.#announcer.stop();
    this.#hand.disconnect();
  }

  /**
   * Shows the order's new row; asks for another rendering when this one is for another day.
   * @param {number} order
   * @param {string | undefined} html
   */
  show(order, html) {
    const old = this.#row(order);
    if (!old) return;
    const row = html && rowOf(html);
    // A burst of changes comes without rows, and so does whatever concerns another day than this page's.
    if (!row || row.dataset.day !== this.#day) return this.#bursts.want(order);
    this.#told.add(old.dataset.orderId);
    this.#put(old, row);
  }

  /** @param {number} order @param {string | undefined} html */
  showReviewers(order, html) {
    for (const row of [this.#row(order), this.#waiting.get(String(order))]) if (row && html) showReviewers(row, html);
  }

  /**
   * Fetches the order's row for the day of this page. With `isOwn`, it shows what the person has just done.
   * @param {number | string} order
   */
  async refresh(order, { isOwn = false } = {}) {
    const old = this.#row(order);
    if (!old) return;
    const key = old.dataset.orderId;
    this.#told.delete(key);
    const fetched = await fetchRow(old.dataset.number, this.#day);
    if (fetched === undefined) return;
    const row = this.#told.has(key) ? this.#waiting.get(key) : fetched;
    const shown = this.#row(order);
    if (!shown || !row) return;
    if (!isOwn) return this.#put(shown, row);
    this.#replace(shown, row);
    this.#announcer.forget(key);
  }

  /** The page would show these orders now; when it shows others, it is asked for. @param {string[]} orders */
  follow(orders) {
    const shown = this.#shown.map((row) => row.dataset.orderId);
    if (shown.join() !== orders.join()) this.#bursts.wantAll();
  }

  /** Fetches the page and shows what differs: new rows come in, gone ones leave, the sequence is that of the server. */
  async resync() {
    if (!this.#element) return location.reload();
    this.#told.clear();
    const page = await askPage();
    if (!page) return;
    settle(page);
    refillParts(page);
    const fresh = page.querySelector("[data-rows]");
    if (this.#rows && fresh) this.#merge(childrenOf(fresh));
    else this.#element.replaceChildren(...page.querySelector("[data-board]").childNodes);
  }

  get #rows() {
    return this.#element?.querySelector("[data-rows]") ?? null;
  }

  get #shown() {
    return this.#rows ? childrenOf(this.#rows) : [];
  }

  /** @param {number | string} order */
  #row(order) {
    return this.#rows?.querySelector(`[data-order-id="${order}"]`) ?? null;
  }

  /** @param {HTMLElement[]} fresh */
  #merge(fresh) {
    keepRows(this.#shown, fresh, (old, row) => this.#stays(old, row));
    this.#announcer.rows(keepingPlace(this.#rows, "orderId", () => merge(this.#rows, fresh, "orderId")));
  }

  /**
   * Whether the row stays as it is: the stream's row is newer than the page, or the person holds it.
   * @param {HTMLElement} old @param {HTMLElement | null} row
   */
  #stays(old, row) {
    const key = old.dataset.orderId;
    if (row && this.#told.has(key)) return true;
    const isHeld = this.#hand.holds(old, row);
    if (isHeld) this.#waiting.add(old, row);
    else this.#waiting.drop(key);
    return isHeld;
  }

  /**
   * A row must not change between the press and the release of a button on it, nor what is about to be pressed.
   * @param {HTMLElement} old @param {HTMLElement} row
   */
  #put(old, row) {
    if (this.#hand.holds(old, row)) this.#waiting.add(old, row);
    else this.#replace(old, row);
  }

  /** @param {HTMLElement} old @param {HTMLElement} row */
  #replace(old, row) {
    this.#waiting.drop(old.dataset.orderId);
    old.classList.remove("is-waiting");
    keepingPlace(this.#rows, "orderId", () => swap(old, row) === row && this.#announcer.row(row.dataset.orderId));
  }

  #showWaiting() {
    for (const [key, row] of this.#waiting.all) {
      const old = this.#row(key);
      if (old && this.#hand.holds(old, row)) continue;
      this.#waiting.drop(key);
      if (old && row) this.#replace(old, row);
      else if (old) this.#bursts.wantAll();
    }
  }
}
