// The review of one order: a notice when it changed elsewhere, write-backs live, why-not on demand, Escape goes back.

import { ask } from "./asking.js";
import { WhyNot } from "./why-not.js";

const CAUSES = {
  "assignment.approved": "a crew was approved",
  "assignment.overridden": "a crew was approved against a rule",
  "assignment.revoked": "its assignment was undone",
  "suggestion.rejected": "a suggestion was rejected",
  "suggestion.stale": "a suggestion went out of date",
};

export class Review {
  #order = Number(document.body.dataset.order);
  #notice = document.querySelector("[data-changed]");
  #whyNot = new WhyNot(document.querySelector("[data-why-not]"));

  connect() {
    this.#whyNot.connect();
    document.addEventListener("keydown", this.#key);
  }

  disconnect() {
    this.#whyNot.disconnect();
    document.removeEventListener("keydown", this.#key);
  }

  /** The handlers for the stream of the district. */
  get handlers() {
    return {
      "order.changed": ({ order, cause }) => {
        if (order !== this.#order) return;
        if (cause === "write-back") return this.#refreshDelivery();
        const words = CAUSES[cause] ?? cause.replaceAll(/[.-]/g, " ");
        this.#notice.querySelector("[data-changed-cause]").textContent = `: ${words}`;
        this.#notice.hidden = false;
      },
    };
  }

  /** What the downstream systems have answered changes nothing that was read, so it is shown at once. */
  async #refreshDelivery() {
    const old = document.querySelector("[data-delivery]");
    const answer = await ask(location.href);
    if (!old || !answer) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-delivery]");
    if (fresh) old.replaceWith(fresh);
  }

  #key = ({ key, target }) => {
    if (key !== "Escape" || target.closest("input, textarea, details.menu") || document.querySelector("dialog[open]")) {
      return;
    }
    document.querySelector("[data-key='back']")?.click();
  };
}
