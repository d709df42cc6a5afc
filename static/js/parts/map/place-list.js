// One list beside the map: its lines are what the map shows, and each leads to its sign there.

import { childrenOf, focusWithin } from "../../lib/swapping.js";

const FRESH = 2_000; // ms of highlight

export class PlaceList {
  #list;
  #markers;

  /** @param {string} name @param {import("./markers.js").Markers} markers */
  constructor(name, markers) {
    this.#list = document.querySelector(`[data-places="${name}"]`);
    this.#markers = markers;
  }

  connect() {
    for (const line of this.#lines) this.#markers.show(line);
    this.#list.addEventListener("click", this.#press);
  }

  disconnect() {
    this.#list.removeEventListener("click", this.#press);
  }

  /**
   * Shows changed lines, and all of them in their sequence where that is another now.
   * @param {Record<string, string>} changed
   * @param {string[] | undefined} sequence
   */
  show(changed, sequence) {
    for (const html of Object.values(changed))
      for (const line of parse(html)) this.#replace(line) || this.#insert(line, 0);
    if (sequence) this.#arrange(sequence);
  }

  /** All lines, in the server's sequence. @param {string} html */
  replaceAll(html) {
    const fresh = parse(html);
    for (const line of fresh) this.#replace(line) || this.#insert(line, 0);
    this.#arrange(fresh.map((line) => line.dataset.place));
  }

  /** @param {string[]} sequence */
  #arrange(sequence) {
    const left = new Set(sequence);
    for (const { dataset } of this.#lines) if (!left.has(dataset.place)) this.#remove(dataset.place);
    sequence.forEach((place, at) => {
      const line = this.#line(place);
      if (line && this.#list.children[at] !== line) this.#list.insertBefore(line, this.#list.children[at] ?? null);
    });
  }

  /** Whether there was such a line. @param {HTMLElement} line */
  #replace(line) {
    const old = this.#line(line.dataset.place);
    if (!old) return false;
    if (old.innerHTML === line.innerHTML && old.dataset.at === line.dataset.at) return true;
    const focused = focusWithin(old);
    old.replaceWith(line);
    if (focused) line.querySelector(`[data-key="${focused.dataset.key}"]`)?.focus({ preventScroll: true });
    this.#shows(line);
    return true;
  }

  /** @param {HTMLElement} line @param {number} at */
  #insert(line, at) {
    this.#list.insertBefore(line, this.#list.children[at] ?? null);
    this.#shows(line);
  }

  /** @param {HTMLElement} line */
  #shows(line) {
    line.classList.add("is-fresh");
    setTimeout(() => line.classList.remove("is-fresh"), FRESH);
    this.#markers.show(line);
  }

  /** @param {string} place */
  #remove(place) {
    this.#line(place)?.remove();
    this.#markers.remove(place);
  }

  get #lines() {
    return childrenOf(this.#list);
  }

  /** @param {string | undefined} place */
  #line(place) {
    return this.#list.querySelector(`[data-place="${place}"]`);
  }

  /** @param {{ target: any }} event */
  #press = ({ target }) => {
    const line = target.closest("[data-place]");
    // A click anywhere on the line, unless it was meant for a link.
    if (line && !target.closest("a")) this.#markers.reveal(line.dataset.place);
  };
}

/** @param {string} html */
function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return [...template.content.querySelectorAll("[data-place]")];
}
