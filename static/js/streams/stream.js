// One connection to the server's events: keeps the cursor, ignores what it has told already, and comes back.

import { isNewer } from "./cursors.js";
import { nameIn, PAGE } from "./shown.js";
import { Silence } from "./silence.js";

const LONGEST_PAUSE = 60_000; // ms between two attempts after the browser itself has given up
const CONTROL = ["hello", "beat", "reset", "bye", "done"];

/** @typedef {{ onEvent: (name: string, data: any, id: string) => void, onState: (state: string) => void }} Hears */

/**
 * Tells `onEvent(name, data, id)` for each event and `onState(state)` for each change of state: "connecting", "live",
 * "returning" (after the server's goodbye), "reconnecting", "silent" (open, and nothing is heard any more), "stopped"
 * (finished, or not for this person).
 */
export class Stream {
  #url;
  #onEvent;
  #onState;
  #pages;
  /** @type {EventSource | null} */
  #source = null;
  #names = new Set(CONTROL);
  #last;
  #greeted = "";
  #failures = 0;
  #silence = new Silence(() => {
    this.#onState("silent");
    this.disconnect();
    this.connect();
  });
  #timer = 0;
  #asking = new AbortController();
  #stopped = false;

  /**
   * `pages` answers the open pages that the stream is to keep up to date.
   * @param {string | URL} url
   * @param {Hears} hears
   * @param {() => Iterable<import("./shown.js").OpenPage>} [pages]
   */
  constructor(url, { onEvent, onState }, pages = () => []) {
    this.#pages = pages;
    this.#url = new URL(url, document.baseURI);
    this.#last = this.#url.searchParams.get("cursor") ?? "";
    this.#onEvent = onEvent;
    this.#onState = onState;
  }

  /** @param {string} name */
  hears(name) {
    return this.#names.has(name);
  }

  /** Also delivers events of this name from now on. @param {string} name */
  listen(name) {
    if (this.#names.has(name)) return;
    this.#names.add(name);
    this.#source?.addEventListener(name, this.#receive);
  }

  connect() {
    if (this.#source || this.#stopped) return;
    this.disconnect();
    if (this.#last) this.#url.searchParams.set("cursor", this.#last);
    this.#url.searchParams.set("beats", "1");
    nameIn(this.#url, this.#pages());
    this.#source = new EventSource(this.#url);
    for (const name of this.#names) this.#source.addEventListener(name, this.#receive);
    this.#source.addEventListener("error", this.#fail);
    this.#onState("connecting");
  }

  disconnect() {
    clearTimeout(this.#timer);
    this.#silence.stop();
    this.#asking.abort();
    this.#source?.close();
    this.#source = null;
  }

  /** Goes on behind this cursor: at once, or with the next attempt. @param {string} cursor */
  resume(cursor) {
    this.#last = cursor;
    if (!this.#source) return;
    this.disconnect();
    this.connect();
  }

  /** @param {MessageEvent} event */
  #receive = (event) => {
    this.#silence.hear(event.type);
    if (event.type === "beat") return;
    if (event.type === PAGE) return this.#onEvent(PAGE, JSON.parse(event.data), "");
    const id = event.lastEventId;
    if (event.type === "hello") this.#greet(id, JSON.parse(event.data));
    else if (!CONTROL.includes(event.type) && id !== this.#greeted && !isNewer(id, this.#last)) return;
    if (event.type === "reset" || isNewer(id, this.#last)) this.#last = id;
    if (event.type === "done") this.#stop();
    if (event.type === "bye") this.#onState("returning");
    this.#onEvent(event.type, JSON.parse(event.data), id);
  };

  /** @param {string} id @param {{ heartbeat: number }} data */
  #greet(id, { heartbeat }) {
    this.#silence.greet(heartbeat);
    // Opening messages of a connection carry the id of its greeting.
    this.#greeted = id;
    this.#failures = 0;
    this.#onState("live");
  }

  #fail = () => {
    this.#silence.stop();
    this.#onState("reconnecting");
    // The browser gives up on every answer but 200 and does not say which one it was.
    if (this.#source?.readyState === EventSource.CLOSED) this.#askLater();
  };

  /** @param {number} least seconds that the server asked for */
  #askLater(least = 0) {
    this.disconnect();
    const most = Math.min(LONGEST_PAUSE, 1000 * 2 ** this.#failures++);
    this.#timer = setTimeout(() => this.#ask(), Math.min(LONGEST_PAUSE, least * 1000) + Math.random() * most);
  }

  /** Looks why the server refuses: a finished stream and lost rights are final, everything else passes. */
  async #ask() {
    if (this.#last) this.#url.searchParams.set("cursor", this.#last);
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    try {
      const { status, headers } = await fetch(this.#url, { signal, cache: "no-store" });
      if (signal.aborted) return;
      this.#asking.abort();
      if ([204, 401, 403].includes(status)) this.#stop();
      else if (status === 200) this.connect();
      else this.#askLater(Number(headers.get("Retry-After")) || 0);
    } catch {
      if (!signal.aborted) this.#askLater();
    }
  }

  #stop() {
    this.#stopped = true;
    this.disconnect();
    this.#onState("stopped");
  }
}
