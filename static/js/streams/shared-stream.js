// A stream that all tabs of one person share: the tab that leads is connected, and passes on what it is told.
//
// Each tab keeps its own cursor and drops what is not behind it. A tab follows a leader only after that leader has
// answered it with all that lies behind the tab's cursor. What the leader no longer has, or never listened for, it asks
// the server for again by reconnecting from the tab's cursor; so no tab is ever moved on over a gap.

import { Place } from "./cursors.js";
import { Follower } from "./follower.js";
import { Leader } from "./leader.js";
import { Leadership } from "./leadership.js";
import { Person } from "./sharing.js";
import { shown } from "./shown.js";

/** The same outside as Stream. */
export class SharedStream {
  #name;
  #url;
  #place;
  #onState;
  #names = new Set();
  #person;
  #leadership;
  #follower;
  /** @type {Leader | null} */
  #leader = null;
  /** @type {BroadcastChannel | null} */
  #channel = null;
  #state = "";

  /**
   * @param {string} name as shareName() says it
   * @param {string | URL} url
   * @param {{ onEvent: (name: string, data: any, id: string) => void, onState: (state: string) => void }} hears
   */
  constructor(name, url, { onEvent, onState }) {
    this.#name = name;
    this.#url = new URL(url, document.baseURI);
    this.#place = new Place(this.#url.searchParams.get("cursor") ?? "", onEvent);
    this.#onState = onState;
    this.#leadership = new Leadership(name, { onGained: () => this.#lead(), onLost: () => this.#follow() });
    this.#follower = new Follower(this.#place, this.#names, {
      post: (message) => this.#channel?.postMessage(message),
      onState: (state) => this.#show(state),
      onUseless: () => this.#leadership.seize(),
    });
    this.#person = new Person(() => this.#show("stopped"));
  }

  /** Also delivers events of this name from now on. @param {string} name */
  listen(name) {
    if (this.#names.has(name)) return;
    this.#names.add(name);
    if (this.#leader) this.#leader.listen(name);
    else if (this.#channel) this.#follower.ask();
  }

  connect() {
    if (this.#channel || this.#state === "stopped") return;
    if (this.#person.hasLeft()) {
      this.#show("stopped");
      return;
    }
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }) => this.#hear(data);
    this.#show("connecting");
    this.#leadership.stand();
    this.#follower.begin();
  }

  /** Lets another tab lead. A frozen page must not keep its place in the line: it could not take its turn. */
  disconnect() {
    this.#follower.end();
    this.#leader?.end();
    this.#leadership.leave();
    this.#channel?.close();
    this.#channel = this.#leader = null;
  }

  #lead() {
    this.#follower.end();
    this.#leader = new Leader(this.#url, this.#place.cursor, [...this.#names], shown, {
      accept: (frame) => this.#place.accept(frame),
      onState: (state) => this.#show(state),
      post: (message) => this.#channel?.postMessage(message),
    });
    this.#leader.begin();
  }

  #follow() {
    this.#leader.end();
    this.#leader = null;
    this.#follower.begin();
  }

  /** @param {any} message */
  #hear(message) {
    // The next leader listens for all of these from the start.
    for (const name of message.names ?? []) this.#names.add(name);
    if (!this.#leader) this.#follower.hear(message);
    else if (message.from) this.#leader.answer(message);
  }

  /** @param {string} state */
  #show(state) {
    if (state === this.#state) return;
    this.#state = state;
    if (state === "stopped") this.disconnect();
    this.#onState(state);
  }
}
