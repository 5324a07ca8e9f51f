// The host that ships: one line a command.

import { Channel, invoke } from '@tauri-apps/api/core';
import type { Host } from './host';
import type { HearthEvent } from './types';

export function tauriHost(): Host {
  return {
    appState: () => invoke('app_state'),
    watch: (receive) => invoke('watch', { channel: new Channel<HearthEvent[]>(receive) }),
    listConversations: () => invoke('list_conversations'),
    openConversation: (id) => invoke('open_conversation', { id }),
    send: (request) => invoke('send', { request }),
    regenerate: (conversation, message) => invoke('regenerate', { conversation, message }),
    showBranch: (conversation, message) => invoke('show_branch', { conversation, message }),
    stop: (turn) => invoke('stop', { turn }),
    chooseSettings: (conversation, settings) => invoke('choose_settings', { conversation, settings }),
    renameConversation: (id, title) => invoke('rename_conversation', { id, title }),
    trashConversation: (id) => invoke('trash_conversation', { id }),
    restoreConversation: (id) => invoke('restore_conversation', { id }),
    search: (query) => invoke('search', { query }),
    saveTranscript: (id, format) => invoke('save_transcript', { id, format }),
    previewEndpoint: (text) => invoke('preview_endpoint', { text }),
    saveConnection: (draft) => invoke('save_connection', { draft }),
    removeConnection: (id) => invoke('remove_connection', { id }),
    testConnection: (draft) => invoke('test_connection', { draft }),
    startDemo: () => invoke('start_demo'),
    leaveDemo: () => invoke('leave_demo'),
    openLink: (url) => invoke('open_link', { url }),
    copyText: (text) => invoke('copy_text', { text }),
    ready: () => invoke('ready'),
  };
}
