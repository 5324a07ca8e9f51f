// @vitest-environment jsdom
import { afterEach, expect, test } from 'vitest';
import { NoteLinks } from './note-links';
import { renderMarkdown } from './stream';

afterEach(() => document.body.replaceChildren());

/** An answer on the page. */
function answer(text: string): HTMLElement {
  const box = document.createElement('div');
  box.innerHTML = renderMarkdown(text)
    .map(({ html }) => html)
    .join('');
  document.body.append(box);
  return box;
}

const links = (box: HTMLElement, name: string) => [...box.querySelectorAll<HTMLElement>(`.${name}`)];

test('lead to the note and back to where one came from, each within its own answer', () => {
  const [one, other] = [answer('a[^1] b[^1]\n\n[^1]: of one'), answer('c[^1]\n\n[^1]: of the other')];
  const [first, second] = links(one, 'md-note-ref');
  const [back] = links(one, 'md-note-back');
  const notes = new NoteLinks(one);
  expect(second && notes.follow(second)).toBe(true);
  expect(document.activeElement).toBe(back);
  expect(back && notes.follow(back)).toBe(true);
  expect(document.activeElement).toBe(second);
  expect(back && new NoteLinks(one).follow(back)).toBe(true);
  expect(document.activeElement).toBe(first);
  const [elsewhere] = links(other, 'md-note-ref');
  expect(elsewhere && new NoteLinks(other).follow(elsewhere)).toBe(true);
  expect(document.activeElement).toBe(links(other, 'md-note-back')[0]);
});

test('that have no other end leave the focus where it is', () => {
  const box = answer('[^1]: nobody names it');
  const [back] = links(box, 'md-note-back');
  back?.focus();
  expect(back && new NoteLinks(box).follow(back)).toBe(true);
  expect(document.activeElement).toBe(back);
});

test('are no others', () => {
  const box = answer('[a](https://x.example) [b](#md-note-1) c[^1]\n\n[^1]: d');
  const notes = new NoteLinks(box);
  const outer = box.querySelector('a[href^="https"]');
  expect(outer && notes.follow(outer)).toBe(false);
  expect(notes.follow(box)).toBe(false);
  expect(box.textContent).toContain('b (#md-note-1)');
  expect(links(box, 'md-note-ref')).toHaveLength(1);
});
