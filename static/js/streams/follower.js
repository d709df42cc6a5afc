// A tab that follows: it takes what the leading tab passes on, and notices when that tab is no good.

import { isNewer } from "./cursors.js";
import { shown } from "./shown.js";

const ROUND = 500; // ms between two questions to the leader
const PATIENCE = 2; // rounds without an answer before a leader counts as hung

/** Asks with its cursor; takes part in a leader's term once that leader has answered with all that lies behind it. */
export class Follower {
  #me = crypto.randomUUID();
  #place;
  #names;
  #post;
  #onState;
  #onUseless;
  #term = "";
  #askedOf = "";
  #isAsking = false;
  #silent = 0;
  #timer = 0;

  /**
   * @param {import("./cursors.js").Place} place
   * @param {Set<string>} names of events that any tab listens for
   * @param {{ post: (message: any) => void, onState: (state: string) => void, onUseless: () => void }} told
   */
  constructor(place, names, { post, onState, onUseless }) {
    this.#place = place;
    this.#names = names;
    this.#post = post;
    this.#onState = onState;
    this.#onUseless = onUseless;
  }

  begin() {
    this.#term = this.#askedOf = "";
    this.#silent = 0;
    this.#timer = setInterval(() => this.#round(), ROUND);
    this.ask();
  }

  end() {
    clearInterval(this.#timer);
  }

  ask() {
    this.#isAsking = true;
    this.#post({ ask: this.#place.cursor, names: [...this.#names], from: this.#me, page: shown });
  }

  // Hidden tabs have time: a leader that hangs without being frozen or gone is rare, and nobody looks at them.
  #round() {
    if (this.#isAsking) this.#silent++;
    if (this.#silent >= PATIENCE) {
      this.#silent = 0;
      this.#onUseless();
    } else if (this.#isAsking || !document.hidden) this.ask();
  }

  /** @param {any} message of a leader (see leader.js) */
  hear(message) {
    if (message.to === this.#me) this.#join(message);
    else if (!message.term || message.to) return;
    else if (message.term !== this.#term) this.#meet(message.term);
    else if (message.frame) this.#place.accept(message.frame);
    else if (message.state) this.#onState(message.state);
    else if (isNewer(message.missed, this.#place.cursor)) this.#place.restart("expired", message.missed);
  }

  /** @param {any} message */
  #join({ term, frames, state, last, isHidden }) {
    this.#term = term;
    this.#isAsking = false;
    this.#silent = 0;
    this.#place.cursor ||= last;
    for (const frame of frames) this.#place.accept(frame);
    this.#onState(state);
    // Browsers slow the clocks of hidden tabs down to a tick a minute: too long for somebody who waits for the server.
    if (state === "reconnecting" && isHidden && !document.hidden) this.#onUseless();
  }

  /** @param {string} term */
  #meet(term) {
    if (term === this.#askedOf) return;
    this.#askedOf = term;
    this.ask();
  }
}
