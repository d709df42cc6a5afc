// Chooses the tab of the browser that holds the connection, by a Web Lock. The browser gives the lock to the next
// in line when its holder closes or crashes; a holder that merely hangs can be robbed.

export class Leadership {
  #name;
  #onGained;
  #onLost;
  #turn = 0;
  /** @type {AbortController | null} */
  #waiting = null;
  /** @type {((value?: any) => void) | null} */
  #release = null;

  /**
   * @param {string} name of the lock
   * @param {{ onGained: () => void, onLost: () => void }} told `onLost` only when another tab took it
   */
  constructor(name, { onGained, onLost }) {
    this.#name = name;
    this.#onGained = onGained;
    this.#onLost = onLost;
  }

  /** Waits in line. */
  stand() {
    if (this.#waiting || this.#release) return;
    this.#waiting = new AbortController();
    this.#request({ signal: this.#waiting.signal });
  }

  /** Takes the lock from whoever holds it. */
  seize() {
    if (this.#release) return;
    this.leave();
    this.#waiting = new AbortController();
    this.#request({ steal: true });
  }

  /** Gives the lock, or the place in the line, to the next one. */
  leave() {
    this.#turn++;
    this.#waiting?.abort();
    this.#release?.();
    this.#waiting = this.#release = null;
  }

  /** @param {LockOptions} options */
  async #request(options) {
    const turn = ++this.#turn;
    const hold = () => {
      // Granted at the very moment of leaving.
      if (turn !== this.#turn) return undefined;
      this.#waiting = null;
      return new Promise((release) => {
        this.#release = release;
        this.#onGained();
      });
    };
    try {
      await navigator.locks.request(this.#name, options, hold);
    } catch (error) {
      if (turn !== this.#turn) return;
      if (!(error instanceof DOMException && error.name === "AbortError")) throw error;
      this.#waiting = this.#release = null;
      this.#onLost();
      this.stand();
    }
  }
}
