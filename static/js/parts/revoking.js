// Revoke… on a page with a [data-decisions] form: asks for the reason in a dialog. Without this it is a page of its own.

export class Revoking {
  #dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById("revoke"));
  /** @type {HTMLFormElement | null} */
  #form = this.#dialog?.querySelector("form[data-decisions]") ?? null;

  connect() {
    document.addEventListener("click", this.#click);
    this.#dialog?.addEventListener("close", this.#closed);
    this.#form?.addEventListener("submit", this.#submit);
  }

  disconnect() {
    document.removeEventListener("click", this.#click);
  }

  /** @param {MouseEvent & { target: any }} event */
  #click = (event) => {
    const link = event.target.closest?.("[data-action='revoke']");
    if (!link || !this.#dialog || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.#form.action = link.href;
    const what = link.querySelector(".visually-hidden")?.textContent ?? "";
    this.#dialog.querySelector("[data-what]").textContent = `Revoke${what}`;
    this.#dialog.showModal();
  };

  // Close first: the outcome is shown outside of the dialog, which would hide it.
  #submit = () => this.#dialog.close();

  #closed = () => {
    /** @type {HTMLInputElement} */
    const reason = this.#dialog.querySelector("[name='reason']");
    reason.value = "";
  };
}
