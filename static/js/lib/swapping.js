// Puts what the server rendered in the place of what stands there: focus, open details and the current row stay.

const FRESH = 2_000; // ms of highlight
const OURS = ["is-current", "is-fresh", "is-waiting"]; // classes that scripts give to rows

/**
 * Shows the fresh row in the place of the old one, unless they say the same; answers the row that is shown.
 * @param {HTMLElement} old
 * @param {HTMLElement} fresh
 */
export function swap(old, fresh) {
  keepState(old, fresh);
  if (same(old, fresh)) return old;
  fresh.classList.toggle("is-current", old.classList.contains("is-current"));
  highlight(fresh);
  keepingFocus(old, fresh, () => old.replaceWith(fresh));
  return fresh;
}

/**
 * Shows what stands in the fresh element in the old one, unless it is the same; answers whether it was other.
 * @param {HTMLElement} old
 * @param {HTMLElement} fresh
 */
export function refill(old, fresh) {
  keepState(old, fresh);
  if (same(old, fresh)) return false;
  keepingFocus(old, old, () => old.replaceChildren(...fresh.childNodes));
  return true;
}

/** Shows each [data-part] of the document as it stands in the fresh page. @param {Document} page */
export function refillParts(page) {
  for (const part of document.querySelectorAll("[data-part]")) {
    const fresh = page.querySelector(`[data-part="${part.dataset.part}"]`);
    if (fresh) refill(part, fresh);
  }
}

/**
 * Makes the rows of `body` those of `fresh`, in its sequence: new ones come in, gone ones leave, others are swapped.
 * `key` names the data attribute that tells rows apart. Answers how many came, left or changed.
 * @param {HTMLElement} body
 * @param {Iterable<any>} fresh
 * @param {string} key
 */
export function merge(body, fresh, key) {
  const olds = new Map(childrenOf(body).map((row) => [row.dataset[key], row]));
  const rows = [...fresh];
  const kept = new Set(rows.map((row) => row.dataset[key]));
  let changes = 0;
  for (const [name, old] of olds) {
    if (kept.has(name)) continue;
    // The keyboard goes on at the neighbour of a row that leaves.
    const next = /** @type {HTMLElement | null} */ (old.nextElementSibling ?? old.previousElementSibling);
    const focused = old.contains(document.activeElement);
    old.remove();
    if (focused) next?.focus({ preventScroll: true });
    changes++;
  }
  rows.forEach((row, at) => {
    const old = olds.get(row.dataset[key]);
    const shown = old ? swap(old, row) : row;
    if (shown === row && row !== old) changes++;
    if (!old) highlight(row);
    const there = body.children[at];
    if (there !== shown) keepingFocus(shown, shown, () => body.insertBefore(shown, there ?? null));
  });
  return changes;
}

/** @param {Element} element */
export function childrenOf(element) {
  return /** @type {HTMLElement[]} */ ([...element.children]);
}

/** The focused element, when it is in `element`. @param {Element} element */
export function focusWithin(element) {
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  return element.contains(focused) ? focused : null;
}

/** @param {HTMLElement} row */
function highlight(row) {
  row.classList.add("is-fresh");
  setTimeout(() => without(row, "is-fresh"), FRESH);
}

// The same control when it still exists, otherwise the element itself: the keyboard stays where it was.
/** @param {HTMLElement} old @param {HTMLElement} shown @param {() => void} change */
function keepingFocus(old, shown, change) {
  const focused = focusWithin(old);
  change();
  if (!focused || document.activeElement === focused) return;
  const key = focused.dataset.key;
  const again = shown.contains(focused) ? focused : key && shown.querySelector(`[data-key="${CSS.escape(key)}"]`);
  (again || shown).focus({ preventScroll: true });
}

// Keeps open details open, and what was typed, ticked or chosen and not sent.
/** @param {HTMLElement} old @param {HTMLElement} fresh */
function keepState(old, fresh) {
  for (const one of old.querySelectorAll("details[data-key], input[data-key], select[data-key]")) {
    const twin = fresh.querySelector(`${one.localName}[data-key="${CSS.escape(one.dataset.key)}"]`);
    if (one instanceof HTMLDetailsElement && twin instanceof HTMLDetailsElement) twin.open = one.open;
    if (one instanceof HTMLInputElement && twin instanceof HTMLInputElement) keepInput(one, twin);
    if (one instanceof HTMLSelectElement && twin instanceof HTMLSelectElement) twin.value = one.value;
  }
}

/** @param {HTMLInputElement} one @param {HTMLInputElement} twin */
function keepInput(one, twin) {
  if (one.type !== "checkbox" && one.value !== one.defaultValue) twin.value = one.value;
  if (one.type === "checkbox" && one.checked !== one.defaultChecked) twin.checked = one.checked;
}

/** @param {HTMLElement} one @param {HTMLElement} other */
function same(one, other) {
  return plain(one) === plain(other);
}

// Without what scripts do to it: their classes, and the words of relative times, which go on by themselves. The token of
// a form is another in each answer, and each is good.
/** @param {HTMLElement} element */
function plain(element) {
  const copy = /** @type {HTMLElement} */ (element.cloneNode(true));
  without(copy, ...OURS);
  for (const time of copy.querySelectorAll("time[data-relative]")) time.textContent = "";
  for (const token of copy.querySelectorAll("input[name=csrfmiddlewaretoken]")) token.removeAttribute("value");
  return copy.outerHTML;
}

// An empty class attribute would tell the element from what the server renders.
/** @param {HTMLElement} element @param {string[]} classes */
function without(element, ...classes) {
  element.classList.remove(...classes);
  if (!element.className) element.removeAttribute("class");
}
