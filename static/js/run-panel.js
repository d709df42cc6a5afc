// The run's panel: shows each newer state, and follows the run's own stream while it is under way.

import { streams } from "./streams/registry.js";

export class RunPanel {
  #place = document.querySelector("[data-run-panel]");
  #day = document.body.dataset.day;
  #district = Number(document.body.dataset.district);
  #following = "";
  #onRow;

  /** `onRow(order, html)` is told each row whose suggestions are new. */
  constructor({ onRow }) {
    this.#onRow = onRow;
  }

  connect() {
    this.#follow();
  }

  disconnect() {
    if (this.#following) streams.close(this.#following);
  }

  /** The handlers for a stream that carries runs. */
  get handlers() {
    return {
      "run.changed": (data) => this.show(data),
      "run.suggestions": ({ rows = [] }) => rows.forEach(({ order, html }) => this.#onRow(order, html)),
    };
  }

  show({ district, day, version, run, html }) {
    if (!this.#place || !html || district !== this.#district || day !== this.#day) return;
    const current = this.#place.querySelector("[data-run]");
    if (current?.dataset.run === run && Number(current.dataset.version) > version) return;
    const hadFocus = this.#place.contains(document.activeElement);
    this.#place.innerHTML = html;
    if (hadFocus) (this.#place.querySelector("button") ?? document.querySelector("[data-action='suggest']"))?.focus();
    this.#follow();
  }

  /** Follows a run that was just started, before the first word of it has arrived. */
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

  #follow() {
    const panel = this.#place?.querySelector("[data-run]");
    if (panel?.dataset.underWay === "1") this.followRun(panel.dataset.run);
  }
}
