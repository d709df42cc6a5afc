// Notices that nothing is heard any more over a connection that is open: a proxy without its server says nothing.

const MISSED = 2; // heartbeats that stay out before the path counts as dead

export class Silence {
  #onSilent;
  #heartbeat = 0;
  #timer = 0;

  /** @param {() => void} onSilent */
  constructor(onSilent) {
    this.#onSilent = onSilent;
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = 0;
  }

  /** @param {number} heartbeat in seconds, as the server greets with it */
  greet(heartbeat) {
    this.#heartbeat = heartbeat;
  }

  // From the first beat on: a proxy that holds the stream for the server sends none.
  /** @param {string} name of the event */
  hear(name) {
    if (name !== "beat" && !this.#timer) return;
    this.stop();
    this.#timer = setTimeout(this.#onSilent, MISSED * 1000 * this.#heartbeat);
  }
}
