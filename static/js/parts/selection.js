// Rows that are ticked: by hand, by key, or all from the last one to this one. A bar says how many they are and what can
// be done with them together. Without this they are ticked and sent one by one all the same.

const TICKS = "[data-rows] .pick input";

export class Selection {
  #bar = document.querySelector("[data-selection]");
  // The order that a range begins at: the one ticked last.
  #anchor = "";
  #watch = new MutationObserver(() => this.#show());

  connect() {
    if (!this.#bar) return;
    document.addEventListener("click", this.#click);
    // Before what Escape does to menus and details: one press does one thing.
    document.addEventListener("keydown", this.#key, { capture: true });
    window.addEventListener("pageshow", this.#show);
    this.#watch.observe(document.querySelector("[data-board]"), { childList: true, subtree: true });
    this.#show();
  }

  disconnect() {
    document.removeEventListener("click", this.#click);
    document.removeEventListener("keydown", this.#key, { capture: true });
    window.removeEventListener("pageshow", this.#show);
    this.#watch.disconnect();
  }

  /**
   * Ticks the row or not any more; with `range` all from the last one ticked to it.
   * @param {Element | null | undefined} row
   * @param {boolean} range
   */
  pick(row, range) {
    const tick = /** @type {HTMLInputElement | null | undefined} */ (row?.querySelector(".pick input"));
    if (!tick?.checkVisibility()) return;
    tick.checked = range || !tick.checked;
    this.#ticked(tick, range);
  }

  /** @param {MouseEvent & { target: any }} event */
  #click = ({ target, shiftKey }) => {
    if (target.matches("[data-clear-selection]")) this.#all(false);
    else if (target.matches("[data-pick-all]")) this.#all(target.checked);
    else if (target.matches(TICKS)) this.#ticked(target, shiftKey);
  };

  /** @param {KeyboardEvent} event */
  #key = ({ key }) => {
    if (key !== "Escape" || document.querySelector("dialog[open], details.menu[open], .row-details[open]")) return;
    if (ticks().some((tick) => tick.checked)) this.#all(false);
  };

  /** @param {HTMLInputElement} tick @param {boolean} range */
  #ticked(tick, range) {
    const all = ticks();
    const from = all.findIndex((one) => one.value === this.#anchor);
    const to = all.indexOf(tick);
    if (range && from >= 0) {
      for (const one of all.slice(Math.min(from, to), Math.max(from, to) + 1)) one.checked = tick.checked;
    }
    this.#anchor = tick.value;
    this.#show();
  }

  /** @param {boolean} checked */
  #all(checked) {
    for (const tick of ticks()) tick.checked = checked;
    this.#anchor = "";
    this.#show();
  }

  #show = () => {
    const all = ticks();
    const chosen = all.filter((tick) => tick.checked);
    const head = /** @type {HTMLInputElement | null} */ (document.querySelector("[data-pick-all]"));
    if (head) {
      head.checked = all.length > 0 && chosen.length === all.length;
      head.indeterminate = chosen.length > 0 && !head.checked;
    }
    this.#bar.querySelector("[data-selected]").textContent = `${chosen.length} selected`;
    this.#bar.querySelector("[data-clear-selection]").hidden = false;
    for (const button of this.#bar.querySelectorAll("[data-needs-of]")) {
      const count = chosen.filter((tick) => tick.dataset.of === button.dataset.needsOf).length;
      button.hidden = count === 0;
      button.querySelector("[data-count]").textContent = `(${count})`;
    }
  };
}

function ticks() {
  return /** @type {HTMLInputElement[]} */ ([...document.querySelectorAll(TICKS)]);
}
