// The board's filters: each change shows at once, and the menu that it was made in stays open under the same box.

const KEPT = "lineup-filter-at";

export class Filters {
  /** @type {HTMLFormElement | null} */
  #form = document.querySelector("form[data-filters]");

  connect() {
    if (!this.#form) return;
    for (const button of this.#form.querySelectorAll("[data-without-scripts]")) button.hidden = true;
    this.#form.addEventListener("change", this.#apply);
    this.#return();
  }

  disconnect() {
    this.#form?.removeEventListener("change", this.#apply);
  }

  /** @param {{ target: any }} event */
  #apply = ({ target }) => {
    if (target.closest("[data-filter-menu]")) sessionStorage.setItem(KEPT, target.id);
    // What is empty says nothing in an address.
    const empty = [...this.#form.elements].filter((/** @type {any} */ field) => field.name && !field.value);
    for (const field of /** @type {any[]} */ (empty)) field.disabled = true;
    this.#form.requestSubmit();
    for (const field of /** @type {any[]} */ (empty)) field.disabled = false;
  };

  #return() {
    const at = document.getElementById(sessionStorage.getItem(KEPT) ?? "");
    sessionStorage.removeItem(KEPT);
    const menu = /** @type {HTMLDetailsElement | null} */ (at?.closest("[data-filter-menu]"));
    if (!menu) return;
    menu.open = true;
    at.focus();
  }
}
