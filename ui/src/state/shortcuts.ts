// The registry of shortcuts: matching, tooltips, the sheet, the palette and `aria-keyshortcuts` all read it.

export type ShortcutId =
  | 'new-chat'
  | 'new-window'
  | 'search'
  | 'find'
  | 'find-next'
  | 'find-previous'
  | 'sidebar'
  | 'settings'
  | 'shortcuts'
  | 'composer'
  | 'attach'
  | 'model'
  | 'regenerate'
  | 'copy-answer'
  | 'copy-code'
  | 'allow-tool'
  | 'deny-tool'
  | 'previous-chat'
  | 'next-chat'
  | 'trash'
  | 'top'
  | 'bottom'
  | 'zoom-in'
  | 'zoom-out'
  | 'zoom-reset'
  | `chat-${Place}`;

/** A place in the list of conversations, from 1. */
export type Place = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

interface Chord {
  /** What the key types on the layout in use, or its name when it types nothing. */
  key: string;
  /** Where it sits, for layouts that type something else there. */
  code: string;
  /** Ctrl, or ⌘ on a Mac. */
  mod: boolean;
  /** Whether Shift is held; none where a layout needs it to type the key at all. */
  shift: boolean | null;
  alt: boolean;
}

const letter = (key: string, shift = false): Chord => ({
  key,
  code: `Key${key.toUpperCase()}`,
  mod: true,
  shift,
  alt: false,
});
const sign = (key: string, code: string, shift: boolean | null = false): Chord => ({
  key,
  code,
  mod: true,
  shift,
  alt: false,
});
const named = (key: string, held: { shift?: boolean; alt?: boolean } = {}): Chord => ({
  key,
  code: key,
  mod: true,
  shift: held.shift ?? false,
  alt: held.alt ?? false,
});
const place = (digit: Place): readonly Chord[] => [sign(`${digit}`, `Digit${digit}`)];

export const SHORTCUTS: Readonly<Record<ShortcutId, readonly Chord[]>> = {
  'new-chat': [letter('n'), letter('o', true)],
  'new-window': [letter('n', true)],
  search: [letter('k')],
  find: [letter('f')],
  'find-next': [letter('g')],
  'find-previous': [letter('g', true)],
  sidebar: [letter('b')],
  settings: [sign(',', 'Comma')],
  // Where the slash needs Shift, the shortcut does, too.
  shortcuts: [sign('/', 'Slash', null)],
  composer: [{ ...named('Escape', { shift: true }), mod: false }],
  attach: [letter('u')],
  model: [letter('m', true)],
  regenerate: [letter('r', true)],
  'copy-answer': [letter('c', true)],
  'copy-code': [sign(';', 'Semicolon', true)],
  'allow-tool': [named('Enter', { alt: true })],
  'deny-tool': [named('Backspace', { alt: true })],
  'previous-chat': [named('ArrowUp', { alt: true })],
  'next-chat': [named('ArrowDown', { alt: true })],
  trash: [named('Backspace', { shift: true })],
  top: [named('Home')],
  bottom: [named('End')],
  'zoom-in': [sign('=', 'Equal', null), sign('+', 'NumpadAdd', null)],
  'zoom-out': [sign('-', 'Minus'), sign('_', 'Minus', true)],
  'zoom-reset': [sign('0', 'Digit0')],
  'chat-1': place(1),
  'chat-2': place(2),
  'chat-3': place(3),
  'chat-4': place(4),
  'chat-5': place(5),
  'chat-6': place(6),
  'chat-7': place(7),
  'chat-8': place(8),
  'chat-9': place(9),
};

const ALL = Object.entries(SHORTCUTS) as Array<[ShortcutId, readonly Chord[]]>;

export type KeyPress = Pick<
  KeyboardEvent,
  'key' | 'code' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey' | 'isComposing' | 'keyCode'
>;

/** The shortcut that a key press means; none while an input method composes. */
export function shortcutOf(press: KeyPress, mac: boolean): ShortcutId | null {
  if (isComposing(press)) return null;
  // What a layout types is believed first; only then does the place of the key decide.
  return matched(press, mac, isTyped) ?? matched(press, mac, isInPlace);
}

function matched(press: KeyPress, mac: boolean, fits: (press: KeyPress, chord: Chord) => boolean) {
  const mod = mac ? press.metaKey : press.ctrlKey;
  if (mac ? press.ctrlKey : press.metaKey) return null;
  for (const [id, chords] of ALL) {
    for (const chord of chords) {
      const held = mod === chord.mod && press.altKey === chord.alt;
      if (held && (chord.shift === null || press.shiftKey === chord.shift) && fits(press, chord)) return id;
    }
  }
  return null;
}

const isTyped = (press: KeyPress, chord: Chord): boolean =>
  press.key.length === 1 ? press.key.toLowerCase() === chord.key : press.key === chord.key;

/** Signs and digits stand elsewhere, or behind Shift, on many layouts; letters move only with the alphabet. */
function isInPlace(press: KeyPress, chord: Chord): boolean {
  if (press.key.length !== 1 || press.code !== chord.code) return false;
  return !/^[a-z]$/.test(chord.key) || !/^[\x20-\x7e]$/.test(press.key);
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

const CAPS: Readonly<Record<string, string>> = {
  Escape: 'Esc',
  Backspace: '⌫',
  ArrowUp: '↑',
  ArrowDown: '↓',
};

/** The caps to show, such as `Ctrl` and `N`. */
export function keycaps(id: ShortcutId, mac: boolean): string[] {
  const chord = SHORTCUTS[id][0];
  if (!chord) return [];
  return [
    ...(chord.mod ? [mac ? '⌘' : 'Ctrl'] : []),
    ...(chord.alt ? [mac ? '⌥' : 'Alt'] : []),
    ...(chord.shift ? [mac ? '⇧' : 'Shift'] : []),
    CAPS[chord.key] ?? (chord.key.length === 1 ? chord.key.toUpperCase() : chord.key),
  ];
}

/** The value of `aria-keyshortcuts`. */
export function ariaKeys(id: ShortcutId, mac: boolean): string {
  return SHORTCUTS[id]
    .map(({ key, mod, shift, alt }) =>
      [
        ...(mod ? [mac ? 'Meta' : 'Control'] : []),
        ...(alt ? ['Alt'] : []),
        ...(shift ? ['Shift'] : []),
        // A plus sign would separate.
        key === '+' ? 'plus' : key.length === 1 ? key.toUpperCase() : key,
      ].join('+'),
    )
    .join(' ');
}
