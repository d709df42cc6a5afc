// The review of one order, kept as a fresh page would be: parts are swapped in place, a notice says what has happened,
// and what the person is at waits until they move on. Escape goes back.

import { AtHand } from "../lib/at-hand.js";
import { refill } from "../lib/swapping.js";
import { madeOf, partOf } from "./live-page.js";
import { settle } from "./presence.js";
import { WhyNot } from "./why-not.js";

/** @type {Record<string, string>} */
const CAUSES = {
  "assignment.approved": "a crew was approved",
  "assignment.overridden": "a crew was approved against a rule",
  "assignment.revoked": "its assignment was undone",
  "assignment.reassigned": "it was moved",
  "assignment.firm": "its assignment became firm",
  "assignment.pinned": "it was pinned",
  "assignment.unpinned": "it was unpinned",
  "suggestion.rejected": "a suggestion was rejected",
  "rejection.taken-back": "a rejection was taken back",
  "suggestion.stale": "a suggestion went out of date",
  "suggestion.offered": "a suggestion is offered again",
  "restoration.moved": "the time by which its customers are back has moved",
  "restoration.set": "somebody set when its customers are back",
  "restoration.taken-back": "the set time was taken back",
  "restoration.lapsed": "the set time counts no more",
  "assignment.judged": "work that it waits for was decided or undone",
  "inputs.changed": "the order, its permits or its crew changed",
};

export class Review {
  #order = Number(document.body.dataset.order);
  #notice = document.querySelector("[data-changed]");
  #whyNot = new WhyNot(document.querySelector("[data-why-not]"));
  #hand = new AtHand("[data-part]", () => this.#show());
  // What the server renders now, of the parts that do not show it yet, by name.
  /** @type {Map<string, HTMLElement>} */
  #fresh = new Map();
  #told = new Set();
  #isLeaving = false;

  connect() {
    this.#whyNot.connect();
    this.#hand.connect();
    document.addEventListener("keydown", this.#key);
    document.addEventListener("submit", this.#leave);
    addEventListener("pageshow", this.#return);
  }

  disconnect() {
    this.#whyNot.disconnect();
    this.#hand.disconnect();
    document.removeEventListener("keydown", this.#key);
    document.removeEventListener("submit", this.#leave);
    removeEventListener("pageshow", this.#return);
  }

  /** The handlers for the stream of the district. */
  get handlers() {
    /** @type {import("../streams/registry.js").Handlers} */
    const handlers = {
      "order.changed": (data) => {
        // An answer of a downstream system is no reason to look up.
        if (data.order === this.#order && data.cause !== "write-back") this.#tell(data.cause);
      },
    };
    return handlers;
  }

  /**
   * Shows what the server renders of a part now, at once or when the person has moved on.
   * @param {string} name
   * @param {string} html
   */
  show(name, html) {
    const old = partOf(name);
    if (!old) return;
    const fresh = madeOf(old, html);
    settle(fresh);
    // Only the page as it was opened knows from which board, with which filters, the person came.
    const [back, its] = [old, fresh].map((one) => one.querySelector("[data-key='back']"));
    if (back && its) its.setAttribute("href", back.getAttribute("href"));
    this.#fresh.set(name, fresh);
    this.#show();
  }

  /** @param {string} cause */
  #tell(cause) {
    if (this.#isLeaving) return;
    const words = CAUSES[cause] ?? cause.replaceAll(/[.-]/g, " ");
    // A cause that comes again moves to the end.
    this.#told.delete(words);
    this.#told.add(words);
    this.#notice.querySelector("[data-changed-cause]").textContent = [...this.#told].join("; ");
    this.#notice.hidden = false;
    this.#whyNot.mayDiffer();
  }

  #show() {
    for (const [name, fresh] of this.#fresh) {
      const old = partOf(name);
      if (old && this.#hand.holds(old, fresh)) continue;
      if (old) refill(old, fresh);
      this.#fresh.delete(name);
    }
  }

  /** @param {any} event */
  #leave = ({ target, defaultPrevented }) => {
    this.#isLeaving = !defaultPrevented && target.method !== "dialog";
  };

  #return = () => {
    this.#isLeaving = false;
  };

  /** @param {KeyboardEvent & { target: any }} event */
  #key = ({ key, target }) => {
    if (key !== "Escape" || target.closest("input, textarea, details.menu") || document.querySelector("dialog[open]")) {
      return;
    }
    document.querySelector("[data-key='back']")?.click();
  };
}
