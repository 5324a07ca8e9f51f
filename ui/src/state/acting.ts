// Taking the way out of a failure that somebody chose on its card.

import type { ErrorReport, MessageId } from '../host/types';
import { t } from '../words';
import { adminRequest, commonName } from './failure';
import type { Hearth } from './hearth.svelte';
import { isQuestion } from './thread';
import type { FailureAction } from './ways-out';

/** Where deployments are made and named. */
const PORTAL = 'https://ai.azure.com/';

/** Takes a way out; `answer` is the message that failed, and `report` says how. */
export async function takeWayOut(
  hearth: Hearth,
  action: FailureAction,
  answer: MessageId | null,
  report: ErrorReport | null,
): Promise<void> {
  switch (action) {
    case 'continue':
      if (answer !== null) await hearth.chat.continueAnswer(answer);
      return;
    case 'try-again':
      await askAgain(hearth, answer);
      return;
    case 'use-fix':
      await useFix(hearth, answer, report);
      return;
    case 'trust-certificate':
      await trust(hearth, answer, report);
      return;
    case 'retry-without':
      await askWithout(hearth, answer, report);
      return;
    case 'edit-question':
      editQuestion(hearth, answer);
      return;
    case 'copy-request': {
      const url = hearth.app?.connections.find(({ id }) => id === hearth.app?.active)?.messagesUrl ?? null;
      if (report && (await hearth.copy(adminRequest(report, url)))) hearth.toasts.done(t('request-copied'));
      return;
    }
    case 'run-doctor':
      runDoctor(hearth, report?.deployment ?? null);
      return;
    default:
      lead(hearth, action);
  }
}

/** Looks at what questions go to now, and shows what is found. */
export function runDoctor(hearth: Hearth, deployment: string | null = null): void {
  const connection = hearth.app?.demo ? null : (hearth.app?.active ?? null);
  hearth.doctor.open({
    kind: 'saved',
    connection,
    deployment: deployment ?? hearth.chat.settings.deployment,
  });
}

/** Ways out that only lead somewhere. */
function lead(hearth: Hearth, action: FailureAction): void {
  switch (action) {
    case 'open-settings':
      hearth.settings('connections');
      return;
    case 'fix-address':
      hearth.settings('connections');
      hearth.want('endpoint');
      return;
    case 'replace-key':
    case 'replace-secret':
    case 'replace-token':
      hearth.settings('connections');
      hearth.want('key');
      return;
    case 'keep-this-run':
      hearth.settings('connections');
      // The press was the consent; what is kept then has to be typed once more.
      if (hearth.form) hearth.form.credential.thisRunOnly = true;
      hearth.want('key');
      return;
    case 'agree-to-command':
      hearth.settings('connections');
      hearth.want('command');
      return;
    case 'sign-in':
      hearth.setup.signInAgain(hearth.app?.active ?? null);
      return;
    case 'network':
      hearth.settings('network');
      return;
    case 'proxy':
      hearth.settings('network');
      hearth.want('proxy');
      return;
    case 'client-certificate':
      hearth.settings('network');
      hearth.want('client-certificate');
      return;
    case 'open-portal':
      hearth.askLink({ href: PORTAL, text: t('portal-link'), host: new URL(PORTAL).host });
      return;
    case 'connect':
      hearth.settings('connections', 'new');
      hearth.want('endpoint');
      return;
    case 'choose-deployment':
      hearth.want('model');
      return;
    case 'new-chat':
      hearth.newChat();
      return;
  }
}

async function askAgain(hearth: Hearth, answer: MessageId | null): Promise<void> {
  if (answer === null) await hearth.chat.refresh();
  else await hearth.chat.regenerate(answer);
}

/** Changes the connection as the report says, and asks again over what it is now. */
async function useFix(hearth: Hearth, answer: MessageId | null, report: ErrorReport | null): Promise<void> {
  const fix = report?.fix;
  const connection = hearth.app?.active;
  if (!fix || !connection) return;
  if (!(await hearth.attempt(() => hearth.host.applyFix(connection, fix)))) return;
  await changed(hearth, t('fix-saved'), answer);
}

async function trust(hearth: Hearth, answer: MessageId | null, report: ErrorReport | null): Promise<void> {
  const authority = report?.chain.findLast((one) => one.authority);
  if (!authority) return;
  if (!(await hearth.attempt(() => hearth.host.trustCertificate(authority.pem)))) return;
  await changed(hearth, t('chain-trusted', { name: commonName(authority.subject) }), answer);
}

async function changed(hearth: Hearth, words: string, answer: MessageId | null): Promise<void> {
  await hearth.reload();
  hearth.toasts.done(words);
  if (answer !== null) await hearth.chat.regenerate(answer);
}

/** Asks again without what the deployment does not take, from now on in this conversation. */
async function askWithout(
  hearth: Hearth,
  answer: MessageId | null,
  report: ErrorReport | null,
): Promise<void> {
  switch (report?.lacks) {
    case 'effort':
      await hearth.chat.choose({ effort: null });
      break;
    case 'temperature':
      await hearth.chat.choose({ temperature: null });
      break;
    case 'streaming':
      await hearth.chat.choose({ whole: true });
      break;
    default:
      break;
  }
  await askAgain(hearth, answer);
}

/** Opens the question that `answer` answers. */
function editQuestion(hearth: Hearth, answer: MessageId | null): void {
  const messages = hearth.chat.view?.messages ?? [];
  const before = messages.slice(
    0,
    messages.findIndex(({ id }) => id === answer),
  );
  const question = before.findLast(isQuestion);
  if (question) hearth.chat.edit(question.id);
}
