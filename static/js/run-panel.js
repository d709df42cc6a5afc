// The run's panel: shows each newer state, and follows the run's own stream while it is under way.

import { streams } from "./streams/registry.js";

export class RunPanel {
  #place = document.querySelector("[data-run-panel]");
  #day = document.body.dataset.day;
  #district = Number(document.body.dataset.district);
  #following = "";
  #onRow;
  #onTurn;

  /** `onRow(order, html)` is told each row whose suggestions are new, `onTurn()` that a run has begun or ended. */
  constructor({ onRow, onTurn }) {
    this.#onRow = onRow;
    this.#onTurn = onTurn;
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
    if (current && isOlder(run, version, html, current)) return;
    const hadFocus = this.#place.contains(document.activeElement);
    const before = turn(current);
    this.#place.innerHTML = html;
    if (hadFocus) (this.#place.querySelector("button") ?? document.querySelector("[data-action='suggest']"))?.focus();
    this.#follow();
    if (turn(this.#place.querySelector("[data-run]")) !== before) this.#onTurn();
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

/** Which run a panel shows, and whether that is under way. */
function turn(panel) {
  return panel ? `${panel.dataset.run} ${panel.dataset.underWay}` : "";
}

/** Whether a panel tells of an earlier state of the same run, or of an earlier run, than the one shown. */
function isOlder(run, version, html, shown) {
  if (shown.dataset.run === run) return Number(shown.dataset.version) > version;
  const template = document.createElement("template");
  template.innerHTML = html;
  const { requested } = template.content.querySelector("[data-run]").dataset;
  return Date.parse(requested) < Date.parse(shown.dataset.requested);
}
