// What the types of a browser do not know of our pages.

// Scripts of the vendor folder. Their own types would bring packages that nothing else needs.
declare const L: any;
declare const moment: any;
declare const vis: any;
declare const SwaggerUIBundle: any;

interface Window {
  L: any;
}

// Our selectors name HTML elements; where one names another kind, the variable says which.
interface ParentNode {
  querySelector<E extends Element = HTMLElement>(selectors: string): E | null;
  querySelectorAll<E extends Element = HTMLElement>(selectors: string): NodeListOf<E>;
}

interface Element {
  closest<E extends Element = HTMLElement>(selectors: string): E | null;
}
