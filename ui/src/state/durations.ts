// How long something takes, in the unit that people would choose.

import { t } from '../words';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Such as “12 s”, “3 min 5 s” or “23 hours”; from two hours on it is rounded. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 2 * MINUTE) return t('duration-seconds', { count: whole });
  if (whole < 2 * HOUR) {
    return t('duration-minutes', { minutes: Math.floor(whole / MINUTE), seconds: whole % MINUTE });
  }
  if (whole < 2 * DAY) return t('duration-hours', { count: Math.round(whole / HOUR) });
  return t('duration-days', { count: Math.round(whole / DAY) });
}
