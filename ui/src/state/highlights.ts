// Marks in the text that leave the document as it is (CSS Custom Highlight API, drafts.csswg.org/css-highlight-api-1).

/** The marks that style/base.css gives a look. */
export type Mark = 'found' | 'found-now' | 'hit';

/** Marks `ranges` and nothing else; false where the web view cannot. */
export function mark(name: Mark, ranges: readonly Range[]): boolean {
  const registry = 'CSS' in globalThis ? CSS.highlights : undefined;
  if (!registry) return false;
  // A mark that is only taken out stays painted in a box that scrolls by itself (WebKitGTK 2.50); an emptied one goes.
  registry.get(name)?.clear();
  if (ranges.length === 0) registry.delete(name);
  else registry.set(name, new Highlight(...ranges));
  return true;
}
