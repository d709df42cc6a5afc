// The run's panel: shows each newer state, and follows the run's own stream while it is under way.

import { focusWithin } from "../lib/swapping.js";
import { streams } from "../streams/registry.js";

export class RunPanel {
  #place = document.querySelector("[data-run-panel]");
  #day = document.body.dataset.day;
  #district = Number(document.body.dataset.district);
  #following = "";
  #isPressed = false;
  #unclaimed = 0;
  /** @type {any} */
  #waiting = null;

  connect() {
    this.#place?.addEventListener("pointerdown", this.#press);
    for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, this.#release);
    this.#follow();
  }

  disconnect() {
    clearTimeout(this.#unclaimed);
    this.#place?.removeEventListener("pointerdown", this.#press);
    for (const end of ["pointerup", "pointercancel"]) document.removeEventListener(end, this.#release);
    if (this.#following) streams.close(this.#following);
  }

  /** The handlers for a stream that carries runs. */
  get handlers() {
    /** @type {import("../streams/registry.js").Handlers} */
    const handlers = { "run.changed": (data) => this.show(data) };
    return handlers;
  }

  /** @param {any} state */
  show(state) {
    const { district, day, version, run, html } = state;
    if (!this.#place || !html || district !== this.#district || day !== this.#day) return;
    const current = this.#place.querySelector("[data-run]");
    if (current && isOlder(run, version, html, current)) return;
    // A plan that is improved tells every second: a button must not change between its press and its release.
    if (this.#isPressed) {
      this.#waiting = state;
      return;
    }
    const focused = focusWithin(this.#place);
    this.#place.innerHTML = html;
    if (focused) this.#focus(focused.dataset.key);
    this.#follow();
  }

  /** Follows a run that was just started, before the first word of it has arrived. @param {string} run */
  followRun(run) {
    const key = `run:${run}`;
    if (this.#following === key) return;
    if (this.#following) streams.close(this.#following);
    this.#following = key;
    // From the page's own cursor on: what the run told since then is told again.
    const address = `/runs/${run}/events/?cursor=${document.body.dataset.streamCursor}`;
    streams.open(key, address, {
      ...this.handlers,
      reset: () => location.reload(),
      done: () => streams.close(key),
    });
  }

  // The same control when it still exists: nobody presses Cancel who was about to press something else.
  /** @param {string | undefined} key */
  #focus(key) {
    const same = key && this.#place.querySelector(`[data-key="${key}"]`);
    (same || document.querySelector("[data-action='suggest']"))?.focus({ preventScroll: true });
  }

  #press = () => {
    this.#isPressed = true;
  };

  #release = () => {
    this.#isPressed = false;
    // After the click that follows the release.
    setTimeout(() => {
      const state = this.#waiting;
      this.#waiting = null;
      if (state) this.show(state);
    });
  };

  // A worker would have said something by then: the page alone knows that nobody does.
  #awaitWorker() {
    clearTimeout(this.#unclaimed);
    const notice = this.#place?.querySelector("[data-unclaimed-in][hidden]");
    if (!notice) return;
    this.#unclaimed = setTimeout(() => {
      notice.hidden = false;
    }, Number(notice.dataset.unclaimedIn) * 1000);
  }

  #follow() {
    this.#awaitWorker();
    const panel = this.#place?.querySelector("[data-run]");
    if (panel?.dataset.underWay === "1") this.followRun(panel.dataset.run);
  }
}

/**
 * Whether a panel tells of an earlier state of the same run, or of an earlier run, than the one shown.
 * @param {string} run
 * @param {number} version
 * @param {string} html
 * @param {HTMLElement} shown
 */
function isOlder(run, version, html, shown) {
  if (shown.dataset.run === run) return Number(shown.dataset.version) > version;
  const template = document.createElement("template");
  template.innerHTML = html;
  const { requested } = template.content.querySelector("[data-run]").dataset;
  return Date.parse(requested) < Date.parse(shown.dataset.requested);
}
