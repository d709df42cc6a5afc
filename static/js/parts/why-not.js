// The crews that cannot: fetched when asked, then narrowed by what is typed. Without this it is a page of its own.

import { ask } from "../lib/asking.js";
import { refill } from "../lib/swapping.js";

export class WhyNot {
  #section;
  #load;
  #state;
  #body;

  /** @param {HTMLElement} section */
  constructor(section) {
    this.#section = section;
    this.#load = section.querySelector("[data-why-not-load]");
    this.#state = section.querySelector("[data-why-not-state]");
    this.#body = section.querySelector("[data-why-not-body]");
  }

  connect() {
    this.#load.addEventListener("click", this.#fetch);
    this.#body.addEventListener("input", this.#narrow);
  }

  disconnect() {
    this.#load.removeEventListener("click", this.#fetch);
    this.#body.removeEventListener("input", this.#narrow);
  }

  /** Says that the answer, where there is one, may be another now: it is dimmed until the rules are asked again. */
  mayDiffer() {
    if (!this.#load.hidden) return;
    this.#load.textContent = "Ask again";
    this.#load.hidden = false;
    this.#body.classList.add("is-old");
    this.#say("Something has changed since the rules were asked: what stands here may no longer hold.");
  }

  /** @param {Event} [event] */
  #fetch = async (event) => {
    event?.preventDefault();
    if (this.#section.ariaBusy === "true") return;
    this.#section.ariaBusy = "true";
    this.#say("Asking the rules about every crew of the day…");
    const answer = await ask(this.#section.dataset.url, { headers: { "X-Lineup-Part": "1" } });
    this.#section.ariaBusy = "false";
    if (!answer) {
      this.#say("The server did not answer. Nothing is lost: try again.");
      this.#load.textContent = "Try again";
      return;
    }
    const fresh = /** @type {HTMLElement} */ (this.#body.cloneNode());
    fresh.innerHTML = await answer.text();
    fresh.classList.remove("is-old");
    this.#body.classList.remove("is-old");
    refill(this.#body, fresh);
    this.#state.hidden = true;
    this.#load.hidden = true;
    // Typing narrows the list at once.
    const submit = this.#body.querySelector("[data-why-not-submit]");
    if (submit) submit.hidden = true;
    this.#narrow();
  };

  #narrow = () => {
    /** @type {HTMLInputElement | null} */
    const filter = this.#body.querySelector("[data-why-not-filter]");
    if (!filter) return;
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const group of this.#body.querySelectorAll("[data-why-not-group]")) {
      let inGroup = 0;
      for (const row of group.querySelectorAll("[data-why-not-row]")) {
        const told = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => told.includes(word));
        if (!row.hidden) inGroup += 1;
      }
      group.hidden = inGroup === 0;
      group.querySelector("[data-why-not-number]").textContent = `(${inGroup})`;
      shown += inGroup;
    }
    const count = this.#body.querySelector("[data-why-not-count]");
    count.textContent = `${shown} ${shown === 1 ? "crew" : "crews"}${words.length ? " described so" : " cannot"}`;
  };

  /** @param {string} text */
  #say(text) {
    this.#state.textContent = text;
    this.#state.hidden = false;
  }
}
