// What a row tells in a word, and its details in full: the word opens them, on touch as by key; Escape or a press
// elsewhere closes them. One is open at a time.

const PANELS = "details[name='row-details']";

export class RowDetails {
  connect() {
    document.addEventListener("click", this.#click);
    document.addEventListener("keydown", this.#key);
  }

  disconnect() {
    document.removeEventListener("click", this.#click);
    document.removeEventListener("keydown", this.#key);
  }

  /** @param {{ target: any }} event */
  #click = ({ target }) => {
    const opener = target.closest("[data-opens]");
    const asked = opener?.closest("[data-order-id]")?.querySelector(PANELS);
    for (const open of openPanels()) if (open !== asked && !open.contains(target)) open.open = false;
    if (asked) asked.open = !asked.open;
  };

  /** @param {KeyboardEvent} event */
  #key = ({ key }) => {
    if (key === "Escape") for (const open of openPanels()) open.open = false;
  };
}

/** @returns {NodeListOf<HTMLDetailsElement>} */
function openPanels() {
  return document.querySelectorAll(`${PANELS}[open]`);
}
