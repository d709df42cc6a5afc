// Reports the outcome of the person's own act in the page's toasts region.

const LIFE = 8_000; // ms; refusals stay until dismissed
const LIFE_WITH_STEPS = 30_000; // ms; long enough to press what it offers

/** @typedef {{ label: string, url: string, is_post: boolean, fields: Record<string, string> }} Step */

/**
 * Shows a sentence, and the next step when there is one, with the links and buttons that do it; `tone` is ok or bad.
 * @param {string} sentence
 * @param {{ nextStep?: string, steps?: Step[], tone?: string }} how
 */
export function say(sentence, { nextStep = "", steps = [], tone = "ok" } = {}) {
  const region = document.querySelector("[data-toasts]");
  const toast = Object.assign(document.createElement("div"), { className: "toast" });
  toast.dataset.tone = tone;
  const text = Object.assign(document.createElement("div"), { className: "toast-text" });
  const head = Object.assign(document.createElement("strong"), { textContent: sentence });
  text.append(head);
  if (nextStep) text.append(Object.assign(document.createElement("p"), { textContent: nextStep }));
  if (steps.length) text.append(stepsOf(steps, toast));
  const mark = Object.assign(document.createElement("span"), {
    className: "toast-mark",
    textContent: tone === "ok" ? "✓" : "!",
    ariaHidden: "true",
  });
  const close = Object.assign(document.createElement("button"), {
    type: "button",
    className: "plain",
    textContent: "×",
    ariaLabel: `Dismiss: ${sentence}`,
  });
  close.addEventListener("click", () => toast.remove());
  toast.append(mark, text, close);
  region.append(toast);
  if (tone === "ok") setTimeout(() => toast.remove(), steps.length ? LIFE_WITH_STEPS : LIFE);
}

/** @param {Step[]} steps @param {HTMLElement} toast */
function stepsOf(steps, toast) {
  const list = Object.assign(document.createElement("div"), { className: "next-steps" });
  list.append(...steps.map((step) => (step.is_post ? button(step, toast) : link(step))));
  return list;
}

/** @param {Step} step */
function link({ label, url }) {
  return Object.assign(document.createElement("a"), { className: "button is-small", textContent: label, href: url });
}

/** @param {Step} step @param {HTMLElement} toast */
function button({ label, url, fields }, toast) {
  const form = Object.assign(document.createElement("form"), { method: "post", action: url });
  form.dataset.decisions = "";
  /** @type {HTMLInputElement | null} */
  const input = document.querySelector("[name='csrfmiddlewaretoken']");
  const token = input?.value ?? "";
  const sent = { csrfmiddlewaretoken: token, next: location.pathname + location.search, ...fields };
  for (const [name, value] of Object.entries(sent)) {
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  }
  form.append(Object.assign(document.createElement("button"), { className: "button is-small", textContent: label }));
  // After whoever sends it has read the form.
  form.addEventListener("submit", () => setTimeout(() => toast.remove()));
  return form;
}
