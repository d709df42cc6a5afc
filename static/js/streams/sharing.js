// Names the tabs that may share a connection: those of the same person, for the same channels.
// Reads data-stream-user of <body>.

const PLACE = "lineup-stream-user";

/**
 * The name under which tabs find each other, or "" when this tab keeps to itself: without Web Locks (they need a secure
 * context) or BroadcastChannel, and on a page that does not say whose it is.
 * @param {URL} url the stream's address; the cursor in it does not count
 */
export function shareName(url) {
  const user = document.body.dataset.streamUser;
  if (!user || !navigator.locks || !globalThis.BroadcastChannel) return "";
  const channels = new URL(url);
  channels.searchParams.delete("cursor");
  return `lineup-stream:${user}:${channels.pathname}${channels.search}`;
}

/** The person at this browser: a page made for somebody who has left must not go on with the next one's session. */
export class Person {
  #user = document.body.dataset.streamUser;

  /** @param {() => void} onLeft called when a page for somebody else was opened in this browser */
  constructor(onLeft) {
    try {
      localStorage.setItem(PLACE, this.#user);
    } catch {
      // Then the server alone ends the streams of those who log out.
    }
    addEventListener("storage", ({ key, newValue }) => {
      if (key === PLACE && newValue !== this.#user) onLeft();
    });
  }

  /** Asked after a time in which this page heard nothing. */
  hasLeft() {
    try {
      return (localStorage.getItem(PLACE) ?? this.#user) !== this.#user;
    } catch {
      return false;
    }
  }
}
