// The items that the timeline draws of a crew, from the server's facts; texts are set as text, never as markup.

/** @typedef {{id: number, name: string, html: string, use: {percent: number, text: string} | null, items: Record<string, any>[]}} Crew */

/** The items of one crew. @param {Crew} crew */
export function itemsOf(crew) {
  return crew.items.flatMap((fact) => {
    const common = { id: `${crew.id}:${fact.id}`, group: crew.id, title: words(fact.text), fact };
    const period = { start: new Date(fact.start), end: new Date(fact.end) };
    if (fact.kind === "shift" || fact.kind === "on-call")
      return [{ ...common, ...period, type: "background", className: `is-${fact.kind}`, content: "" }];
    if (fact.kind === "absence")
      return [{ ...common, ...period, type: "background", className: "is-absence", content: "" }];
    if (fact.kind === "break") return [{ ...common, ...period, ...still("is-break") }];
    return [...travel(common, fact), { ...common, ...period, ...look(fact) }];
  });
}

/** The id of the travel before a job. @param {string} job */
export function travelOf(job) {
  return `${job}:travel`;
}

/** The inside of a job: icon and number, and beneath them the kind of work. @param {{ fact: any }} item */
export function face(item) {
  const { fact } = item;
  if (fact?.number === undefined) return "";
  const box = Object.assign(document.createElement("span"), { className: "job-face" });
  const head = Object.assign(document.createElement("strong"), { textContent: fact.number });
  const kind = Object.assign(document.createElement("span"), { className: "job-kind", textContent: fact.kindOfWork });
  const first = Object.assign(document.createElement("span"), { className: "job-head" });
  first.append(...(fact.pinned ? [icon("pin")] : []), icon(fact.icon), head);
  box.append(first, kind);
  return box;
}

/** The head of a crew's row: its name, and how much of its shift has work. @param {any} group */
export function crewFace({ content, use }) {
  const box = words(content);
  if (!use) return box;
  const part = Object.assign(document.createElement("meter"), { max: 100, value: Math.min(use.percent, 100) });
  const said = Object.assign(document.createElement("span"), {
    className: "crew-use",
    textContent: `${use.percent}\u00a0%`,
    title: use.text,
  });
  said.append(part);
  box.append(said);
  return box;
}

/** A text as an element: the timeline would read a string as markup. @param {string} text */
export function words(text) {
  return Object.assign(document.createElement("span"), { textContent: text });
}

/** @param {any} common @param {any} fact */
function travel(common, fact) {
  if (fact.departs >= fact.start) return [];
  const period = { start: new Date(fact.departs), end: new Date(fact.start) };
  const title = words(`Travel to ${fact.number}`);
  return [
    {
      ...common,
      ...period,
      id: travelOf(common.id),
      title,
      fact: {},
      ...still("is-travel"),
    },
  ];
}

/** An item that nobody moves. @param {string} className */
function still(className) {
  return { type: "range", className, content: "", editable: false, selectable: false };
}

/** @param {any} fact */
function look(fact) {
  const editable = fact.movable && document.body.dataset.role === "manager";
  return {
    type: "range",
    className: `is-job is-${fact.state} of-${fact.priority}`,
    content: fact.number,
    editable: editable ? { updateTime: true, updateGroup: true, remove: false } : false,
  };
}

/** @param {string} name */
function icon(name) {
  const sprite = document.querySelector("use").getAttribute("href").split("#")[0];
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.classList.add("icon");
  for (const side of ["width", "height"]) svg.setAttribute(side, "14");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `${sprite}#${name}`);
  svg.append(use);
  return svg;
}
