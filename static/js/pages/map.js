// Entry of the map: the ground, the signs of both lists, and the stream that keeps them fresh.

import { Freshness } from "../parts/map/freshness.js";
import { Markers } from "../parts/map/markers.js";
import { PlaceList } from "../parts/map/place-list.js";
import { draw } from "../parts/map/territory.js";
import { APP, appUrl } from "../streams/inbox.js";
import { streams } from "../streams/registry.js";

const district = Number(document.body.dataset.district);
const { day } = document.body.dataset;
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
const freshness = new Freshness(lists[1], lists[0]);
for (const part of [...lists, freshness]) part.connect();

let planned = "";
streams.open(APP, appUrl(), {
  "order.changed": (data) => {
    if (data.district === district) freshness.changed(data.order);
  },
  // Its orders are told on the run's own stream; here it says only that there are more, or a better plan.
  "run.changed": (data) => {
    if (data.district !== district || data.day !== day) return;
    const plan = [data.run, data.status, data.ranked, data.figures?.plan].join(" ");
    if (plan !== planned) freshness.allChanged();
    planned = plan;
  },
  "storm.changed": (data) => {
    if (data.district === district) freshness.allChanged();
  },
});
