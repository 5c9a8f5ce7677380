// Make elements without markup strings: names come from feeds, and text nodes can't become markup.

type Child = Node | string;

/** Make an element with a class and children. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/** Set the text if it is another one; a screen reader and the layout are left alone otherwise. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Show or hide an element. */
export function setShown(element: HTMLElement, shown: boolean): void {
  if (element.hidden === shown) element.hidden = !shown;
}

/** Text that is only read aloud. */
export function spoken(text: string): HTMLSpanElement {
  return el("span", "spoken", text);
}
