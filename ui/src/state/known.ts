// What the deployment that is asked now is known to lack, and why that is known.

import type { AppState, Capability, Effort, Known } from '../host/types';
import { t } from '../words';
import { exactDate, isMoment } from './time';

/** What is known to be missing on `deployment`; none where it is there, or nothing is known. */
export function lackOf(
  app: Pick<AppState, 'deployments'> | null,
  deployment: string | null | undefined,
  capability: Capability,
): Known | null {
  const known = app?.deployments.find(({ name }) => name === deployment)?.known ?? [];
  return known.find((one) => one.capability === capability && !one.has) ?? null;
}

/** What is missing, and from where that is known. */
export function lackReason(lack: Known): string {
  return [lackWords(lack.capability), originWords(lack)].join(t('separator'));
}

function lackWords(capability: Capability): string {
  switch (capability) {
    case 'vision':
      return t('known-missing-vision');
    case 'effort':
      return t('known-missing-effort');
    case 'temperature':
      return t('known-missing-temperature');
    case 'tools':
      return t('known-missing-tools');
    case 'streaming':
      return t('known-missing-streaming');
    default:
      return t('known-missing', { capability: t(`capability-${capability}`) });
  }
}

/** Why this effort cannot be chosen on `deployment`; none when it can, or nobody tried it. */
export function refusedEffortReason(
  app: Pick<AppState, 'deployments'> | null,
  deployment: string | null | undefined,
  effort: Effort,
): string | null {
  const refused = app?.deployments.find(({ name }) => name === deployment)?.refusedEfforts ?? [];
  const found = refused.find((one) => one.effort === effort);
  if (!found) return null;
  const origin = originWords({ origin: 'measured', at: found.at });
  return [t('known-refused-effort'), origin].join(t('separator'));
}

/** From where something is known, and since when. */
export function originWords({ origin, at }: Pick<Known, 'origin' | 'at'>): string {
  switch (origin) {
    case 'measured':
      return at !== null && isMoment(at)
        ? t('known-measured', { date: exactDate(at) })
        : t('known-measured-once');
    case 'documented':
      return t('known-documented');
    case 'assumed':
      return t('known-assumed');
  }
}
