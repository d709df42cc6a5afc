// An approval can be undone for a while: then Undo ([data-until]) gives way to Revoke ([data-from]), the focus with it.

const TICK = 1_000; // ms

export class UndoWindow {
  #timer = 0;

  connect() {
    this.#timer = setInterval(() => this.#tick(), TICK);
  }

  disconnect() {
    clearInterval(this.#timer);
  }

  #tick() {
    const now = Date.now();
    for (const ending of document.querySelectorAll("[data-until]:not([hidden])")) {
      if (Date.parse(ending.dataset.until) > now) continue;
      const next = ending.parentElement.querySelector("[data-from]");
      const focused = ending.contains(document.activeElement);
      if (next) next.hidden = false;
      ending.hidden = true;
      if (focused) (next?.querySelector("input") ?? next)?.focus({ preventScroll: true });
    }
  }
}
