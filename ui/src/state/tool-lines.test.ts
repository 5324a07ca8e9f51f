import { expect, it } from 'vitest';
import { argumentsOf, summaryOf } from './tool-lines';

it.each([
  ['{"time_zone":"Europe/Paris"}', 'Europe/Paris'],
  ['{"path":"a.txt","lines":12,"all":true,"deep":{"x":1},"none":null}', 'a.txt, 12, true'],
  ['{}', ''],
  ['{"time_z', ''],
  ['"text"', ''],
  ['[1]', ''],
  [`{"text":"${'ä'.repeat(80)}"}`, `${'ä'.repeat(60)}…`],
  [`{"text":"${'👍'.repeat(80)}"}`, `${'👍'.repeat(60)}…`],
  ['{"text":"two\\nlines"}', 'two lines'],
])('%s reads as “%s”', (input, summary) => {
  expect(summaryOf(input)).toBe(summary);
});

it.each([
  ['{"a":1}', '{\n  "a": 1\n}'],
  ['{}', ''],
  ['{"a"', '{"a"'],
  ['[1]', '[1]'],
])('%s is shown as %j', (input, shown) => {
  expect(argumentsOf(input)).toBe(shown);
});
