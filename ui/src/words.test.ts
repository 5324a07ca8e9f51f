import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasWord, t } from './words';

const SOURCES = import.meta.dirname;

/** The keys that a source names literally. */
function keysIn(source: string): string[] {
  return [...source.matchAll(/\bt\(\s*'([^']+)'/g)].flatMap(([, key]) => (key ? [key] : []));
}

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter(
      (entry) => entry.isFile() && /\.(ts|svelte)$/.test(entry.name) && !entry.name.endsWith('.test.ts'),
    )
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}

const unknown = (texts: string[]): string[] =>
  texts.flatMap(keysIn).filter((key) => !hasWord(key.split('.')[0] ?? key));

describe('the catalogue', () => {
  it('has every key that the window uses', () => {
    expect(unknown(["t('planted-key')", "t(\n  'other-planted', {})"])).toEqual([
      'planted-key',
      'other-planted',
    ]);
    const texts = sources(SOURCES);
    expect(texts.flatMap(keysIn).length).toBeGreaterThan(150);
    expect(unknown(texts)).toEqual([]);
  });

  it('leaves out no sentence in the components', () => {
    // Text between tags that holds two words is a sentence that escaped the catalogue.
    const sentences = (markup: string) =>
      markup
        .replace(/<(script|style)[\s\S]*?<\/\1>/g, '')
        .replace(/\{[^{}]*\}/g, '')
        .replace(/=>/g, '')
        .match(/>\s*[A-Z][a-z]+ [a-z]+[^<]*</g) ?? [];
    expect(sentences('<p>\n Planted words here</p>')).toHaveLength(1);
    const markup = sources(join(SOURCES, 'components'));
    expect(markup.length).toBeGreaterThan(20);
    expect(markup.flatMap(sentences)).toEqual([]);
  });
});

it('puts in what it is given, without invisible marks around it', () => {
  expect(t('header-model', { name: 'sonnet-team' })).toBe('Model: sonnet-team');
});

it('shows a missing key as itself', () => {
  expect(t('no-such-key')).toBe('no-such-key');
});
