import { describe, expect, it } from 'vitest';
import { ariaKeys, isComposing, type KeyPress, keycaps, shortcutOf } from './shortcuts';

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

  it('means nothing without the modifier, with others, or with the wrong one', () => {
    const n = { key: 'n', code: 'KeyN' };
    expect(shortcutOf(press(n), false)).toBeNull();
    expect(shortcutOf(press({ ...n, ctrlKey: true, altKey: true }), false)).toBeNull();
    expect(shortcutOf(press({ ...n, ctrlKey: true, shiftKey: true }), false)).toBeNull();
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
  expect(ariaKeys('new-chat', false)).toBe('Control+N Control+Shift+O');
});
