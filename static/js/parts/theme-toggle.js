// Switches between light and dark and remembers it (theme.js applies it on the next page).

const DARK = matchMedia("(prefers-color-scheme: dark)");

export class ThemeToggle {
  #button = document.querySelector("[data-theme-toggle]");

  connect() {
    if (!this.#button) return;
    this.#button.hidden = false;
    this.#button.addEventListener("click", this.#toggle);
    DARK.addEventListener("change", this.#show);
    this.#show();
  }

  disconnect() {
    this.#button?.removeEventListener("click", this.#toggle);
    DARK.removeEventListener("change", this.#show);
  }

  get #current() {
    return document.documentElement.dataset.theme ?? (DARK.matches ? "dark" : "light");
  }

  #toggle = () => {
    const theme = this.#current === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem("lineup-theme", theme);
    } catch {
      // Not remembered, but switched.
    }
    this.#show();
  };

  #show = () => {
    for (const each of this.#button.querySelectorAll("[data-when]")) each.hidden = each.dataset.when !== this.#current;
  };
}
