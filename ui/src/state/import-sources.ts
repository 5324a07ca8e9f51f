// The words for where an import comes from: the first run says them, too.

import type { ImportSource } from '../host/types';
import { t } from '../words';

export function sourceName(source: ImportSource): string {
  switch (source) {
    case 'environment':
      return t('import-source-environment');
    case 'env_block':
      return t('import-source-env-block');
    case 'curl':
      return t('import-source-curl');
    case 'lite_llm':
      return t('import-source-lite-llm');
    case 'claude_code':
      return t('import-source-claude-code');
  }
}
