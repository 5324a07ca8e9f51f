// A way out, as far as it is typed: for all connections, or for one that has its own.

import type { ProxySettings, SecretPlace } from '../host/types';

/** `inherit` is a connection's that has none of its own. */
export type ProxyKind = 'inherit' | ProxySettings['kind'];

/** The field that has to be filled in. */
export type ProxyProblem = 'address' | 'user';

/** May be made by a component and outlive it: deriveds would end with that, so there are none. */
export class ProxyForm {
  /** Where the password is kept that is there already. */
  readonly kept: SecretPlace | null;
  kind = $state<ProxyKind>('system');
  url = $state('');
  user = $state('');
  /** Typed just now. */
  password = $state('');
  /** Hosts, domains and networks, separated by commas, spaces or lines. */
  noProxy = $state('');
  readonly #savedUrl: string;
  readonly #savedUser: string;

  constructor(saved: ProxySettings | null, kept: SecretPlace | null) {
    this.kept = kept;
    this.kind = saved?.kind ?? 'inherit';
    const manual = saved?.kind === 'manual' ? saved : null;
    this.#savedUrl = manual?.url ?? '';
    this.url = this.#savedUrl;
    this.#savedUser = manual?.user ?? '';
    this.user = this.#savedUser;
    this.noProxy = manual?.noProxy.join(', ') ?? '';
  }

  /** What is wrong: a proxy that is named here needs an address, and a password somebody's name. */
  get problem(): ProxyProblem | null {
    if (this.kind !== 'manual') return null;
    if (this.url.trim() === '') return 'address';
    return this.password !== '' && this.user.trim() === '' ? 'user' : null;
  }

  /** The password that is kept is for this user of this proxy, and for nobody else. */
  get keepsPassword(): boolean {
    if (this.kept === null || this.kind !== 'manual') return false;
    return this.url.trim() === this.#savedUrl && this.user.trim() === this.#savedUser;
  }

  /** Takes a user and a password out of the address, where people paste them: they are kept elsewhere. */
  tidy(): void {
    const text = this.url.trim();
    // A password may hold any sign: the last one of these ends it.
    const parts = /^([a-z0-9]+:\/\/)([^/@:]*)(?::(.*))?@([^@]*)$/i.exec(text);
    if (!parts) return;
    const [, scheme = '', user = '', password = '', rest = ''] = parts;
    this.url = scheme + rest;
    if (user !== '') this.user = decoded(user);
    if (password !== '') this.password = decoded(password);
  }

  settings(): ProxySettings | null {
    switch (this.kind) {
      case 'inherit':
        return null;
      case 'system':
      case 'direct':
        return { kind: this.kind };
      case 'manual': {
        const user = this.user.trim();
        return {
          kind: 'manual',
          url: this.url.trim(),
          user: user === '' ? null : user,
          noProxy: this.noProxy.split(/[\s,;]+/).filter((host) => host !== ''),
        };
      }
    }
  }

  /** The password to keep; none keeps the one there is. */
  typedPassword(): string | null {
    return this.kind === 'manual' && this.password !== '' ? this.password : null;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
