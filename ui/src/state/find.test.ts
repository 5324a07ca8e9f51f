import { afterEach, describe, expect, it } from 'vitest';
import { Find } from './find.svelte';
import { until } from './testing/window';

function finding(html: string) {
  const log = document.createElement('div');
  log.append(...new DOMParser().parseFromString(html, 'text/html').body.childNodes);
  document.body.append(log);
  const revealed: string[] = [];
  const find = new Find({ reveal: (place) => void revealed.push(place.startContainer.textContent ?? '') });
  find.show();
  const stop = find.watch(log);
  return { find, log, revealed, stop };
}
afterEach(() => document.body.replaceChildren());

describe('Find', () => {
  it('goes from place to place and around the end', () => {
    const { find, revealed } = finding('<p>kelp one</p><p>kelp two</p><p>kelp three</p>');
    find.search('kelp');
    expect([find.count, find.at]).toEqual([3, 0]);
    const places = [1, 1, 1, -1].map((step) => {
      find.step(step as 1 | -1);
      return find.at;
    });
    expect(places).toEqual([1, 2, 0, 2]);
    expect(revealed).toEqual(['kelp one', 'kelp two', 'kelp three', 'kelp one', 'kelp three']);
  });

  it('stays at its place while the text grows before and after it', async () => {
    const { find, log, revealed } = finding('<p>kelp one</p><p>kelp two</p>');
    find.search('kelp');
    find.step(1);
    log.insertAdjacentHTML('afterbegin', '<p>kelp zero</p>');
    log.insertAdjacentHTML('beforeend', '<p>kelp three</p>');
    await until(() => find.count === 4);
    expect(find.at).toBe(2);
    // Nobody is moved by an answer that grows.
    expect(revealed).toHaveLength(2);
  });

  it('opens what is folded away', async () => {
    const { find, log, revealed } = finding(
      '<details><summary>tool</summary><pre>kelp in a tool</pre></details>' +
        '<button aria-expanded="false" aria-controls="fold">thought</button>' +
        '<div id="fold" inert><p>kelp in a thought</p></div>',
    );
    const handle = log.querySelector('button');
    let clicks = 0;
    handle?.addEventListener('click', () => clicks++);
    find.search('kelp');
    await until(() => revealed.length === 1);
    expect(log.querySelector('details')?.open).toBe(true);
    find.step(1);
    await until(() => revealed.length === 2);
    expect(clicks).toBe(1);
  });

  it('has nothing more once it is closed, and its words when it comes again', () => {
    const { find, stop } = finding('<p>kelp</p>');
    find.search('kelp');
    stop();
    find.close();
    expect([find.open, find.count, find.at, find.query]).toEqual([false, 0, -1, 'kelp']);
    find.step(1);
    expect([find.open, find.calls]).toEqual([true, 2]);
  });

  it('says that there is nothing', () => {
    const { find, revealed } = finding('<p>kelp</p>');
    find.search('otter');
    find.step(1);
    expect([find.count, find.at, revealed]).toEqual([0, -1, []]);
  });
});
