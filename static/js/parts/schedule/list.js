// The schedule in words: each crew's part of the table is replaced by what the server rendered, the focus stays.

import { focusWithin } from "../../lib/swapping.js";

export class List {
  /** @type {HTMLTableElement} */
  #table = document.querySelector(".schedule-list");
  #none = document.querySelector("[data-none]");

  /** Ids of the crews that are shown and not among these. @param {number[]} crews */
  others(crews) {
    const kept = new Set(crews);
    return [...this.#table.tBodies].map((part) => Number(part.dataset.crew)).filter((id) => !kept.has(id));
  }

  /** @param {import("./items.js").Crew[]} crews @param {number[]} gone */
  show(crews, gone) {
    for (const crew of gone) this.#part(crew)?.remove();
    for (const { id, name, html } of crews) {
      const old = this.#part(id);
      const fresh = parse(html);
      if (!old) this.#insert(fresh, name);
      else if (old.innerHTML !== fresh.innerHTML) replace(old, fresh);
    }
    this.#none.hidden = this.#table.tBodies.length > 0;
  }

  /** @param {number} crew */
  #part(crew) {
    return this.#table.querySelector(`tbody[data-crew="${crew}"]`);
  }

  /** @param {HTMLElement} fresh @param {string} name */
  #insert(fresh, name) {
    const after = [...this.#table.tBodies].find((part) => part.dataset.name > name);
    this.#table.insertBefore(fresh, after ?? null);
  }
}

/** @param {HTMLElement} old @param {HTMLElement} fresh */
function replace(old, fresh) {
  const key = focusWithin(old)?.dataset.key;
  old.replaceWith(fresh);
  if (key) fresh.querySelector(`[data-key="${key}"]`)?.focus({ preventScroll: true });
}

/** @param {string} html */
function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = `<table>${html}</table>`;
  return template.content.querySelector("tbody");
}
