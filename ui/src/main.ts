import '@fontsource-variable/inter/index.css';
import '@fontsource-variable/jetbrains-mono/index.css';
import './style/tokens.css';
import './style/base.css';
import './style/prose.css';
import { mount } from 'svelte';
import App from './App.svelte';
import type { Host } from './host/host';
import { tauriHost } from './host/tauri';
import { Hearth } from './state/hearth.svelte';

const hearth = new Hearth(await theHost(), {
  storage: localStorage,
  mac: navigator.platform.startsWith('Mac'),
  // A window that nobody sees draws no frames.
  nextFrame: (run) => void (document.hidden ? setTimeout(run, 16) : requestAnimationFrame(run)),
});
hearth.clock.start();
mount(App, { target: document.getElementById('app') ?? document.body, props: { hearth } });
// One can type before anything is read.
hearth.want('composer');
// Only now is there more to say than the first frame does. A window without some words is better than none.
await import('./more-words').catch(() => {});
await hearth.start();
// The frame after next shows what was drawn in the next one.
requestAnimationFrame(() => requestAnimationFrame(() => void hearth.host.ready()));

/** The fake is chosen when the bundle is made, so that the app as shipped does not contain it. */
async function theHost(): Promise<Host> {
  if (import.meta.env.MODE !== 'fake') return tauriHost();
  const { fakeFromAddress } = await import('./host/fake-address');
  return fakeFromAddress(new URL(location.href));
}
