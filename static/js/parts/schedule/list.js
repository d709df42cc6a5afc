// The schedule in words: each crew's part of the table is replaced by what the server rendered, the focus stays.

export class List {
  #table = document.querySelector(".schedule-list");
  #none = document.querySelector("[data-none]");

  /** Ids of the crews that are shown and not among these. */
  without(crews) {
    const kept = new Set(crews.map(({ id }) => id));
    return [...this.#table.tBodies].map((part) => Number(part.dataset.crew)).filter((id) => !kept.has(id));
  }

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

  #part(crew) {
    return this.#table.querySelector(`tbody[data-crew="${crew}"]`);
  }

  #insert(fresh, name) {
    const after = [...this.#table.tBodies].find((part) => part.dataset.name > name);
    this.#table.insertBefore(fresh, after ?? null);
  }
}

function replace(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const key = focused?.dataset.key;
  old.replaceWith(fresh);
  if (key) fresh.querySelector(`[data-key="${key}"]`)?.focus({ preventScroll: true });
}

function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = `<table>${html}</table>`;
  return template.content.querySelector("tbody");
}
