// What became of the person's own act, said in the page's toasts region.

const LIFE = 8_000; // ms; refusals stay until dismissed

/** Shows a sentence, and the next step when there is one; `tone` is ok or bad. */
export function say(sentence, { nextStep = "", tone = "ok" } = {}) {
  const region = document.querySelector("[data-toasts]");
  const toast = Object.assign(document.createElement("div"), { className: "toast" });
  toast.dataset.tone = tone;
  const text = Object.assign(document.createElement("div"), { className: "toast-text" });
  const head = Object.assign(document.createElement("strong"), { textContent: sentence });
  text.append(head);
  if (nextStep) text.append(Object.assign(document.createElement("p"), { textContent: nextStep }));
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
  if (tone === "ok") setTimeout(() => toast.remove(), LIFE);
}
