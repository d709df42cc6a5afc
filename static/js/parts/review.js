// The review of one order, kept as a fresh page would be: parts are swapped in place, a notice says what has happened,
// and what the person is at waits until they move on. Escape goes back.

import { askPage } from "../lib/asking.js";
import { AtHand } from "../lib/at-hand.js";
import { Bursts } from "../lib/bursts.js";
import { ENDED } from "../lib/run-states.js";
import { refill } from "../lib/swapping.js";
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
  #district = Number(document.body.dataset.district);
  #notice = document.querySelector("[data-changed]");
  #whyNot = new WhyNot(document.querySelector("[data-why-not]"));
  #hand = new AtHand("[data-part]", () => this.#show());
  #bursts = new Bursts(() => this.#refresh());
  // The page as the server renders it now, without the parts that are shown.
  /** @type {Document | null} */
  #fresh = null;
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
    this.#bursts.stop();
    document.removeEventListener("keydown", this.#key);
    document.removeEventListener("submit", this.#leave);
    removeEventListener("pageshow", this.#return);
  }

  /** The handlers for the stream of the district. */
  get handlers() {
    /** @param {any} data */
    const changed = ({ district }) => district === this.#district && this.#bursts.wantAll();
    /** @type {import("../streams/registry.js").Handlers} */
    const handlers = {
      // Another order's may be on the time axis, or among what this one waits for.
      "order.changed": (data) => {
        changed(data);
        // An answer of a downstream system is no reason to look up.
        if (data.order === this.#order && data.cause !== "write-back") this.#tell(data.cause);
      },
      "run.changed": (data) => ENDED.has(data.status) && changed(data),
      "storm.changed": changed,
    };
    return handlers;
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
    this.#whyNot.again();
  }

  async #refresh() {
    // Else the page that is coming would lack its message, which is told once.
    if (this.#isLeaving) return;
    const page = await askPage();
    if (!page) return;
    this.#fresh = page;
    settle(this.#fresh);
    // Only the page as it was opened knows from which board, with which filters, the person came.
    const [back, fresh] = [document, this.#fresh].map((one) => one.querySelector("[data-key='back']"));
    if (back && fresh) fresh.setAttribute("href", back.getAttribute("href"));
    this.#show();
  }

  #show() {
    for (const fresh of this.#fresh?.querySelectorAll("[data-part]") ?? []) {
      const old = document.querySelector(`[data-part="${fresh.dataset.part}"]`);
      if (old && this.#hand.holds(old, fresh)) continue;
      if (old) refill(old, fresh);
      fresh.remove();
    }
  }

  /** @param {any} event */
  #leave = ({ target, defaultPrevented }) => {
    this.#isLeaving = !defaultPrevented && target.method !== "dialog";
  };

  /** @param {PageTransitionEvent} event */
  #return = ({ persisted }) => {
    this.#isLeaving = false;
    if (persisted) this.#bursts.wantAll();
  };

  /** @param {KeyboardEvent & { target: any }} event */
  #key = ({ key, target }) => {
    if (key !== "Escape" || target.closest("input, textarea, details.menu") || document.querySelector("dialog[open]")) {
      return;
    }
    document.querySelector("[data-key='back']")?.click();
  };
}
