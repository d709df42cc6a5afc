// The ground of the map: tiles when there is a server for them, and always the district's boundary and network.

const { L } = window;
const AROUND = [24, 24]; // px between the territory and the frame

/**
 * Draws onto `map` and shows the network and the `places` of the day.
 * @param {any} map of Leaflet
 * @param {any} territory see presenters/overview/places.py
 * @param {number[][]} places
 * @param {string} [tilesUrl]
 */
export function draw(map, { centre, boundary, network }, places, tilesUrl) {
  if (tilesUrl) {
    // Tile servers want to know who asks; the path of the page is none of their business.
    L.tileLayer(tilesUrl, { maxZoom: 19, referrerPolicy: "strict-origin" }).addTo(map);
  }
  const { feeders = [], substations = [] } = network;
  map.createPane("network"); // below the signs
  if (boundary.length) L.polygon(boundary, { className: "territory-boundary", interactive: false }).addTo(map);
  for (const { name, path } of feeders) {
    // Twice: the wide one is invisible and easier to meet with a pointer.
    L.polyline(path, { className: "territory-feeder", interactive: false }).addTo(map);
    L.polyline(path, { className: "territory-reach", weight: 12 }).bindTooltip(text(name), { sticky: true }).addTo(map);
  }
  for (const { name, place } of substations) {
    const icon = L.divIcon({ className: "pin-holder", html: pinOf("substation"), iconSize: [24, 24] });
    const marker = L.marker(place, { icon, interactive: false, keyboard: false, pane: "network" });
    const below = { permanent: true, direction: "bottom", offset: [0, 8], pane: "network" };
    marker.bindTooltip(text(name), { ...below, className: "substation-name" });
    marker.addTo(map);
  }
  const busy = [...places, ...feeders.flatMap(pathOf), ...substations.map(placeOf)];
  const shown = busy.length ? busy : boundary;
  if (shown.length) map.fitBounds(shown, { padding: AROUND, maxZoom: 14 });
  else map.setView(centre, 11);
  // No world to get lost in: the district and as much again around it.
  const whole = L.latLngBounds([...boundary, ...shown, centre]).pad(1);
  map.setMaxBounds(whole.extend(map.getBounds()));
  map.setMinZoom(Math.min(map.getZoom(), map.getBoundsZoom(whole)));
}

/** @param {any} feeder */
function pathOf({ path }) {
  return path;
}

/** @param {any} substation */
function placeOf({ place }) {
  return place;
}

/** A copy of the sign that the key beside the map has for this state. @param {string} state */
function pinOf(state) {
  return document.querySelector(`.map-key .pin[data-state="${state}"]`).cloneNode(true);
}

// As an element: a name is not markup.
/** @param {string} name */
function text(name) {
  const element = document.createElement("span");
  element.textContent = name;
  return element;
}
