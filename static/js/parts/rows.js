// Rows of the board as the server renders them, and those that wait until the person has moved on.

import { ask } from "../lib/asking.js";
import { settle } from "./presence.js";

/** @param {string} html */
export function rowOf(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  settle(template.content);
  return template.content.querySelector("tr");
}

/**
 * The order's row for this day; null when the day does not show it, undefined when nobody answered.
 * @param {string} number @param {string} day
 */
export async function fetchRow(number, day) {
  const answer = await ask(`/orders/${encodeURIComponent(number)}/row/?day=${day}`);
  return answer ? rowOf(await answer.text()) : undefined;
}

/**
 * Lets the shown rows that `stays` names stand in `fresh` as they are, in the place of their newer selves.
 * @param {HTMLElement[]} shown
 * @param {HTMLElement[]} fresh
 * @param {(old: HTMLElement, row: HTMLElement | null) => boolean} stays
 */
export function keepRows(shown, fresh, stays) {
  const arriving = new Map(fresh.map((row) => [row.dataset.orderId, row]));
  for (const [at, old] of shown.entries()) {
    const row = arriving.get(old.dataset.orderId) ?? null;
    if (!stays(old, row)) continue;
    if (row) fresh[fresh.indexOf(row)] = old;
    else fresh.splice(at, 0, old);
  }
}

/** Fresh rows by order for which it is not the moment; null for a row that is to leave. */
export class Waiting {
  /** @type {Map<string, HTMLElement | null>} */
  #rows = new Map();

  /** @param {string} order */
  get(order) {
    return this.#rows.get(order) ?? null;
  }

  get all() {
    return [...this.#rows];
  }

  /** @param {HTMLElement} old @param {HTMLElement | null} row */
  add(old, row) {
    this.#rows.set(old.dataset.orderId, row);
    old.classList.add("is-waiting");
  }

  /** @param {string} order */
  drop(order) {
    this.#rows.delete(order);
  }
}
