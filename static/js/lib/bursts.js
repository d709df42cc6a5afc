// Fetches after a burst of changes: each changed thing, or everything when there are many; one answer at a time.

export class Bursts {
  #fetch;
  #pause;
  #seldom;
  #many;
  #wanted = new Set();
  #wantsAll = false;
  #isFetching = false;
  #fetchedAll;
  #timer = 0;

  /**
   * @param {(keys: any[] | null) => unknown} fetch asks for these, or for everything; its promise ends when they are shown
   * @param {{pause?: number, seldom?: number, many?: number}} limits ms in which changes gather; ms at least between two
   *   times that everything is asked for; keys, for more of which everything is
   */
  constructor(fetch, { pause = 250, seldom = 2_000, many = 0 } = {}) {
    this.#fetch = fetch;
    this.#pause = pause;
    this.#seldom = seldom;
    this.#many = many;
    this.#fetchedAll = -seldom;
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = 0;
  }

  /** @param {string | number} key */
  want(key) {
    this.#wanted.add(key);
    this.#soon();
  }

  /** Anything may have changed. */
  wantAll() {
    this.#wantsAll = true;
    this.#soon();
  }

  get #isAll() {
    return this.#wantsAll || this.#wanted.size > this.#many;
  }

  get #rest() {
    return this.#isAll ? this.#fetchedAll + this.#seldom - performance.now() : 0;
  }

  #soon() {
    if (!this.#isFetching) this.#timer ||= setTimeout(() => this.#ask(), Math.max(this.#pause, this.#rest));
  }

  async #ask() {
    this.#timer = 0;
    // A few changes have become many meanwhile.
    if (this.#rest > 0) return this.#soon();
    const keys = this.#isAll ? null : [...this.#wanted];
    this.#wanted.clear();
    this.#wantsAll = false;
    if (!keys) this.#fetchedAll = performance.now();
    // Two answers at once could come in the wrong sequence.
    this.#isFetching = true;
    try {
      await this.#fetch(keys);
    } finally {
      this.#isFetching = false;
      if (this.#wantsAll || this.#wanted.size) this.#soon();
    }
  }
}
