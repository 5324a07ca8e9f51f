// Times as people read them: near ones relative, every one exact on hover.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Such as “3 minutes ago”, and the date once it is more than a week past. */
export function relativeTime(then: number, now: number): string {
  const past = Math.max(0, now - then);
  const format = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
  if (past < MINUTE) return format.format(0, 'second');
  if (past < HOUR) return format.format(-Math.floor(past / MINUTE), 'minute');
  if (past < DAY) return format.format(-Math.floor(past / HOUR), 'hour');
  if (past < 7 * DAY) return format.format(-Math.floor(past / DAY), 'day');
  return new Intl.DateTimeFormat('en', { dateStyle: 'medium' }).format(then);
}

const SILENCE_S = 15;
const SILENCE_STEP_S = 5;

/** For how many seconds nothing has come, in steps of five; none while that is nothing unusual. */
export function silentSeconds(since: number, now: number): number | null {
  const seconds = (now - since) / 1_000;
  return seconds < SILENCE_S ? null : Math.floor(seconds / SILENCE_STEP_S) * SILENCE_STEP_S;
}

/** The date and the time to the minute. */
export function exactTime(then: number): string {
  return new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' }).format(then);
}

/** The date alone. */
export function exactDate(then: number): string {
  return new Intl.DateTimeFormat('en', { dateStyle: 'medium' }).format(then);
}

/** The last moment that has a date; what others send may name later ones. */
const LAST_MOMENT = 8_640_000_000_000_000;

/** Whether a moment that somebody else named can be shown as a date. */
export const isMoment = (then: number): boolean => Math.abs(then) <= LAST_MOMENT;

/** A moment as the engine writes it, such as `2026-11-22 14:05` in this machine's time; other words stay as they are. */
export function shownMoment(text: string): string {
  const then = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}$/.test(text) ? Date.parse(text.replace(' ', 'T')) : Number.NaN;
  return Number.isNaN(then) ? text : exactTime(then);
}

/** For the attribute `datetime`. */
export const machineTime = (then: number): string => new Date(then).toISOString();

/** Such as “in 29 days”, for what is to come; never “0 minutes”. */
export function timeUntil(then: number, now: number): string {
  const left = then - now;
  const format = new Intl.RelativeTimeFormat('en', { numeric: 'always' });
  if (left >= DAY) return format.format(Math.floor(left / DAY), 'day');
  if (left >= HOUR) return format.format(Math.floor(left / HOUR), 'hour');
  return format.format(Math.max(1, Math.ceil(left / MINUTE)), 'minute');
}
