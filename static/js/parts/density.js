// How close the rows stand, remembered in this browser (theme.js applies it to the next page).

export class Density {
  #button = document.querySelector("[data-density-toggle]");

  connect() {
    if (!this.#button) return;
    this.#button.hidden = false;
    this.#button.addEventListener("click", this.#toggle);
    this.#show();
  }

  disconnect() {
    this.#button?.removeEventListener("click", this.#toggle);
  }

  #toggle = () => {
    const root = document.documentElement;
    root.dataset.density = root.dataset.density === "compact" ? "roomy" : "compact";
    try {
      localStorage.setItem("lineup-density", root.dataset.density);
    } catch {
      // Not remembered, but switched.
    }
    this.#show();
  };

  #show() {
    this.#button.setAttribute("aria-pressed", String(document.documentElement.dataset.density === "compact"));
  }
}
