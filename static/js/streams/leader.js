// The tab that leads: it holds the connection and tells the others what comes, and to each what it still lacks.

import { isNewer, isSameLog } from "./cursors.js";
import { Ring } from "./ring.js";
import { PAGE } from "./shown.js";
import { Stream } from "./stream.js";

const MOST_PAGES = 20; // of closed tabs too: who leaves does not say so

/**
 * Posts, each with the `term` of this leader: `frame`; `state`; `missed`, a cursor before which the server cannot tell
 * all; and answers `to` one tab with the `frames` behind its cursor.
 */
export class Leader {
  #term = crypto.randomUUID();
  #stream;
  #ring;
  #last;
  #state = "connecting";
  #rewound = false;
  /** @type {Map<string, string>} the cursor up to which all tabs show a page, by its name */
  #pages = new Map();
  #joined = new Set();
  #accept;
  #onState;
  #post;

  /**
   * @param {URL} url
   * @param {string} last the cursor behind which this tab was told nothing
   * @param {string[]} names of events that any tab listens for
   * @param {import("./shown.js").OpenPage} page of this tab
   * @param {{ accept: (frame: any) => void, onState: (state: string) => void, post: (message: any) => void }} told
   */
  constructor(url, last, names, page, { accept, onState, post }) {
    const from = new URL(url);
    if (last) from.searchParams.set("cursor", last);
    this.#last = last;
    this.#ring = new Ring(last);
    this.#accept = accept;
    this.#onState = onState;
    this.#post = (/** @type {object} */ message) => post({ term: this.#term, ...message });
    this.#open(page);
    const hears = {
      onEvent: (/** @type {string} */ name, /** @type {any} */ data, /** @type {string} */ id) =>
        this.#tell(name, data, id),
      onState: (/** @type {string} */ state) => this.#show(state),
    };
    this.#stream = new Stream(from, hears, () => [...this.#pages].map(([name, since]) => ({ name, since })));
    for (const name of names) this.#stream.listen(name);
  }

  begin() {
    this.#stream.connect();
  }

  end() {
    this.#stream.disconnect();
  }

  /** @param {string} name */
  listen(name) {
    this.#stream.listen(name);
  }

  /**
   * @param {{ ask: string, names: string[], from: string, page?: import("./shown.js").OpenPage }} question the asking
   *   tab's cursor, what it listens for, and its page
   */
  answer({ ask, names, from, page }) {
    const unheard = names.filter((name) => !this.#stream.hears(name));
    for (const name of unheard) this.#stream.listen(name);
    const isForeign = ask && this.#last && !isSameLog(ask, this.#last);
    const reset = { name: "reset", data: { reason: "epoch" }, id: this.#last };
    // What was told of its page before it came, it has not heard.
    const isNewPage = page?.name && !this.#joined.has(from);
    if (isNewPage) this.#open(page);
    this.#joined.add(from);
    if (ask && !isForeign && (unheard.length || !this.#ring.covers(ask))) this.#rewind(ask);
    else if (isNewPage) this.#stream.resume(this.#last);
    const frames = isForeign ? [reset] : this.#ring.after(ask);
    this.#post({ to: from, frames, state: this.#state, last: this.#last, isHidden: document.hidden });
  }

  /** @param {import("./shown.js").OpenPage} page */
  #open({ name, since }) {
    if (!name) return;
    const known = this.#pages.get(name);
    this.#pages.delete(name);
    this.#pages.set(name, known && !isNewer(known, since) ? known : since);
    if (this.#pages.size > MOST_PAGES) this.#pages.delete(this.#pages.keys().next().value);
  }

  /** Lets the server tell everything behind the cursor once more; who has heard it drops it. @param {string} cursor */
  #rewind(cursor) {
    const start = this.#last && isNewer(cursor, this.#last) ? this.#last : cursor;
    this.#rewound = start !== this.#last;
    this.#ring = new Ring(start);
    this.#stream.resume(start);
  }

  /** @param {string} name @param {any} data @param {string} id */
  #tell(name, data, id) {
    if (name === "reset" && this.#rewound) {
      // Only the tab from further back has missed something. We go on where we were.
      this.#post({ missed: this.#last });
      this.#rewind(this.#last);
      return;
    }
    if (name !== "hello" && name !== PAGE) this.#rewound = false;
    if (name === PAGE) {
      if (data.through) this.#pages.set(data.page, data.through);
    } else if (name === "reset") {
      this.#ring = new Ring(id);
      this.#last = id;
    } else if (name === "hello") {
      // A page without a cursor begins at the present.
      if (this.#last) return;
      this.#last = id;
      this.#ring = new Ring(id);
    } else {
      this.#ring.add({ name, data, id });
      if (isNewer(id, this.#last)) this.#last = id;
    }
    // The others first: what this tab does with it may be the end of this page.
    this.#post({ frame: { name, data, id } });
    this.#accept({ name, data, id });
  }

  /** @param {string} state */
  #show(state) {
    this.#state = state;
    this.#post({ state });
    this.#onState(state);
  }
}
