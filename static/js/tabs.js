// The tabs with their counts, and the notice of orders that changed but are not on this page.

const PAUSE = 1_000; // ms; one look for a burst of changes

export class Tabs {
  #element = document.querySelector("[data-tabs]");
  #notice = document.querySelector("[data-unseen]");
  #timer = 0;
  #unseen = 0;

  connect() {}

  disconnect() {
    clearTimeout(this.#timer);
  }

  /** Something changed: the counts are asked for once the burst is over. */
  changed() {
    if (this.#element && !this.#timer) this.#timer = setTimeout(() => this.#refresh(), PAUSE);
  }

  /** An order changed that this page does not show. */
  unseen() {
    if (!this.#notice) return;
    this.#unseen += 1;
    const what = this.#unseen === 1 ? "One change" : `${this.#unseen} changes`;
    this.#notice.querySelector("[data-unseen-text]").textContent = `${what} to orders that this page does not show.`;
    this.#notice.hidden = false;
  }

  async #refresh() {
    this.#timer = 0;
    const answer = await fetch(this.#element.dataset.countsUrl);
    if (!answer.ok || answer.redirected) return;
    const focused = this.#element.contains(document.activeElement) ? document.activeElement.getAttribute("href") : "";
    this.#element.innerHTML = await answer.text();
    if (focused) this.#element.querySelector(`[href="${focused}"]`)?.focus();
  }
}
