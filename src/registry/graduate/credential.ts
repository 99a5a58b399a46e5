// Numbers of degrees and certificates, as they are compared: whatever their case and spaces.
import { codeKey } from '../../lib/texts';

/** The number as it is compared: whatever case, width and spaces. Takes any text; null for none. */
export const credentialKey = (number: string | null | undefined): string | null =>
  number == null ? null : codeKey(number).replace(/\s+/gu, '');
