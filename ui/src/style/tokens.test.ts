import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const CSS = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8');
const [LIGHT = '', REST = ''] = CSS.split('@media (prefers-color-scheme: dark)');
const [DARK = ''] = REST.split('@media');

const colours = (css: string): Record<string, string> =>
  Object.fromEntries(
    [...css.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]),
  );

/** Relative luminance (https://www.w3.org/TR/WCAG22/#dfn-relative-luminance). */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((from) => {
    const part = Number.parseInt(colour.slice(from, from + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

const GROUNDS = ['paper', 'surface', 'sunken', 'code', 'ember-soft', 'warn-soft', 'bad-soft', 'ok-soft'];
const TEXTS = [
  ...['ink', 'ink-2', 'ink-3', 'ok', 'warn', 'bad', 'ember-text'],
  ...['keyword', 'string', 'title', 'comment', 'number', 'type'].map((name) => `code-${name}`),
];

it('measures as the standard does', () => {
  expect(contrast('#000000', '#ffffff')).toBe(21);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
});

describe.each([
  ['light', colours(LIGHT)],
  ['dark', { ...colours(LIGHT), ...colours(DARK) }],
])('in %s', (_name, all) => {
  const between = (text: string, ground: string) => contrast(all[text] ?? '', all[ground] ?? '');

  // https://www.w3.org/TR/WCAG22/#contrast-minimum
  it('all text can be read on every ground', () => {
    const pairs = TEXTS.flatMap((text) => GROUNDS.map((ground) => [text, ground] as const));
    pairs.push(
      ['on-ember', 'ember'],
      ['on-ember', 'ember-strong'],
      ['ink', 'found'],
      ['on-found', 'found-now'],
    );
    const poor = pairs.filter(([text, ground]) => !(between(text, ground) >= 4.5));
    expect(poor).toEqual([]);
    expect(between('line', 'paper')).toBeLessThan(4.5);
  });

  // https://www.w3.org/TR/WCAG22/#non-text-contrast
  it('fields and the mark of the focus can be seen', () => {
    const pairs = ['field-line', 'ember'].flatMap((line) => GROUNDS.map((ground) => [line, ground] as const));
    expect(pairs.filter(([line, ground]) => !(between(line, ground) >= 3))).toEqual([]);
  });
});
