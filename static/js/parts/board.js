// The rows of the board: each is replaced in place by what the server rendered, without losing focus or pointer.

import { Announcer } from "../lib/announcing.js";
import { arranged, surround } from "../lib/arranging.js";
import { askPage } from "../lib/asking.js";
import { AtHand, keepingPlace } from "../lib/at-hand.js";
import { childrenOf, merge, refillParts, swap } from "../lib/swapping.js";
import { settle, showReviewers } from "./presence.js";
import { fetchRow, keepRows, rowOf, Waiting } from "./rows.js";

export class Board {
  #element = document.querySelector("[data-board]");
  #announcer = new Announcer();
  #day = document.body.dataset.day;
  #waiting = new Waiting();
  #hand = new AtHand("[data-order-id]", () => this.#showWaiting());
  // Orders that the stream has shown while an answer was on its way: what it says of them may be older.
  #told = new Set();
  // Orders on whose rows the person has just acted: what becomes of it is shown under the pointer, once.
  #acted = new Set();

  connect() {
    this.#hand.connect();
  }

  disconnect() {
    this.#announcer.stop();
    this.#hand.disconnect();
  }

  /**
   * Shows what differs in the rows.
   * @param {import("./live-page.js").Rows} told
   */
  show({ rows = {}, sequence, around }) {
    if (around !== undefined) surround(this.#element, around);
    if (!this.#rows) return;
    for (const order of Object.keys(rows)) this.#told.add(order);
    if (sequence) {
      const fresh = arranged(this.#rows, sequence, rows, "orderId", rowOf);
      if (!fresh) return this.resync();
      this.#merge(fresh, (old, row) => this.#holds(old, row));
      return;
    }
    for (const [order, html] of Object.entries(rows)) {
      const old = this.#row(order);
      if (old) this.#put(old, rowOf(html));
    }
  }

  /** @param {number} order @param {string | undefined} html */
  showReviewers(order, html) {
    for (const row of [this.#row(order), this.#waiting.get(String(order))]) if (row && html) showReviewers(row, html);
  }

  /**
   * Shows what the person has just done: as the stream tells it, or as an answer says that comes before.
   * @param {number | string} order
   */
  async refresh(order) {
    const old = this.#row(order);
    if (!old) return;
    const key = old.dataset.orderId;
    const waits = this.#waiting.get(key);
    if (waits) this.#replace(old, waits);
    this.#acted.add(key);
    this.#told.delete(key);
    const fetched = await fetchRow(old.dataset.number, this.#day);
    const shown = this.#row(order);
    // What was told meanwhile may be older or newer than the answer; in either case the stream goes on from it.
    if (!fetched || !shown || this.#told.has(key)) return;
    this.#acted.delete(key);
    this.#replace(shown, fetched);
    this.#announcer.forget(key);
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
    if (this.#rows && fresh) this.#merge(childrenOf(fresh), (old, row) => this.#stays(old, row));
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

  /** @param {HTMLElement[]} fresh @param {(old: HTMLElement, row: HTMLElement | null) => boolean} stays */
  #merge(fresh, stays) {
    keepRows(this.#shown, fresh, stays);
    this.#announcer.rows(keepingPlace(this.#rows, "orderId", () => merge(this.#rows, fresh, "orderId")));
  }

  /**
   * Whether the row stays as it is: the stream's row is newer than the page, or the person holds it.
   * @param {HTMLElement} old @param {HTMLElement | null} row
   */
  #stays(old, row) {
    return Boolean(row && this.#told.has(old.dataset.orderId)) || this.#holds(old, row);
  }

  /**
   * Whether the person holds the row; the new one then waits.
   * @param {HTMLElement} old @param {HTMLElement | null} row
   */
  #holds(old, row) {
    const key = old.dataset.orderId;
    if (row === old) return false;
    const isHeld = this.#hand.holds(old, row) && !this.#acted.delete(key);
    if (isHeld) this.#waiting.add(old, row);
    else this.#waiting.drop(key);
    return isHeld;
  }

  /**
   * A row must not change between the press and the release of a button on it, nor what is about to be pressed.
   * @param {HTMLElement} old @param {HTMLElement} row
   */
  #put(old, row) {
    if (!this.#holds(old, row)) this.#replace(old, row);
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
      else if (old) old.remove();
    }
  }
}
