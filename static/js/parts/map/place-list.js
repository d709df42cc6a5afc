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

  /** Lines as the server renders them now; those of `asked` that it left out are gone. @param {string} html @param {string[]} asked */
  update(html, asked) {
    const fresh = parse(html);
    const left = new Set(fresh.map((line) => line.dataset.place));
    for (const place of asked) if (!left.has(place)) this.#remove(place);
    // New lines stand on top until the page is loaded again.
    for (const line of fresh) if (!this.#replace(line)) this.#insert(line, 0);
  }

  /** All lines, in the server's sequence. @param {string} html */
  replaceAll(html) {
    const fresh = parse(html);
    const left = new Set(fresh.map((line) => line.dataset.place));
    for (const { dataset } of this.#lines) if (!left.has(dataset.place)) this.#remove(dataset.place);
    fresh.forEach((line, at) => {
      if (!this.#replace(line)) this.#insert(line, at);
      const shown = this.#line(line.dataset.place);
      if (this.#list.children[at] !== shown) this.#list.insertBefore(shown, this.#list.children[at] ?? null);
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
