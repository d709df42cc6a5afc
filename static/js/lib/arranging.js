// Rows that the server pushes, in the element that holds them: which stand, in which sequence.

import { childrenOf } from "./swapping.js";

/**
 * The rows in their new sequence, as `merge` takes them: changed ones anew, the others as they stand; null where one is
 * missing. `parse` makes a row of its HTML.
 * @param {HTMLElement} body
 * @param {string[]} sequence
 * @param {Record<string, string>} changed
 * @param {string} key
 * @param {(html: string) => HTMLElement} parse
 */
export function arranged(body, sequence, changed, key, parse) {
  const olds = new Map(childrenOf(body).map((row) => [row.dataset[key], row]));
  const rows = sequence.map((name) => (name in changed ? parse(changed[name]) : olds.get(name)));
  return rows.includes(undefined) ? null : rows;
}

/**
 * Shows what holds the rows, unless rows stand there already and are to stay.
 * @param {HTMLElement} place
 * @param {string} html
 */
export function surround(place, html) {
  const fresh = /** @type {HTMLElement} */ (place.cloneNode());
  fresh.innerHTML = html;
  const [old, now] = [place, fresh].map((one) => one.querySelector("[data-rows]"));
  if (!(old && now)) place.replaceChildren(...fresh.childNodes);
}
