// What the person is about to press, and where it stands on the screen: neither changes by itself.

const CONTROLS = ["a", "button", "summary", "input"];
const HELD = CONTROLS.map((name) => `${name}:hover, ${name}:focus`).join(", ");
const MOVES = ["pointerover", "focusin", "focusout"];
const ENDS = ["pointerup", "pointercancel"];

export class AtHand {
  #pressed = null;
  #selector;
  #onMoved;

  /** `selector` names what waits as a whole, `onMoved()` is told that the pointer or the keyboard is elsewhere. */
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

  /** Whether `old` is being pressed, or a control of it that `fresh` (maybe null) lacks has the pointer or keyboard. */
  holds(old, fresh) {
    if (this.#pressed === old) return true;
    return [...old.querySelectorAll(HELD)].some((control) => {
      const { key } = control.dataset;
      const twin = key && fresh?.querySelector(`[data-key="${CSS.escape(key)}"]`);
      return !twin || meaning(twin) !== meaning(control);
    });
  }

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

/** Makes the change without moving the row, named by the data attribute `key`, that has the pointer or the keyboard. */
export function keepingPlace(rows, key, change) {
  const anchor = rows.querySelector(":scope > :hover") ?? rows.querySelector(":scope > :focus, :scope > :focus-within");
  const top = anchor?.getBoundingClientRect().top;
  change();
  if (!anchor) return;
  const there = anchor.isConnected
    ? anchor
    : [...rows.children].find((row) => row.dataset[key] === anchor.dataset[key]);
  if (there) scrollBy({ top: there.getBoundingClientRect().top - top, behavior: "instant" });
}

// A link leads to the same page whatever its words are; a button that says something else does something else.
function meaning(control) {
  return control.getAttribute("href") ?? `${control.getAttribute("formaction")} ${control.textContent.trim()}`;
}
