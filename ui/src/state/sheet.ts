// The list of all keys, for the sheet: those of the registry, and those that belong to a field or a list.

import { t } from '../words';
import { shortcutName } from './shortcut-names';
import { keycaps, type Place, type ShortcutId } from './shortcuts';

export interface ShortcutRow {
  name: string;
  caps: readonly string[];
}

export interface ShortcutGroup {
  name: string;
  rows: ShortcutRow[];
}

type Named = Exclude<ShortcutId, `chat-${Place}`>;

const CONVERSATIONS: readonly Named[] = ['new-chat', 'search', 'previous-chat', 'next-chat', 'trash'];
const WRITING: readonly Named[] = [
  'composer',
  'attach',
  'model',
  'regenerate',
  'copy-answer',
  'copy-code',
  'allow-tool',
  'deny-tool',
  'find',
  'find-next',
  'find-previous',
  'top',
  'bottom',
];
const WINDOW: readonly Named[] = [
  'new-window',
  'sidebar',
  'settings',
  'shortcuts',
  'zoom-in',
  'zoom-out',
  'zoom-reset',
];

export function shortcutSheet(mac: boolean): ShortcutGroup[] {
  const row = (id: Named): ShortcutRow => ({ name: shortcutName(id), caps: keycaps(id, mac) });
  return [
    {
      name: t('shortcuts-conversations'),
      rows: [
        ...CONVERSATIONS.map(row),
        { name: t('shortcut-places'), caps: [...keycaps('chat-1', mac), '–', '9'] },
        { name: t('shortcut-rename'), caps: ['F2'] },
        { name: t('shortcut-delete'), caps: ['Del'] },
      ],
    },
    { name: t('shortcuts-window'), rows: WINDOW.map(row) },
    {
      name: t('shortcuts-writing'),
      rows: [
        { name: t('shortcut-send'), caps: ['Enter'] },
        { name: t('shortcut-newline'), caps: ['Shift', 'Enter'] },
        { name: t('shortcut-edit'), caps: ['↑'] },
        { name: t('shortcut-stop'), caps: ['Esc'] },
        ...WRITING.map(row),
      ],
    },
  ];
}
