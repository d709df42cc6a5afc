// Says in the page's [data-said] how many rows have changed by themselves: one sentence for a burst, not one for each row.

const PAUSE = 2_000; // ms in which changes gather

export class Announcer {
  #said = document.querySelector("[data-said]");
  #rows = new Set();
  #more = 0;
  #timer = 0;

  stop() {
    clearTimeout(this.#timer);
  }

  /** This row has changed, perhaps not for the first time. @param {string | undefined} key */
  row(key) {
    this.#rows.add(key);
    this.#soon();
  }

  /** So many rows came, left or changed at once. @param {number} count */
  rows(count) {
    this.#more += count;
    if (count) this.#soon();
  }

  /** The person has changed this row, and is told so otherwise. @param {string | undefined} key */
  forget(key) {
    this.#rows.delete(key);
  }

  #soon() {
    if (this.#said) this.#timer ||= setTimeout(() => this.#say(), PAUSE);
  }

  #say() {
    const changes = this.#rows.size + this.#more;
    this.#rows.clear();
    this.#more = this.#timer = 0;
    if (changes) this.#said.textContent = `${changes} row${changes === 1 ? "" : "s"} changed.`;
  }
}
