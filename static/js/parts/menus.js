// Menus (details.menu) close when one clicks elsewhere or presses Escape; [data-open-dialog] opens a dialog by id.

export class Menus {
  connect() {
    document.addEventListener("click", this.#click);
    document.addEventListener("keydown", this.#key);
    for (const button of document.querySelectorAll("[data-open-dialog]")) button.hidden = false;
  }

  disconnect() {
    document.removeEventListener("click", this.#click);
    document.removeEventListener("keydown", this.#key);
  }

  /** @param {{ target: any }} event */
  #click = ({ target }) => {
    for (const menu of openMenus()) {
      if (!menu.contains(target)) menu.open = false;
    }
    const opener = target.closest("[data-open-dialog]");
    if (!opener) return;
    const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById(opener.dataset.openDialog));
    dialog?.showModal();
  };

  /** @param {KeyboardEvent} event */
  #key = ({ key }) => {
    if (key !== "Escape") return;
    for (const menu of openMenus()) {
      const hadFocus = menu.contains(document.activeElement);
      menu.open = false;
      if (hadFocus) menu.querySelector("summary").focus();
    }
  };
}

/** @returns {NodeListOf<HTMLDetailsElement>} */
function openMenus() {
  return document.querySelectorAll("details.menu[open]");
}
