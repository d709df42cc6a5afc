// Offers people to take back their own notes. A note is rendered once for everybody who has the page open, so this is
// a rule of style by the author's id, and changes nothing of what the server rendered.

export class OwnNotes {
  #sheet = new CSSStyleSheet();

  connect() {
    const me = Number(document.body.dataset.streamUser);
    if (me) this.#sheet.insertRule(`.note[data-author="${me}"] .note-act { display: inline-flex; }`);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, this.#sheet];
  }

  disconnect() {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== this.#sheet);
  }
}
