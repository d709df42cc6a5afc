// The buttons that show less or more of the days; the wheel with Ctrl does the same.

const STEP = 0.4; // part of what is shown

/**
 * Lets the buttons of `root` zoom the timeline.
 * @param {any} timeline
 * @param {HTMLElement} root
 */
export function zoomed(timeline, root) {
  const { start, end, opens, closes } = root.dataset;
  /** @type {Record<string, () => void>} */
  const acts = {
    in: () => timeline.zoomIn(STEP),
    out: () => timeline.zoomOut(STEP),
    hours: () => timeline.setWindow(opens, closes),
    all: () => timeline.setWindow(start, end),
  };
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-zoom]"))) {
    button.addEventListener("click", () => acts[button.dataset.zoom]());
  }
}

/**
 * Says how much work lies outside the hours that the timeline opens on.
 * @param {any} items
 * @param {HTMLElement} root
 */
export function tellOutside(items, root) {
  const { opens, closes } = root.dataset;
  /** @param {any} item */
  const isOutside = ({ start, end, fact }) =>
    fact?.number !== undefined && (+end <= Date.parse(opens) || +start >= Date.parse(closes));
  const count = items.getIds({ filter: isOutside }).length;
  root.querySelector("[data-outside]").textContent = count ? `${count} more outside the working hours` : "";
}
