// The connection pill: live, reconnecting, or not updated since when; and the source that is late where the connection is not
// to blame. Mounted on [data-connection-pill].

const GOODBYE = 6_000; // ms that a server may take to welcome us back before it is worth a word
const PATIENCE = 15_000; // ms of reconnecting after which what the page shows counts as stale
const UNHEARD = 30_000; // ms, about, in which nothing was heard when a path is found dead: two heartbeats

export class Pill {
  #element;
  #liveAt = new Date();
  #timer = 0;
  #late = "";

  /** @param {HTMLElement} element */
  constructor(element) {
    this.#element = element;
  }

  /** Answers the handlers to open a stream with. */
  connect() {
    this.#show("connecting", "Connecting");
    document.addEventListener("lineup:late", this.#hear);
    return { state: (/** @type {string} */ state) => this.#changed(state) };
  }

  disconnect() {
    clearTimeout(this.#timer);
    document.removeEventListener("lineup:late", this.#hear);
  }

  #hear = (/** @type {Event} */ event) => {
    this.#late = /** @type {CustomEvent<string>} */ (event).detail;
    if (["live", "late"].includes(this.#element.dataset.state)) this.#live();
  };

  #live() {
    if (this.#late) this.#show("late", this.#late);
    else this.#show("live", "Live");
  }

  /** @param {string} state */
  #changed(state) {
    if (state === "live") {
      this.#wait(0);
      this.#live();
    } else if (state === "silent") {
      this.#liveAt = new Date(Date.now() - UNHEARD);
      this.#wait(0);
      this.#stale();
    } else if (state === "stopped") {
      this.#wait(0);
      this.#stale();
    } else if (state === "returning") {
      this.#liveAt = new Date();
      this.#wait(GOODBYE, () => this.#reconnecting());
    } else if (state === "reconnecting" && ["live", "late"].includes(this.#element.dataset.state) && !this.#timer) {
      this.#liveAt = new Date();
      this.#reconnecting();
    }
  }

  #reconnecting() {
    this.#show("reconnecting", "Reconnecting");
    this.#wait(PATIENCE, () => this.#stale());
  }

  #stale() {
    const time = this.#liveAt.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    this.#show("stale", `Not updated since ${time}`);
  }

  /** @param {number} pause @param {() => void} [then] */
  #wait(pause, then) {
    clearTimeout(this.#timer);
    this.#timer = 0;
    if (!then) return;
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      then();
    }, pause);
  }

  /** @param {string} state @param {string} text */
  #show(state, text) {
    this.#element.dataset.state = state;
    this.#element.textContent = text;
  }
}
