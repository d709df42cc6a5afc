// The last frames the leading tab was told, for tabs that come to it from an earlier place.

import { isNewer, isSameLog } from "./cursors.js";

const MOST = 200; // frames; a tab from further back costs one reconnect of the leading tab

/** Every frame behind `start` that the connection has told is here. */
export class Ring {
  /** @type {import("./cursors.js").Frame[]} */
  #frames = [];
  #start;

  /** @param {string} start the cursor from which the connection tells everything */
  constructor(start) {
    this.#start = start;
  }

  /** @param {import("./cursors.js").Frame} frame */
  add(frame) {
    this.#frames.push(frame);
    if (this.#frames.length > MOST) this.#start = this.#frames.shift().id;
  }

  /** Whether nothing behind this cursor is missing here. @param {string} cursor */
  covers(cursor) {
    return this.#start !== "" && isSameLog(this.#start, cursor) && !isNewer(this.#start, cursor);
  }

  /** @param {string} cursor @returns {import("./cursors.js").Frame[]} */
  after(cursor) {
    return cursor ? this.#frames.filter(({ id }) => isNewer(id, cursor)) : [];
  }
}
