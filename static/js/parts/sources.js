// As of when each source is shown: pushed by the server with each reading, and measured against its clock in between.

import { APP, appUrl } from "../streams/inbox.js";
import { streams } from "../streams/registry.js";

const DAY = 86_400_000; // ms

/** The event on the document that says which sources are late: `detail` is a text for the pill, or empty. */
export const LATE = "lineup:late";

export class Sources {
  #place = document.querySelector("[data-sources]");
  #ahead = 0;
  #timer = 0;
  #said = "";
  /** @type {(() => void) | undefined} */
  #leave;

  connect() {
    if (!this.#place) return;
    // The clock of this machine may be minutes off.
    this.#ahead = Date.parse(this.#place.dataset.now) - Date.now();
    this.#leave = streams.open(APP, appUrl(), { "source.read": (data) => this.#read(data) });
    this.#timer = setInterval(() => this.#look(), 1_000);
    this.#look();
  }

  disconnect() {
    clearInterval(this.#timer);
    this.#leave?.();
  }

  /** @param {{ system: string, as_of: string | null, lasts: number, detail: string }} data */
  #read({ system, as_of, lasts, detail }) {
    const line = this.#place.querySelector(`[data-source="${CSS.escape(system)}"]`);
    if (!line) return;
    // A word that comes late, after a reconnection, takes back nothing.
    if (as_of && Date.parse(as_of) >= (Date.parse(line.dataset.asOf) || 0)) line.dataset.asOf = as_of;
    line.dataset.lasts = String(lasts);
    line.querySelector("[data-detail]").textContent = detail;
    this.#look();
  }

  #look() {
    const now = Date.now() + this.#ahead;
    /** @type {HTMLElement[]} */
    const lines = [...this.#place.querySelectorAll("[data-source]")];
    let oldest = Number.POSITIVE_INFINITY;
    const late = [];
    for (const line of lines) {
      const at = Date.parse(line.dataset.asOf) || 0;
      oldest = Math.min(oldest, at);
      const isLate = now - at > Number(line.dataset.lasts) * 1000;
      line.toggleAttribute("data-late", isLate);
      put(line.querySelector("[data-time]"), this.#time(at, now));
      if (isLate) late.push(line);
    }
    put(this.#place.querySelector("[data-oldest]"), this.#time(oldest, now));
    this.#place.querySelector("summary").toggleAttribute("data-late", late.length > 0);
    this.#tell(late);
  }

  /** @param {HTMLElement[]} late */
  #tell(late) {
    let text = late.length > 1 ? `${late.length} systems are not up to date` : "";
    if (late.length === 1) {
      const [line] = late;
      text = `${line.dataset.name} as of ${line.querySelector("[data-time]").textContent}`;
    }
    if (text === this.#said) return;
    this.#said = text;
    document.dispatchEvent(new CustomEvent(LATE, { detail: text }));
  }

  /** The time of day in the district, with the date where it was another day; both in ms. @param {number} at @param {number} now */
  #time(at, now) {
    if (!at) return "never";
    /** @type {Intl.DateTimeFormatOptions} */
    const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: this.#place.dataset.zone };
    if (now - at > DAY / 2) Object.assign(clock, { day: "numeric", month: "short" });
    return new Intl.DateTimeFormat("en-GB", clock).format(at);
  }
}

/** @param {Element} element @param {string} text */
function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
