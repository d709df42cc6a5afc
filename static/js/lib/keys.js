// Single letters that act on a page: never while typing, with a modifier, or behind a dialog. `?` lists them.

export class Keys {
  /** @type {Record<string, (event: KeyboardEvent) => void>} */
  #actions;

  /** @param {Record<string, (event: KeyboardEvent) => void>} actions what each key does */
  constructor(actions) {
    this.#actions = {
      ...actions,
      "?": () => /** @type {HTMLDialogElement | null} */ (document.getElementById("keys"))?.showModal(),
    };
  }

  connect() {
    document.addEventListener("keydown", this.#key);
  }

  disconnect() {
    document.removeEventListener("keydown", this.#key);
  }

  /** @param {KeyboardEvent & { target: any }} event */
  #key = (event) => {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (target.closest("input, select, textarea")) return;
    // On a link or button these are that control's own.
    if ((key === "Enter" || key === " ") && target.closest("a, button, summary")) return;
    const action = this.#actions[key];
    if (!action) return;
    event.preventDefault();
    action(event);
  };
}

/**
 * Presses the first such control that can be seen.
 * @param {string} selector
 * @param {ParentNode | null} within
 */
export function press(selector, within = document) {
  [...(within?.querySelectorAll(selector) ?? [])].find((control) => control.checkVisibility())?.click();
}

/** Goes to the first thing to do in the newest message. */
export function newestMessage() {
  document.querySelector("[data-toasts] .toast:last-child :is(a, button)")?.focus();
}
