import { describe, expect, it } from 'vitest';
import { ariaKeys, isComposing, type KeyPress, keycaps, SHORTCUTS, shortcutOf } from './shortcuts';

const press = (change: Partial<KeyPress>): KeyPress => ({
  key: '',
  code: '',
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  isComposing: false,
  keyCode: 0,
  ...change,
});

describe('shortcutOf', () => {
  it.each([
    ['n', 'KeyN', false, 'new-chat'],
    ['O', 'KeyO', true, 'new-chat'],
    ['k', 'KeyK', false, 'search'],
    ['M', 'KeyM', true, 'model'],
    ['b', 'KeyB', false, 'sidebar'],
    [',', 'Comma', false, 'settings'],
    ['N', 'KeyN', true, 'new-window'],
    ['f', 'KeyF', false, 'find'],
    ['G', 'KeyG', true, 'find-previous'],
    ['R', 'KeyR', true, 'regenerate'],
    [':', 'Semicolon', true, 'copy-code'],
    ['Backspace', 'Backspace', true, 'trash'],
    ['Home', 'Home', false, 'top'],
    ['=', 'Equal', false, 'zoom-in'],
    ['+', 'Equal', true, 'zoom-in'],
    ['+', 'NumpadAdd', false, 'zoom-in'],
    ['-', 'NumpadSubtract', false, 'zoom-out'],
    ['0', 'Digit0', false, 'zoom-reset'],
    ['7', 'Digit7', false, 'chat-7'],
  ] as const)('Mod+%s', (key, code, shiftKey, id) => {
    expect(shortcutOf(press({ key, code, shiftKey, ctrlKey: true }), false)).toBe(id);
    expect(shortcutOf(press({ key, code, shiftKey, metaKey: true }), true)).toBe(id);
  });

  it('goes by the place of the key on a layout without Latin letters', () => {
    expect(shortcutOf(press({ key: 'т', code: 'KeyN', ctrlKey: true }), false)).toBe('new-chat');
  });

  it('believes a layout that moves Latin letters', () => {
    // On Dvorak the key at KeyN types b, and the one at KeyL types n.
    expect(shortcutOf(press({ key: 'b', code: 'KeyN', ctrlKey: true }), false)).toBe('sidebar');
    expect(shortcutOf(press({ key: 'n', code: 'KeyL', ctrlKey: true }), false)).toBe('new-chat');
  });

  it('takes signs and digits where another layout has them', () => {
    const ctrl = (change: Partial<KeyPress>) => shortcutOf(press({ ...change, ctrlKey: true }), false);
    // French: the digits are behind Shift. German: so is the slash, and the hyphen sits in its place.
    expect(ctrl({ key: '&', code: 'Digit1' })).toBe('chat-1');
    expect(ctrl({ key: '/', code: 'Digit7', shiftKey: true })).toBe('shortcuts');
    expect(ctrl({ key: '-', code: 'Slash' })).toBe('zoom-out');
    expect(ctrl({ key: '+', code: 'BracketRight' })).toBe('zoom-in');
    expect(ctrl({ key: ';', code: 'Comma', shiftKey: true })).toBe('copy-code');
  });

  it('knows the keys with Alt, and the one without the modifier', () => {
    const enter = { key: 'Enter', code: 'Enter', altKey: true };
    expect(shortcutOf(press({ ...enter, ctrlKey: true }), false)).toBe('allow-tool');
    expect(shortcutOf(press({ ...enter, metaKey: true }), true)).toBe('allow-tool');
    expect(shortcutOf(press(enter), false)).toBeNull();
    expect(shortcutOf(press({ key: 'Escape', code: 'Escape', shiftKey: true }), false)).toBe('composer');
    expect(shortcutOf(press({ key: 'Escape', code: 'Escape' }), false)).toBeNull();
  });

  it('has no two shortcuts for one key press', () => {
    const taken = (registry: typeof SHORTCUTS) => {
      const chords = Object.values(registry).flat();
      return chords
        .map(({ key, mod, shift, alt }) => JSON.stringify([key, mod, shift ?? false, alt]))
        .filter((chord, at, all) => all.indexOf(chord) !== at);
    };
    expect(taken({ ...SHORTCUTS, find: SHORTCUTS.search })).toHaveLength(1);
    expect(taken(SHORTCUTS)).toEqual([]);
  });

  it('means nothing without the modifier, with others, or with the wrong one', () => {
    const n = { key: 'n', code: 'KeyN' };
    expect(shortcutOf(press(n), false)).toBeNull();
    expect(shortcutOf(press({ ...n, ctrlKey: true, altKey: true }), false)).toBeNull();
    expect(shortcutOf(press({ key: 'K', code: 'KeyK', ctrlKey: true, shiftKey: true }), false)).toBeNull();
    expect(shortcutOf(press({ ...n, ctrlKey: true }), true)).toBeNull();
  });

  it('means nothing while an input method composes', () => {
    expect(shortcutOf(press({ key: 'n', code: 'KeyN', ctrlKey: true, isComposing: true }), false)).toBeNull();
  });
});

describe('isComposing', () => {
  it.each([
    [{ isComposing: true }, true],
    [{ key: 'Process' }, true],
    [{ keyCode: 229 }, true],
    [{ key: 'Enter', keyCode: 13 }, false],
  ])('%j', (change, composing) => {
    expect(isComposing(press(change))).toBe(composing);
  });
});

it('names the keys as they are printed and as assistive technology wants them', () => {
  expect(keycaps('model', false)).toEqual(['Ctrl', 'Shift', 'M']);
  expect(keycaps('model', true)).toEqual(['⌘', '⇧', 'M']);
  expect(keycaps('trash', false)).toEqual(['Ctrl', 'Shift', '⌫']);
  expect(keycaps('composer', false)).toEqual(['Shift', 'Esc']);
  expect(keycaps('allow-tool', true)).toEqual(['⌘', '⌥', 'Enter']);
  expect(ariaKeys('new-chat', false)).toBe('Control+N Control+Shift+O');
  expect(ariaKeys('zoom-in', false)).toBe('Control+= Control+plus');
  expect(ariaKeys('next-chat', true)).toBe('Meta+Alt+ArrowDown');
});
