// Many small arrivals, one render: what comes within a frame is handed on together.

/** Gathers what it is called with until `nextFrame` runs, then hands all of it to `apply`, in order. */
export function perFrame<Item>(
  apply: (items: Item[]) => void,
  nextFrame: (run: () => void) => void,
): (items: readonly Item[]) => void {
  let waiting: Item[] = [];
  return (items) => {
    if (items.length === 0) return;
    const isFirst = waiting.length === 0;
    waiting = waiting.concat(items);
    if (!isFirst) return;
    nextFrame(() => {
      const all = waiting;
      waiting = [];
      apply(all);
    });
  };
}
