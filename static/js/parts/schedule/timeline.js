// The timeline: crews as rows, time as columns in the district's zone, kept by vis-timeline.

import { Answer } from "./answer.js";
import { face, itemsOf, travelOf, words } from "./items.js";
import { teach } from "./zone.js";

const STEP = 5 * 60_000; // ms to which a dragged job snaps
const HOUR = 3_600_000;

export class Timeline {
  #root = document.querySelector("[data-schedule]");
  #groups = new vis.DataSet();
  #items = new vis.DataSet();
  #answer = new Answer(this.#root.dataset.checkUrl);
  #drop;
  #rest;
  #busy = null;
  #release = () => {};

  /** `drop(fact, crew, start, tentative)` moves the job and answers whether it was moved; `rest()` hears when a job was
   * let go, wherever: what was taken off the page while it was dragged is to be shown again. */
  constructor({ drop, rest }) {
    this.#drop = drop;
    this.#rest = rest;
  }

  connect() {
    this.#root.hidden = false;
    this.#answer.connect();
    const box = this.#root.querySelector("[data-timeline]");
    new vis.Timeline(box, this.#items, this.#groups, this.#options());
  }

  /** Settles when no job is being dragged: nothing moves under the pointer. */
  async quiet() {
    while (this.#busy) await this.#busy;
  }

  /** Shows these crews as they are now, and no others of `gone`. */
  show(crews, gone) {
    for (const crew of gone) this.#clear(crew, new Set());
    this.#groups.remove(gone);
    for (const crew of crews) {
      const items = itemsOf(crew);
      this.#clear(crew.id, new Set(items.map(({ id }) => id)));
      this.#groups.update({ id: crew.id, content: crew.name, order: crew.name });
      this.#items.update(items.filter((item) => !same(item, this.#items.get(item.id))));
    }
  }

  #clear(crew, kept) {
    this.#items.remove(this.#items.getIds({ filter: ({ id, group }) => group === crew && !kept.has(id) }));
  }

  #options() {
    const { start, end, zone } = this.#root.dataset;
    teach(zone, start, end);
    return {
      min: start,
      max: end,
      start,
      end,
      zoomMin: HOUR,
      zoomKey: "ctrlKey",
      moment: (date) => moment.tz(date, zone),
      orientation: "top",
      stack: false,
      verticalScroll: true,
      maxHeight: "70vh",
      margin: { item: { horizontal: 0, vertical: 6 }, axis: 4 },
      groupOrder: (one, other) => one.order.localeCompare(other.order, undefined, { numeric: true }),
      showCurrentTime: true,
      selectable: true,
      editable: false,
      itemsAlwaysDraggable: { item: true, range: false },
      snap: (date) => new Date(Math.round(date / STEP) * STEP),
      format: {
        minorLabels: { minute: "HH:mm", hour: "HH:mm" },
        majorLabels: { minute: "ddd D MMM", hour: "ddd D MMM" },
      },
      template: face,
      // As an element: a text would be read as markup.
      groupTemplate: (group) => group && words(group.content),
      tooltip: { followMouse: true, delay: 300 },
      onMoving: (item, show) => this.#moving(item, show),
      onMove: (item, done) => this.#moved(item, done),
    };
  }

  #moving(item, show) {
    if (!this.#busy) {
      this.#busy = new Promise((free) => (this.#release = free));
      this.#root.classList.add("is-dragging");
      this.#items.remove(travelOf(item.id));
    }
    const { assignment } = item.fact;
    this.#answer.ask({ assignment, crew: item.group, start: item.start.toISOString() });
    show(item);
  }

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

function same(one, other) {
  return other !== null && JSON.stringify(one) === JSON.stringify(other);
}
