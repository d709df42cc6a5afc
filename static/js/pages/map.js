// Entry of the map: the ground, the signs of both lists, and what keeps them fresh.

import { LivePage } from "../parts/live-page.js";
import { Markers } from "../parts/map/markers.js";
import { PlaceList } from "../parts/map/place-list.js";
import { draw } from "../parts/map/territory.js";

const place = document.querySelector("[data-map]");
document.querySelector("[data-map-frame]").hidden = false;
document.querySelector(".map-page").classList.add("has-map");

const map = window.L.map(place, { attributionControl: false, zoomSnap: 0.25, maxZoom: 19 });
const places = [...document.querySelectorAll(".place")].map(({ dataset }) => dataset.at.split(",").map(Number));
draw(map, JSON.parse(document.getElementById("territory").textContent), places, place.dataset.tilesUrl);
const orders = new Markers(map, {
  states: ["emergency", "red", "unassigned", "suggested", "assigned", "elsewhere"],
  what: "orders",
  radius: 44,
});
// Crews hang below the place that they are at: its orders are not to be hidden.
const crews = new Markers(map, { states: ["job", "base"], what: "crews", radius: 28, lower: 18 });
const lists = [new PlaceList("crews", crews), new PlaceList("orders", orders)];
const live = new LivePage({
  onRows: ({ rows = {}, sequence }) => lists[1].show(rows, sequence),
  onPart: (name, html) => {
    if (name === "crews") lists[0].replaceAll(html);
    return name === "crews";
  },
});
for (const part of [...lists, live]) part.connect();
