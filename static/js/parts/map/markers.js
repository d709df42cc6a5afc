// The signs of one list on the map, in clusters: each is made of its line in the list, and follows it.

const { L } = window;
const SIZE = 28; // px
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

export class Markers {
  #markers = new Map();
  #lines = new Map();
  #clusters;
  #lower;

  /**
   * @param {any} map
   * @param {{ states: string[], what: string, radius: number, lower?: number }} options the states from the most
   *   pressing on, what a cluster counts, px within which signs become one, and px by which they hang below the place
   */
  constructor(map, { states, what, radius, lower = 0 }) {
    this.#lower = lower;
    this.#clusters = L.markerClusterGroup({
      maxClusterRadius: radius,
      showCoverageOnHover: false,
      animate: !STILL.matches,
      spiderLegPolylineOptions: { className: "spider-leg" },
      iconCreateFunction: (/** @type {any} */ cluster) => this.#clusterIcon(cluster, states, what),
    }).addTo(map);
  }

  /** Puts the line's sign on the map, or moves and recolours the one that is there. @param {HTMLElement} line */
  show(line) {
    const { place } = line.dataset;
    this.#lines.set(place, line);
    const at = line.dataset.at.split(",").map(Number);
    const marker = this.#markers.get(place);
    if (!marker) return this.#add(place, at);
    marker.setIcon(this.#icon(line));
    marker.getElement()?.setAttribute("title", title(line));
    marker.options.title = title(line);
    if (marker.isPopupOpen()) marker.getPopup().update();
    if (marker.getLatLng().equals(at)) return this.#clusters.refreshClusters(marker);
    // A cluster finds its signs by where they were.
    this.#clusters.removeLayer(marker);
    marker.setLatLng(at);
    this.#clusters.addLayer(marker);
  }

  /** @param {string} place */
  remove(place) {
    const marker = this.#markers.get(place);
    if (marker) this.#clusters.removeLayer(marker);
    this.#markers.delete(place);
    this.#lines.delete(place);
  }

  /** Brings the sign to where it stands by itself, and opens what it says. @param {string} place */
  reveal(place) {
    const marker = this.#markers.get(place);
    if (marker) this.#clusters.zoomToShowLayer(marker, () => marker.openPopup());
  }

  /** @param {string} place @param {number[]} at */
  #add(place, at) {
    const line = this.#lines.get(place);
    const marker = L.marker(at, { icon: this.#icon(line), title: title(line), place, riseOnHover: true });
    // The line as it is when the sign is pressed.
    marker.bindPopup(() => saying(this.#lines.get(place)), { maxWidth: 300, minWidth: 200, autoPanPadding: [24, 24] });
    this.#markers.set(place, marker);
    this.#clusters.addLayer(marker);
  }

  /** @param {HTMLElement} line */
  #icon(line) {
    const html = /** @type {HTMLElement} */ (line.querySelector(".pin").cloneNode(true));
    html.append(hidden(title(line)));
    const at = {
      iconSize: [SIZE, SIZE],
      iconAnchor: [SIZE / 2, SIZE / 2 - this.#lower],
      popupAnchor: [0, this.#lower - 12],
    };
    return L.divIcon({ className: "pin-holder", html, ...at });
  }

  /**
   * The sign of its most pressing member and how many there are.
   * @param {any} cluster
   * @param {string[]} states
   * @param {string} what
   */
  #clusterIcon(cluster, states, what) {
    /** @type {HTMLElement[]} */
    const lines = cluster
      .getAllChildMarkers()
      .map((/** @type {any} */ { options }) => this.#lines.get(options.place))
      .filter(Boolean);
    const worst = lines.reduce((one, other) => (rank(states, other) < rank(states, one) ? other : one), lines[0]);
    const html = document.createElement("span");
    html.className = "cluster";
    if (worst) html.append(worst.querySelector(".pin").cloneNode(true));
    const count = document.createElement("span");
    count.textContent = String(lines.length);
    html.append(count, hidden(` ${what}${worst ? `, foremost: ${word(worst)}` : ""}`));
    return L.divIcon({
      className: "pin-holder is-cluster",
      html,
      iconSize: [56, 30],
      iconAnchor: [28, 15 - this.#lower],
    });
  }
}

/** @param {string[]} states @param {HTMLElement} line */
function rank(states, line) {
  return states.indexOf(line.dataset.state);
}

/** @param {HTMLElement} line */
function saying(line) {
  return line.querySelector(".place-text").cloneNode(true);
}

/** @param {HTMLElement} line */
function title(line) {
  const number = line.querySelector(".number");
  return [number?.textContent, line.querySelector(".place-title").textContent, word(line)].filter(Boolean).join(", ");
}

/** @param {HTMLElement} line */
function word(line) {
  return line.querySelector(".place-state").textContent;
}

/** @param {string} text */
function hidden(text) {
  const element = document.createElement("span");
  element.className = "visually-hidden";
  element.textContent = text;
  return element;
}
