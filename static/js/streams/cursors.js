// Cursors, which are places in the server's log: the epoch, a dot, and a position of fixed width.

import { PAGE } from "./shown.js";

/** @typedef {{ name: string, data: any, id: string }} Frame An event as it came, with its cursor. */

/**
 * Whether `one` lies behind `other` in the log; cursors of another epoch count as newer.
 * @param {string} one
 * @param {string} other
 */
export function isNewer(one, other) {
  if (!one) return false;
  const [epoch, place] = one.split(".");
  const [otherEpoch, otherPlace = ""] = other.split(".");
  return epoch !== otherEpoch || place > otherPlace;
}

/**
 * Whether both are places of the same log, so that one can be reached from the other.
 * @param {string} one
 * @param {string} other
 */
export function isSameLog(one, other) {
  return one.split(".")[0] === other.split(".")[0];
}

/** The place of a page in the log: it has had everything up to its cursor. */
export class Place {
  #onEvent;

  /**
   * @param {string} cursor
   * @param {(name: string, data: any, id: string) => void} onEvent
   */
  constructor(cursor, onEvent) {
    this.cursor = cursor;
    this.#onEvent = onEvent;
  }

  /** Tells the page what is new to it. @param {Frame} frame */
  accept({ name, data, id }) {
    if (name === "reset") return this.restart(data.reason, id);
    if (name === PAGE) return this.#onEvent(name, data, id);
    if (!isNewer(id, this.cursor)) return;
    if (this.cursor && !isSameLog(id, this.cursor)) return this.restart("epoch", id);
    this.cursor = id;
    this.#onEvent(name, data, id);
  }

  /**
   * Tells the page that it has missed something and goes on from here.
   * @param {string} reason
   * @param {string} id
   */
  restart(reason, id) {
    this.cursor = id;
    this.#onEvent("reset", { reason }, id);
  }
}
