// The streams of this page by key: whoever needs a stream opens it by its key and shares the connection.

import { SharedStream } from "./shared-stream.js";
import { shareName } from "./sharing.js";
import { shown } from "./shown.js";
import { Stream } from "./stream.js";

/** The key of the app-lifetime stream: the only one that the tabs of a browser share. */
export const APP = "app";

/**
 * @param {string} key
 * @param {string | URL} url
 * @param {import("./stream.js").Hears} hears
 */
function connection(key, url, hears) {
  const name = key === APP ? shareName(new URL(url, document.baseURI)) : "";
  return name ? new SharedStream(name, url, hears) : new Stream(url, hears, () => (key === APP ? [shown] : []));
}

/** @typedef {Record<string, (data: any) => void>} Handlers */
/** @typedef {Stream | SharedStream} Connection */
/** @typedef {{ listeners: Set<Handlers>, state: string, stream: Connection }} Entry */

/**
 * Handlers are functions by event name, called with the event's data. Two names are not of the server: `state` is
 * called with each state of the connection (see stream.js), and `reset`, when missing, reloads the page.
 *
 * `make` builds a connection.
 */
export class Streams {
  /** @type {Map<string, Entry>} */
  #open = new Map();
  #make;
  #ready;

  constructor(make = connection) {
    this.#make = make;
    // Modules of the page run before this event: none of them misses what the first connection replays.
    this.#ready = new Promise((ready) => {
      if (document.readyState === "complete") ready(null);
      else for (const moment of ["DOMContentLoaded", "load"]) addEventListener(moment, ready, { once: true });
    });
    const leave = () => this.#each((stream) => stream.disconnect());
    addEventListener("pagehide", leave);
    document.addEventListener("freeze", leave);
    document.addEventListener("resume", () => this.#each((stream) => stream.connect()));
    addEventListener("pageshow", (event) => {
      // Back from the back/forward cache: go on behind the last event told.
      if (event.persisted) this.#each((stream) => stream.connect());
    });
  }

  /**
   * Opens the stream of this key, or joins the one that is open; answers a function that takes the handlers back.
   * @param {string} key
   * @param {string | URL} url
   * @param {Handlers} handlers
   */
  open(key, url, handlers) {
    const entry = this.#open.get(key) ?? this.#begin(key, url);
    entry.listeners.add(handlers);
    for (const name of Object.keys(handlers)) {
      if (name !== "state") entry.stream.listen(name);
    }
    if (entry.state) handlers.state?.(entry.state);
    return () => entry.listeners.delete(handlers);
  }

  /** Ends the stream of this key for good. @param {string} key */
  close(key) {
    this.#open.get(key)?.stream.disconnect();
    this.#open.delete(key);
  }

  /** @param {string} key @param {string | URL} url */
  #begin(key, url) {
    /** @type {Set<Handlers>} */
    const listeners = new Set();
    const stream = this.#make(key, url, {
      onEvent: (name, data) => tell(listeners, name, data),
      onState: (state) => {
        entry.state = state;
        for (const handlers of [...listeners]) handlers.state?.(state);
      },
    });
    /** @type {Entry} */
    const entry = { listeners, state: "", stream };
    this.#open.set(key, entry);
    this.#ready.then(() => {
      if (this.#open.get(key) === entry) entry.stream.connect();
    });
    return entry;
  }

  /** @param {(stream: Connection) => void} action */
  #each(action) {
    for (const { stream } of this.#open.values()) action(stream);
  }
}

/** @param {Set<Handlers>} listeners @param {string} name @param {any} data */
function tell(listeners, name, data) {
  const hearing = [...listeners].filter((handlers) => handlers[name]);
  if (name === "reset" && hearing.length === 0) {
    location.reload();
    return;
  }
  for (const handlers of hearing) {
    try {
      handlers[name](data);
    } catch (error) {
      // One listener's mistake must not cost the others the event.
      reportError(error);
    }
  }
}

export const streams = new Streams();
