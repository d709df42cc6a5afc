// The timeline: crews as rows, time as columns in the district's zone, kept by vis-timeline.

import { Answer } from "./answer.js";
import { crewFace, face, itemsOf, travelOf } from "./items.js";
import { teach } from "./zone.js";
import { tellOutside, zoomed } from "./zooming.js";

const STEP = 5 * 60_000; // ms to which a dragged job snaps
const HOUR = 3_600_000;

export class Timeline {
  #root = document.querySelector("[data-schedule]");
  #groups = new vis.DataSet();
  #items = new vis.DataSet();
  #answer = new Answer(this.#root.dataset.checkUrl);
  #drop;
  #rest;
  /** @type {Promise<unknown> | null} */
  #busy = null;
  #release = () => {};

  /**
   * `drop(fact, crew, start, tentative)` moves the job and answers whether it was moved; `rest()` is called when a job
   * was let go, wherever: what was taken off the page while it was dragged is to be shown again.
   * @param {{ drop: (fact: any, crew: number, start: Date, tentative: boolean) => Promise<boolean>, rest: () => void }} told
   */
  constructor({ drop, rest }) {
    this.#drop = drop;
    this.#rest = rest;
  }

  connect() {
    this.#root.hidden = false;
    this.#answer.connect();
    const box = this.#root.querySelector("[data-timeline]");
    zoomed(new vis.Timeline(box, this.#items, this.#groups, this.#options()), this.#root);
  }

  /** Settles when no job is being dragged: nothing moves under the pointer. */
  async quiet() {
    while (this.#busy) await this.#busy;
  }

  /**
   * Shows these crews as they are now, and no others of `gone`.
   * @param {import("./items.js").Crew[]} crews
   * @param {number[]} gone
   */
  show(crews, gone) {
    for (const crew of gone) this.#clear(crew, new Set());
    this.#groups.remove(gone);
    for (const crew of crews) {
      const items = itemsOf(crew);
      this.#clear(crew.id, new Set(items.map(({ id }) => id)));
      this.#groups.update({ id: crew.id, content: crew.name, order: crew.name, use: crew.use });
      this.#items.update(items.filter((item) => !same(item, this.#items.get(item.id))));
    }
    tellOutside(this.#items, this.#root);
  }

  /** @param {number} crew @param {Set<string>} kept */
  #clear(crew, kept) {
    /** @param {any} item */
    const goes = ({ id, group }) => group === crew && !kept.has(id);
    this.#items.remove(this.#items.getIds({ filter: goes }));
  }

  #options() {
    const { start, end, zone, opens, closes } = this.#root.dataset;
    teach(zone, start, end);
    return {
      min: start,
      max: end,
      start: opens,
      end: closes,
      zoomMin: HOUR,
      zoomKey: "ctrlKey",
      moment: (/** @type {Date} */ date) => moment.tz(date, zone),
      orientation: "top",
      stack: false,
      verticalScroll: true,
      maxHeight: "70vh",
      margin: { item: { horizontal: 0, vertical: 6 }, axis: 4 },
      groupOrder: (/** @type {any} */ one, /** @type {any} */ other) =>
        one.order.localeCompare(other.order, undefined, { numeric: true }),
      showCurrentTime: true,
      selectable: true,
      editable: false,
      itemsAlwaysDraggable: { item: true, range: false },
      snap: (/** @type {number} */ date) => new Date(Math.round(date / STEP) * STEP),
      format: {
        minorLabels: { minute: "HH:mm", hour: "HH:mm" },
        majorLabels: { minute: "ddd D MMM", hour: "ddd D MMM" },
      },
      template: face,
      // As an element: a text would be read as markup.
      groupTemplate: (/** @type {any} */ group) => group && crewFace(group),
      tooltip: { followMouse: true, delay: 300 },
      onMoving: (/** @type {any} */ item, /** @type {any} */ show) => this.#moving(item, show),
      onMove: (/** @type {any} */ item, /** @type {any} */ done) => this.#moved(item, done),
    };
  }

  /** @param {any} item @param {(item: any) => void} show */
  #moving(item, show) {
    if (!this.#busy) {
      this.#busy = new Promise((free) => {
        this.#release = () => free(undefined);
      });
      this.#root.classList.add("is-dragging");
      this.#items.remove(travelOf(item.id));
    }
    const { assignment } = item.fact;
    this.#answer.ask({ assignment, crew: item.group, start: item.start.toISOString() });
    show(item);
  }

  /** @param {any} item @param {(item: any) => void} done */
  async #moved(item, done) {
    const old = this.#items.get(item.id);
    const { said } = this.#answer;
    const stays = old.group === item.group && +old.start === +item.start;
    try {
      const moved = !stays && (await this.#drop(item.fact, item.group, item.start, said?.outcome === "tentative"));
      done(moved ? item : null);
    } finally {
      this.#answer.clear();
      this.#root.classList.remove("is-dragging");
      this.#busy = null;
      this.#release();
      this.#rest();
    }
  }
}

/** @param {any} one @param {any} other */
function same(one, other) {
  return other !== null && JSON.stringify(one) === JSON.stringify(other);
}
