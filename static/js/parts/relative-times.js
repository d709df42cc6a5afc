// Keeps the words of <time data-relative> true while the page stays open. They read as the server writes them.
// Hides each [data-until] when its moment has come.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export class RelativeTimes {
  #timer = 0;

  connect() {
    this.#timer = setInterval(() => this.#update(), MINUTE / 2);
  }

  disconnect() {
    clearInterval(this.#timer);
  }

  #update() {
    const now = Date.now();
    /** @type {NodeListOf<HTMLTimeElement>} */
    const times = document.querySelectorAll("time[data-relative]");
    for (const element of times) {
      element.textContent = relative(Date.parse(element.dateTime), now);
    }
    for (const element of document.querySelectorAll("[data-until]")) {
      if (Date.parse(element.dataset.until) <= now) element.hidden = true;
    }
  }
}

/** The distance of `at` from `now` in words, coarser the farther; both in ms. @param {number} at @param {number} now */
export function relative(at, now) {
  const distance = Math.abs(at - now);
  if (distance < MINUTE) return "now";
  let amount = `${Math.floor(distance / DAY)} days`;
  if (distance < HOUR) amount = `${Math.floor(distance / MINUTE)}\u00a0min`;
  else if (distance < 2 * DAY) amount = `${Math.floor(distance / HOUR)}\u00a0h`;
  return at > now ? `in ${amount}` : `${amount} ago`;
}
