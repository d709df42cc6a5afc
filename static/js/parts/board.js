// The rows of the board: each is replaced in place by what the server rendered, without losing focus or pointer.

import { Announcer } from "../lib/announcing.js";
import { ask } from "../lib/asking.js";
import { AtHand, keepingPlace } from "../lib/at-hand.js";
import { Bursts } from "../lib/bursts.js";
import { merge, refillParts, swap } from "../lib/swapping.js";
import { settle, showReviewers } from "./presence.js";

const FEW = 3; // orders that are fetched one by one; for more, the page is

export class Board {
  #element = document.querySelector("[data-board]");
  #announcer = new Announcer();
  #day = document.body.dataset.day;
  // Fresh rows by order for which it is not the moment; null for a row that is to leave.
  #waiting = new Map();
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

  /** Shows the order's new row; asks for another rendering when this one is for another day. */
  show(order, html) {
    const old = this.#row(order);
    if (!old) return;
    const row = html && parse(html);
    // A burst of changes comes without rows, and so does whatever concerns another day than this page's.
    if (!row || row.dataset.day !== this.#day) return this.#bursts.want(order);
    this.#told.add(old.dataset.orderId);
    this.#put(old, row);
  }

  showReviewers(order, html) {
    for (const row of [this.#row(order), this.#waiting.get(String(order))]) if (row && html) showReviewers(row, html);
  }

  /** Fetches the order's row for the day of this page. With `isOwn`, it shows what the person has just done. */
  async refresh(order, { isOwn = false } = {}) {
    const old = this.#row(order);
    if (!old) return;
    const key = old.dataset.orderId;
    this.#told.delete(key);
    const answer = await ask(`/orders/${encodeURIComponent(old.dataset.number)}/row/?day=${this.#day}`);
    if (!answer) return;
    const fetched = parse(await answer.text());
    const row = this.#told.has(key) ? this.#waiting.get(key) : fetched;
    const shown = this.#row(order);
    if (!shown || !row) return;
    if (!isOwn) return this.#put(shown, row);
    this.#replace(shown, row);
    this.#announcer.forget(key);
  }

  /** The page would show these orders now; when it shows others, it is asked for. */
  follow(orders) {
    const shown = [...(this.#rows?.children ?? [])].map((row) => row.dataset.orderId);
    if (shown.join() !== orders.join()) this.#bursts.wantAll();
  }

  /** Fetches the page and shows what differs: new rows come in, gone ones leave, the sequence is that of the server. */
  async resync() {
    if (!this.#element) return location.reload();
    this.#told.clear();
    const answer = await ask(location.href);
    if (!answer) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    settle(page);
    refillParts(page);
    const fresh = page.querySelector("[data-rows]");
    if (this.#rows && fresh) this.#merge([...fresh.children]);
    else this.#element.replaceChildren(...page.querySelector("[data-board]").childNodes);
  }

  get #rows() {
    return this.#element?.querySelector("[data-rows]") ?? null;
  }

  #row(order) {
    return this.#rows?.querySelector(`[data-order-id="${order}"]`) ?? null;
  }

  #merge(fresh) {
    const arriving = new Map(fresh.map((row) => [row.dataset.orderId, row]));
    for (const [at, old] of [...this.#rows.children].entries()) {
      const key = old.dataset.orderId;
      const row = arriving.get(key) ?? null;
      const isNewer = row && this.#told.has(key);
      if (!isNewer && !this.#hand.holds(old, row)) {
        this.#waiting.delete(key);
        continue;
      }
      if (!isNewer) this.#wait(old, row);
      if (row) fresh[fresh.indexOf(row)] = old;
      else fresh.splice(at, 0, old);
    }
    let changes = 0;
    keepingPlace(this.#rows, "orderId", () => {
      changes = merge(this.#rows, fresh, "orderId");
    });
    this.#announcer.rows(changes);
  }

  // A row must not change between the press and the release of a button on it, nor what is about to be pressed.
  #put(old, row) {
    if (this.#hand.holds(old, row)) this.#wait(old, row);
    else this.#replace(old, row);
  }

  #replace(old, row) {
    this.#waiting.delete(old.dataset.orderId);
    old.classList.remove("is-waiting");
    keepingPlace(this.#rows, "orderId", () => swap(old, row) === row && this.#announcer.row(row.dataset.orderId));
  }

  #wait(old, row) {
    this.#waiting.set(old.dataset.orderId, row);
    old.classList.add("is-waiting");
  }

  #showWaiting() {
    for (const [key, row] of [...this.#waiting]) {
      const old = this.#row(key);
      if (old && this.#hand.holds(old, row)) continue;
      this.#waiting.delete(key);
      if (old && row) this.#replace(old, row);
      else if (old) this.#bursts.wantAll();
    }
  }
}

function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  settle(template.content);
  return template.content.querySelector("tr");
}
