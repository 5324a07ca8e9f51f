// How the Doctor's findings read: a sentence for each rung, its details, and the whole as text to copy.

import type { DoctorReport, RungView } from '../host/types';
import { hasWord, t } from '../words';
import {
  certificateDetails,
  type Detail,
  failureCause,
  failureDetails,
  failureTitle,
  lines,
} from './failure';
import { factName, rungName, rungStateName, verdictName } from './labels';
import { shownMoment } from './time';

/** What the sentences of rungs speak of; what a rung did not find is given to them as “none”. */
const ARGUMENTS = [
  'account',
  'address',
  'addresses',
  'audience',
  'deployment',
  'expires',
  'first-word',
  'host',
  'issuer',
  'kind',
  'kinds',
  'model',
  'peer',
  'proxy',
  'tokens',
  'why',
] as const;

/** Facts that only choose between sentences. */
const UNSHOWN: ReadonlySet<string> = new Set(['why', 'kind']);

/** What was found on a rung, in a sentence; none while nothing was. */
export function rungSentence(rung: RungView): string | null {
  if (rung.problem) return failureTitle(rung.problem);
  const key = `doctor-${rung.id}-${rung.state}`;
  if (!hasWord(key)) return null;
  const none = Object.fromEntries(ARGUMENTS.map((name) => [name, 'none']));
  const facts = rung.facts.map(({ name, value }) => [name, shownMoment(value)]);
  return t(key, { ...none, ...Object.fromEntries(facts) });
}

/** All that is known about a rung besides its sentence. */
export function rungDetails(rung: RungView): Detail[] {
  const facts = rung.facts
    .filter(({ name }) => !UNSHOWN.has(name))
    .map(({ name, value }) => ({ name: factName(name), value: shownMoment(value) }));
  const said = new Set(facts.map(({ name, value }) => `${name} ${value}`));
  const problem = rung.problem ? failureDetails(rung.problem) : [];
  return [...facts, ...problem.filter(({ name, value }) => !said.has(`${name} ${value}`))];
}

/** Milliseconds from here on are told as seconds. */
const LONG_MS = 1_000;

/** How long a rung took; none while that is not known. */
export function rungTime({ tookMs }: RungView): string | null {
  if (tookMs === null) return null;
  return tookMs < LONG_MS
    ? t('ladder-took', { ms: Math.round(tookMs) })
    : t('ladder-took-seconds', { seconds: (tookMs / 1_000).toFixed(1) });
}

/** The findings as text for whoever can help. They never hold a secret. */
export function ladderReport(report: DoctorReport, version: string): string {
  const head = t('failure-report-title', { version, title: verdictName(report.verdict) });
  const about = [report.name, report.messagesUrl, report.deployment].filter((one) => one !== null);
  const rungs = report.rungs.flatMap((rung) => ['', rungName(rung.id), ...indented(rung)]);
  return [head, about.join(t('separator')), ...rungs].join('\n');
}

function indented(rung: RungView): string[] {
  const state = [rungStateName(rung.state), rungTime(rung)].filter((one) => one !== null);
  const sentences = [rungSentence(rung), rung.problem && failureCause(rung.problem)].filter(
    (one) => one !== null,
  );
  const chain = (rung.problem?.chain ?? []).flatMap((one) => lines(certificateDetails(one)));
  const all = [state.join(t('separator')), ...sentences, ...lines(rungDetails(rung)), ...chain];
  return all.map((line) => `  ${line}`);
}
