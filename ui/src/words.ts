// Every sentence that the window shows comes from words/en.ftl by its key.

import first from 'virtual:words/first';
import { FluentBundle, FluentResource, type FluentVariable } from '@fluent/bundle';

export type Arguments = Record<string, FluentVariable>;

const english = new FluentBundle('en', { useIsolating: false });
addWords(first);

/** Adds a part of the catalogue to what can be said. */
export function addWords(text: string): void {
  english.addResource(new FluentResource(text));
}

/** The sentence of `key`, or of `key.attribute`. A key that is missing shows as itself, so that it is seen. */
export function t(key: string, values: Arguments = {}): string {
  const [id = key, attribute] = key.split('.');
  const message = english.getMessage(id);
  const pattern = attribute ? message?.attributes[attribute] : message?.value;
  if (!pattern) return key;
  // With a list for errors, a missing argument leaves its name in the text instead of throwing.
  return english.formatPattern(pattern, values, []);
}

/** Whether the catalogue has `key`. */
export function hasWord(key: string): boolean {
  return english.hasMessage(key);
}
