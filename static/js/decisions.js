// Sends the board's form without leaving the page: approve, undo, retry, suggest, keep, cancel. Without this it is posted.

import { say } from "./toasts.js";

export class Decisions {
  #form = document.querySelector("form[data-decisions]");
  #onDone;

  /** `onDone(answer)` is told the server's answer to each act that succeeded. */
  constructor({ onDone }) {
    this.#onDone = onDone;
  }

  connect() {
    this.#form?.addEventListener("submit", this.#submit);
  }

  disconnect() {
    this.#form?.removeEventListener("submit", this.#submit);
  }

  #submit = async (event) => {
    const button = event.submitter;
    if (!button) return;
    event.preventDefault();
    // Disabling would lose the focus; a second press is ignored instead.
    if (button.ariaDisabled === "true") return;
    button.ariaDisabled = "true";
    button.classList.add("is-busy");
    const address = button.getAttribute("formaction") ?? this.#form.getAttribute("action");
    try {
      await this.#send(address, new FormData(this.#form, button));
    } catch {
      say("The server could not be reached.", { nextStep: "Look whether it was done before you repeat it.", tone: "bad" });
    } finally {
      button.ariaDisabled = null;
      button.classList.remove("is-busy");
    }
  };

  async #send(address, body) {
    const answer = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
    if (answer.redirected || !answer.headers.get("Content-Type")?.includes("json")) {
      // Logged out, or an error page: show what a plain post would have shown.
      say("That did not work.", { nextStep: "Reload the page and try again.", tone: "bad" });
      return;
    }
    const said = await answer.json();
    if (answer.ok) {
      say(said.message);
      this.#onDone(said);
    } else {
      say(said.sentence, { nextStep: said.next_step, tone: "bad" });
    }
  }
}
