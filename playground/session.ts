// Who one is on the page and which language one reads: the token and the language that each operation is sent with.
import { Store } from './store';

export type Role = 'ADMINISTRATOR' | 'UNIT_MANAGER' | 'UNIVERSITY_REGISTRAR' | 'OFFICIAL' | 'VIEWER';
export type Language = 'vi' | 'en';

export interface ReadyRole {
  role: Role;
  /** The unit, university or staff code that the role is about; null for roles that reach everywhere. */
  of: string | null;
  token: string;
}

interface Config {
  /** Empty in production, where everybody brings their own token. */
  roles?: ReadyRole[];
  sampleData?: boolean;
}

const LANGUAGE_KEY = 'canbo-language';
const config = JSON.parse(document.getElementById('canbo-playground')?.textContent || '{}') as Config;

export const readyRoles = config.roles ?? [];
export const sampleData = config.sampleData ?? false;
/** Null is a stranger. */
export const role = new Store<ReadyRole | null>(readyRoles[0] ?? null);
export const language = new Store<Language>(localStorage.getItem(LANGUAGE_KEY) === 'en' ? 'en' : 'vi');

export function speak(chosen: Language): void {
  localStorage.setItem(LANGUAGE_KEY, chosen);
  document.documentElement.lang = chosen;
  language.set(chosen);
}

/** @returns the headers to send: those of the tab, which go before the role of the bar. */
export function headersOf(own: Record<string, string> = {}): Headers {
  const headers = new Headers(own);
  const chosen = role.value;
  if (chosen && !headers.has('authorization')) headers.set('authorization', `Bearer ${chosen.token}`);
  if (!headers.has('accept-language')) headers.set('accept-language', language.value);
  return headers;
}
