// Entry of a batch's page: goes on with it a piece at a time, says how far it has come, and shows the page at its end.

import { say } from "../lib/toasts.js";

const SELDOM = 5_000; // ms at least between two sentences for who listens

/** @param {HTMLFormElement} form */
async function goOn(form) {
  const said = document.querySelector("[data-batch-said]");
  /** @type {HTMLProgressElement} */
  const bar = document.querySelector("[data-batch] progress");
  const rest = document.querySelector("[data-batch-left]");
  const aloud = document.querySelector("[data-batch] [role=status]");
  let spoken = -SELDOM;
  form.hidden = true;
  // They tell of the moment at which the page was made.
  document.querySelector("[data-batch-parts]").hidden = true;
  for (;;) {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/json" },
    });
    const { left, done, way, message, sentence, next_step: nextStep, steps } = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(sentence), { nextStep, steps });
    // A colleague may take back meanwhile what this page approves.
    if (left === 0 || way !== form.dataset.batchForm) return location.reload();
    bar.value = done;
    said.textContent = message;
    rest.textContent = left;
    if (performance.now() - spoken < SELDOM) continue;
    spoken = performance.now();
    aloud.textContent = said.textContent;
  }
}

/** @type {HTMLFormElement | null} */
const form = document.querySelector("[data-batch-form]");
if (form && document.body.dataset.role === "manager") {
  goOn(form).catch(({ message, nextStep, steps }) => {
    form.hidden = false;
    // A refusal has a next step; without one nobody has answered.
    if (nextStep) say(message, { nextStep, steps, tone: "bad" });
    else {
      const named = form.querySelector("button").textContent.replace(/\s+/g, " ").trim();
      say("The server could not be reached.", { nextStep: `Press ${named}; nothing is done twice.`, tone: "bad" });
    }
  });
}
