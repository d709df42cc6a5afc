// While a job is dragged: asks the rules, at most a few times a second, and shows the last answer beside the pointer.

const PAUSE = 120; // ms without a move before the rules are asked
const OFFSET = 18; // px from the pointer

export class Answer {
  #box = document.querySelector("[data-drag-answer]");
  #url;
  #timer = 0;
  #asked = 0;
  #place = "";
  #pointer = { x: 0, y: 0 };

  /** The rules' answer for the place where the job is now; null while they are asked. @type {any} */
  said = null;

  /** @param {string} url where the rules answer */
  constructor(url) {
    this.#url = url;
  }

  connect() {
    document.addEventListener("pointermove", this.#follow);
  }

  /** The job is here now. @param {{assignment: string, crew: number, start: string}} place */
  ask(place) {
    const query = new URLSearchParams({ ...place, crew: String(place.crew) }).toString();
    if (query === this.#place) return;
    this.#place = query;
    this.said = null;
    const number = ++this.#asked;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fetch(query, number), PAUSE);
    this.#show("asking", "Asking the rules …");
  }

  clear() {
    clearTimeout(this.#timer);
    this.#asked++;
    this.#place = "";
    this.said = null;
    this.#box.hidden = true;
  }

  /** @param {string} query @param {number} number */
  async #fetch(query, number) {
    try {
      const answer = await fetch(`${this.#url}?${query}`, { headers: { Accept: "application/json" } });
      const said = await answer.json();
      if (number === this.#asked) this.#tell(said);
    } catch {
      if (number === this.#asked) this.#show("broken", "The rules could not be asked; they are when you let go.");
    }
  }

  /** @param {any} said */
  #tell(said) {
    this.said = said;
    if (said.outcome === undefined) return this.#show("broken", `${said.sentence} ${said.next_step}`);
    const leaves = said.leaves ? `, sets out ${said.leaves}` : "";
    if (said.outcome === "legal") return this.#show("legal", `${said.where}: legal${leaves}`);
    if (said.outcome === "tentative")
      return this.#show("tentative", `${said.where}: tentatively. ${said.broken.join(" ")}`);
    const help = said.fix ? ` What would help: ${said.fix}` : "";
    this.#show("broken", `${said.where}: not allowed. ${said.broken.join(" ")}${help}`);
  }

  /** @param {string} outcome @param {string} text */
  #show(outcome, text) {
    this.#box.dataset.outcome = outcome;
    this.#box.textContent = text;
    this.#box.hidden = false;
    this.#put();
  }

  /** @param {PointerEvent} event */
  #follow = ({ clientX: x, clientY: y }) => {
    this.#pointer = { x, y };
    if (!this.#box.hidden) this.#put();
  };

  #put() {
    const { x, y } = this.#pointer;
    const { offsetWidth: width, offsetHeight: height } = this.#box;
    const left = Math.min(x + OFFSET, innerWidth - width - OFFSET);
    const below = y + OFFSET + height < innerHeight;
    this.#box.style.left = `${Math.max(0, left)}px`;
    this.#box.style.top = `${below ? y + OFFSET : y - OFFSET - height}px`;
  }
}
