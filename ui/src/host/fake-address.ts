// The fake host as the browser's address asks for it: `?world=connected&pace=5&keyring=missing`.

import { FakeHost, type FakeOptions } from './fake';

export function fakeFromAddress({ searchParams }: URL): FakeHost {
  const pace = searchParams.get('pace');
  return new FakeHost({
    world: (searchParams.get('world') ?? 'first-run') as FakeOptions['world'] & string,
    pace: pace === null ? 24 : Number(pace),
    keyring: (searchParams.get('keyring') ?? 'ready') as FakeOptions['keyring'] & string,
    takenPort: Number(searchParams.get('taken') ?? 0),
  });
}
