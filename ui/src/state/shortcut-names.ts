// The words for shortcuts.

import { t } from '../words';
import type { Place, ShortcutId } from './shortcuts';

export function shortcutName(id: Exclude<ShortcutId, `chat-${Place}`>): string {
  switch (id) {
    case 'new-chat':
      return t('shortcut-new-chat');
    case 'new-window':
      return t('shortcut-new-window');
    case 'search':
      return t('shortcut-search');
    case 'find':
      return t('shortcut-find');
    case 'find-next':
      return t('shortcut-find-next');
    case 'find-previous':
      return t('shortcut-find-previous');
    case 'sidebar':
      return t('shortcut-sidebar');
    case 'settings':
      return t('shortcut-settings');
    case 'shortcuts':
      return t('shortcut-shortcuts');
    case 'composer':
      return t('shortcut-composer');
    case 'attach':
      return t('shortcut-attach');
    case 'model':
      return t('shortcut-model');
    case 'regenerate':
      return t('shortcut-regenerate');
    case 'copy-answer':
      return t('shortcut-copy-answer');
    case 'copy-code':
      return t('shortcut-copy-code');
    case 'allow-tool':
      return t('shortcut-allow-tool');
    case 'deny-tool':
      return t('shortcut-deny-tool');
    case 'previous-chat':
      return t('shortcut-previous-chat');
    case 'next-chat':
      return t('shortcut-next-chat');
    case 'trash':
      return t('shortcut-trash');
    case 'top':
      return t('shortcut-top');
    case 'bottom':
      return t('shortcut-bottom');
    case 'zoom-in':
      return t('shortcut-zoom-in');
    case 'zoom-out':
      return t('shortcut-zoom-out');
    case 'zoom-reset':
      return t('shortcut-zoom-reset');
  }
}
