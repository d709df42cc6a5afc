// Sends the forms that decide ([data-decisions]) without leaving the page: approve, undo, revoke, retry, suggest, keep,
// cancel, and what a refusal offers to do next. Without this they are posted.

import { say } from "../lib/toasts.js";

export class Decisions {
  #onDone;

  /**
   * `onDone(answer)` is told the server's answer to each act that succeeded.
   * @param {{ onDone: (answer: any) => void }} options
   */
  constructor({ onDone }) {
    this.#onDone = onDone;
  }

  connect() {
    document.addEventListener("submit", this.#submit);
  }

  disconnect() {
    document.removeEventListener("submit", this.#submit);
  }

  /** @param {any} event */
  #submit = async (event) => {
    const { target: form, submitter: button } = event;
    if (!button || !form.matches("[data-decisions]")) return;
    event.preventDefault();
    // Disabling would lose the focus; a second press is ignored instead.
    if (button.ariaDisabled === "true") return;
    button.ariaDisabled = "true";
    button.classList.add("is-busy");
    const address = button.getAttribute("formaction") ?? form.getAttribute("action");
    try {
      await this.#send(address, new FormData(form, button));
    } catch {
      say("The server could not be reached.", {
        nextStep: "Look whether it was done before you repeat it.",
        tone: "bad",
      });
    } finally {
      button.ariaDisabled = null;
      button.classList.remove("is-busy");
    }
  };

  /** @param {string} address @param {FormData} body */
  async #send(address, body) {
    const answer = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
    if (answer.redirected || !answer.headers.get("Content-Type")?.includes("json")) {
      // Logged out, or an error page: show what a plain post would have shown.
      say("That did not work.", { nextStep: "Reload the page and try again.", tone: "bad" });
      return;
    }
    const said = await answer.json();
    if (answer.ok) {
      say(said.message, { steps: said.steps });
      this.#onDone(said);
    } else {
      say(said.sentence, { nextStep: said.next_step, steps: said.steps, tone: "bad" });
    }
  }
}
