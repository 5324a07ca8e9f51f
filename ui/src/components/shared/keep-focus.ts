/**
 * Where the focus goes when what had it is taken off the page, as a row of a list is, or a button whose work is done.
 *
 * A browser then lets it fall to the page as a whole: the next Tab begins at its top, and a screen reader says
 * nothing. Instead it goes to what stands in the same place now.
 */

const STOPS = 'a[href], button, input, select, textarea, [tabindex="0"]';

/** Keeps the focus within this element; returns what ends that. */
export function keepFocus(root: HTMLElement): () => void {
  let held: Element | null = null;
  const remember = ({ target }: FocusEvent) => {
    held = target instanceof Element ? target : null;
  };
  // Some browsers also tell of a loss when what had the focus is removed. Only then is it off the page a moment later.
  const forget = ({ target }: FocusEvent) =>
    queueMicrotask(() => {
      if (held === target && held?.isConnected && document.activeElement !== held) held = null;
    });
  const observer = new MutationObserver((records) => {
    if (held === null || held.isConnected) return;
    const record = records.find(({ removedNodes }) => [...removedNodes].some((node) => node.contains(held)));
    if (!record) return;
    held = null;
    // Who took it away may have found a better place already.
    if (isNowhere()) nearest(record, root)?.focus();
  });
  root.addEventListener('focusin', remember);
  root.addEventListener('focusout', forget);
  observer.observe(root, { childList: true, subtree: true });
  return () => {
    root.removeEventListener('focusin', remember);
    root.removeEventListener('focusout', forget);
    observer.disconnect();
  };
}

/** Whether nothing has the focus. */
export const isNowhere = (): boolean =>
  document.activeElement === null || document.activeElement === document.body;

// The first stop from the place of what was removed, or the last before it, in the smallest part that has one.
function nearest({ target, previousSibling, nextSibling }: MutationRecord, root: HTMLElement) {
  let isAfter = (stop: Node) => {
    if (nextSibling?.isConnected) return nextSibling.contains(stop) || follows(stop, nextSibling);
    return (
      !previousSibling?.isConnected || (follows(stop, previousSibling) && !previousSibling.contains(stop))
    );
  };
  for (let part: Node | null = target; part && root.contains(part); part = part.parentNode) {
    const stops = part instanceof Element ? stopsIn(part) : [];
    if (stops.length > 0) return stops.find(isAfter) ?? stops.at(-1);
    const empty = part;
    isAfter = (stop) => follows(stop, empty);
  }
  return undefined;
}

const follows = (one: Node, other: Node): boolean =>
  (other.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;

function stopsIn(part: Element): HTMLElement[] {
  return [...part.querySelectorAll<HTMLElement>(STOPS)].filter(
    (stop) => stop.tabIndex >= 0 && !stop.matches(':disabled') && stop.closest('[inert], [hidden]') === null,
  );
}
