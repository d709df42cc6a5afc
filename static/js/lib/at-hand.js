// Keeps the control that the person is about to press, and its place on the screen, from changing by themselves.

import { childrenOf } from "./swapping.js";

const CONTROLS = ["a", "button", "summary", "input"];
const HELD = CONTROLS.map((name) => `${name}:hover, ${name}:focus`).join(", ");
const MOVES = ["pointerover", "focusin", "focusout"];
const ENDS = ["pointerup", "pointercancel"];

export class AtHand {
  /** @type {Element | null} */
  #pressed = null;
  #selector;
  #onMoved;

  /**
   * `selector` names what waits as a whole, `onMoved()` is told that the pointer or the keyboard is elsewhere.
   * @param {string} selector
   * @param {() => void} onMoved
   */
  constructor(selector, onMoved) {
    this.#selector = selector;
    this.#onMoved = onMoved;
  }

  connect() {
    document.addEventListener("pointerdown", this.#press);
    for (const end of ENDS) document.addEventListener(end, this.#release);
    for (const move of MOVES) document.addEventListener(move, this.#move);
  }

  disconnect() {
    document.removeEventListener("pointerdown", this.#press);
    for (const end of ENDS) document.removeEventListener(end, this.#release);
    for (const move of MOVES) document.removeEventListener(move, this.#move);
  }

  /**
   * Whether `old` is being pressed, or a control of it that `fresh` (maybe null) lacks has the pointer or keyboard.
   * @param {Element} old
   * @param {Element | null} fresh
   */
  holds(old, fresh) {
    if (this.#pressed === old) return true;
    return [...old.querySelectorAll(HELD)].some((control) => {
      const { key } = control.dataset;
      const twin = key && fresh?.querySelector(`[data-key="${CSS.escape(key)}"]`);
      return !twin || meaning(twin) !== meaning(control);
    });
  }

  /** @param {{ target: any }} event */
  #press = ({ target }) => {
    this.#pressed = target.closest?.(this.#selector) ?? null;
  };

  #release = () => {
    this.#pressed = null;
    this.#move();
  };

  // After the click that follows a release, and when the focus has arrived.
  #move = () => setTimeout(this.#onMoved);
}

/**
 * Makes the change without moving the row, named by the data attribute `key`, that has the pointer or the keyboard;
 * answers what `change` answers.
 * @template T
 * @param {Element} rows
 * @param {string} key
 * @param {() => T} change
 */
export function keepingPlace(rows, key, change) {
  const anchor = rows.querySelector(":scope > :hover") ?? rows.querySelector(":scope > :focus, :scope > :focus-within");
  const top = anchor?.getBoundingClientRect().top;
  const result = change();
  if (!anchor) return result;
  const there = anchor.isConnected ? anchor : childrenOf(rows).find((row) => row.dataset[key] === anchor.dataset[key]);
  if (there) scrollBy({ top: there.getBoundingClientRect().top - top, behavior: "instant" });
  return result;
}

// A link leads to the same page whatever its words are; a button that says something else does something else.
/** @param {Element} control */
function meaning(control) {
  return control.getAttribute("href") ?? `${control.getAttribute("formaction")} ${control.textContent.trim()}`;
}
