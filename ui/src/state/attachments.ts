// What is said of an attachment.

import type { AttachmentView } from '../host/types';
import { t } from '../words';

export const isImage = ({ mediaType }: AttachmentView): boolean => mediaType.startsWith('image/');

/** That an image was made smaller for the model, and how; none where it was not. */
export function smallerNote({ width, height, originalWidth, originalHeight }: AttachmentView): string | null {
  if (width === null || height === null || originalWidth === null || originalHeight === null) return null;
  // As text: pixels are written without a separator of thousands.
  return t('attachment-smaller', {
    width: `${originalWidth}`,
    height: `${originalHeight}`,
    newWidth: `${width}`,
    newHeight: `${height}`,
  });
}

/** The size of an image in pixels; none for a text. */
export function sizeNote({ width, height }: AttachmentView): string | null {
  if (width === null || height === null) return null;
  return t('attachment-size', { width: `${width}`, height: `${height}` });
}
