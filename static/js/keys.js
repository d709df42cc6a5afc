// The board by keyboard: j k Enter a u act on the current row, the others on the page; never while typing.

export class Keys {
  #actions = {
    j: () => this.#move(1),
    k: () => this.#move(-1),
    Enter: () => this.#current()?.querySelector("[data-key='review']")?.click(),
    a: () => this.#press("[data-action='approve']"),
    u: () => this.#press("[data-action='undo']:not([hidden]), [data-action='revoke']:not([hidden])"),
    b: () => visible(document.querySelector("[data-bulk]"))?.click(),
    r: () => visible(document.querySelector("[data-action='recent']"))?.click(),
    m: () => document.querySelector("[data-toasts] .toast:last-child :is(a, button)")?.focus(),
    s: () => visible(document.querySelector("[data-action='suggest']"))?.click(),
    p: () => visible(document.querySelector("[data-action='keep']"))?.click(),
    "/": () => document.getElementById("id_q")?.select(),
    "?": () => document.getElementById("keys")?.showModal(),
  };

  connect() {
    document.addEventListener("keydown", this.#key);
    document.addEventListener("focusin", this.#focus);
  }

  disconnect() {
    document.removeEventListener("keydown", this.#key);
    document.removeEventListener("focusin", this.#focus);
  }

  #key = (event) => {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (target.closest("input, select, textarea")) return;
    // Enter on a link or button is that control's own.
    if (key === "Enter" && target.closest("a, button, summary")) return;
    const action = this.#actions[key];
    if (!action) return;
    event.preventDefault();
    action();
  };

  #focus = ({ target }) => {
    const row = target.closest("[data-order-id]");
    if (row) this.#mark(row);
  };

  #rows() {
    return [...document.querySelectorAll("[data-order-id]")];
  }

  #current() {
    return document.querySelector("[data-order-id].is-current");
  }

  #mark(row) {
    for (const other of document.querySelectorAll("[data-order-id].is-current")) other.classList.remove("is-current");
    row.classList.add("is-current");
  }

  #move(step) {
    const rows = this.#rows();
    const at = rows.indexOf(this.#current());
    const row = rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + step))];
    row?.focus();
    row?.scrollIntoView({ block: "nearest" });
  }

  #press(selector) {
    visible(this.#current()?.querySelector(selector))?.click();
  }
}

/** The control, unless the person's role hides it. */
function visible(control) {
  return control?.checkVisibility() ? control : null;
}
