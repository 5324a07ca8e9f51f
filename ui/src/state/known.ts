// What the deployment that is asked now is known to lack, and why that is known.

import type { AppState, Capability, Known } from '../host/types';
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

/** From where something is known, and since when. */
export function originWords({ origin, at }: Known): string {
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
