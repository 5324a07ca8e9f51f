// The registry of shortcuts: matching, tooltips, the list in Settings and `aria-keyshortcuts` all read it.

export type ShortcutId = 'new-chat' | 'search' | 'model' | 'sidebar' | 'settings';

interface Chord {
  /** What the key types on the layout in use. */
  key: string;
  /** Where it sits, for layouts that type no Latin letters. */
  code: string;
  shift: boolean;
}

export const SHORTCUTS: Readonly<Record<ShortcutId, readonly Chord[]>> = {
  'new-chat': [
    { key: 'n', code: 'KeyN', shift: false },
    { key: 'o', code: 'KeyO', shift: true },
  ],
  search: [{ key: 'k', code: 'KeyK', shift: false }],
  model: [{ key: 'm', code: 'KeyM', shift: true }],
  sidebar: [{ key: 'b', code: 'KeyB', shift: false }],
  settings: [{ key: ',', code: 'Comma', shift: false }],
};

export type KeyPress = Pick<
  KeyboardEvent,
  'key' | 'code' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey' | 'isComposing' | 'keyCode'
>;

/** The shortcut that a key press means; none while an input method composes. */
export function shortcutOf(press: KeyPress, mac: boolean): ShortcutId | null {
  if (isComposing(press) || press.altKey) return null;
  const mod = mac ? press.metaKey && !press.ctrlKey : press.ctrlKey && !press.metaKey;
  if (!mod) return null;
  // A layout that types Latin letters is believed; only on others does the place of the key decide.
  const latin = /^[\x20-\x7e]$/.test(press.key);
  for (const [id, chords] of Object.entries(SHORTCUTS) as Array<[ShortcutId, readonly Chord[]]>) {
    for (const chord of chords) {
      const hit = latin ? press.key.toLowerCase() === chord.key : press.code === chord.code;
      if (hit && press.shiftKey === chord.shift) return id;
    }
  }
  return null;
}

/** Whether a key press is one with which a browser loads its page anew; the window must not. */
export function isReload(press: KeyPress): boolean {
  if (press.key === 'F5') return true;
  const latin = /^[\x20-\x7e]$/.test(press.key);
  const r = latin ? press.key.toLowerCase() === 'r' : press.code === 'KeyR';
  return r && (press.ctrlKey || press.metaKey) && !press.altKey;
}

/** Whether a key press types a character, and nothing else waits for it. */
export function isTyping(press: KeyPress): boolean {
  return [...press.key].length === 1 && !press.ctrlKey && !press.metaKey && !press.altKey;
}

/** Whether an element takes text. */
export function isEditable(element: Element | null): boolean {
  return element?.matches('input, textarea, select, [contenteditable="true"]') ?? false;
}

/** Whether a key press belongs to an input method: some report only the key `Process` or code 229. */
export function isComposing(press: Pick<KeyPress, 'key' | 'isComposing' | 'keyCode'>): boolean {
  return press.isComposing || press.key === 'Process' || press.keyCode === 229;
}

/** The caps to show, such as `Ctrl` and `N`. */
export function keycaps(id: ShortcutId, mac: boolean): string[] {
  const chord = SHORTCUTS[id][0];
  if (!chord) return [];
  return [mac ? '⌘' : 'Ctrl', ...(chord.shift ? [mac ? '⇧' : 'Shift'] : []), chord.key.toUpperCase()];
}

/** The value of `aria-keyshortcuts`. */
export function ariaKeys(id: ShortcutId, mac: boolean): string {
  return SHORTCUTS[id]
    .map((chord) => `${mac ? 'Meta' : 'Control'}+${chord.shift ? 'Shift+' : ''}${chord.key.toUpperCase()}`)
    .join(' ');
}
