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
    continueAnswer: (conversation, message) => invoke('continue_answer', { conversation, message }),
    forkConversation: (conversation, message) => invoke('fork_conversation', { conversation, message }),
    showBranch: (conversation, message) => invoke('show_branch', { conversation, message }),
    stop: (turn) => invoke('stop', { turn }),
    decideTool: (turn, call, decision) => invoke('decide_tool', { turn, call, decision }),
    listGrants: (conversation) => invoke('list_grants', { conversation }),
    revokeGrant: (conversation, tool) => invoke('revoke_grant', { conversation, tool }),
    enableTool: (name, enabled) => invoke('enable_tool', { name, enabled }),
    chooseSettings: (conversation, settings) => invoke('choose_settings', { conversation, settings }),
    renameConversation: (id, title) => invoke('rename_conversation', { id, title }),
    trashConversation: (id) => invoke('trash_conversation', { id }),
    restoreConversation: (id) => invoke('restore_conversation', { id }),
    pinConversation: (id, pinned) => invoke('pin_conversation', { id, pinned }),
    listTrash: () => invoke('list_trash'),
    deleteForever: (id) => invoke('delete_forever', { id }),
    emptyTrash: () => invoke('empty_trash'),
    loadDraft: (key) => invoke('load_draft', { key }),
    saveDraft: (key, text) => invoke('save_draft', { key, text }),
    // A file travels as it is; only what is said of it goes into headers, which take ASCII.
    attachFile: (key, name, bytes) =>
      invoke('attach_file', bytes, {
        headers: { key: encodeURIComponent(JSON.stringify(key)), name: encodeURIComponent(name) },
      }),
    attachDialog: (key) => invoke('attach_dialog', { key }),
    attachDropped: (key) => invoke('attach_dropped', { key }),
    attachClipboard: (key) => invoke('attach_clipboard', { key }),
    detach: (key, id) => invoke('detach', { key, id }),
    loadAttachment: async (id) => new Blob([await invoke<ArrayBuffer>('load_attachment', { id })]),
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
    retrySaving: () => invoke('retry_saving'),
    setZoom: (factor) => invoke('set_zoom', { factor }),
    newWindow: () => invoke('new_window'),
    ready: () => invoke('ready'),
  };
}
