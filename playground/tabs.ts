// Tabs of the playground at its start: those the user left open, with current ids in the examples.

import type { GraphiQLProps } from 'graphiql';
import type { Example } from './examples';

interface TabState {
  activeTabIndex: number;
  tabs: { query: string | null; variables: string | null }[];
}

const prefix = 'canbo:';
const ownKeys = () => Object.keys(localStorage).filter((key) => key.startsWith(prefix));

export const storage: NonNullable<GraphiQLProps['storage']> = {
  getItem: (key) => localStorage.getItem(prefix + key),
  setItem: (key, value) => localStorage.setItem(prefix + key, value),
  removeItem: (key) => localStorage.removeItem(prefix + key),
  clear: () => ownKeys().forEach((key) => localStorage.removeItem(key)),
  get length() {
    return ownKeys().length;
  },
};

const tabStateKey = 'graphiql:tabState'; // GraphiQL's own

function read<T>(key: string): T | null {
  try {
    return JSON.parse(storage.getItem(key) ?? 'null') as T | null;
  } catch {
    return null;
  }
}

/**
 * The tabs to open. Tabs that the user edited stay as GraphiQL stored them; unedited examples get current ids. A new
 * database on the same address clears all tabs, whose ids it does not have.
 */
export function openTabs(examples: Example[], databaseId: string | null) {
  if (databaseId && read('database') !== databaseId) storage.clear();
  const state = read<TabState>(tabStateKey);
  const shown = read<Example[]>('examples') ?? [];
  for (const tab of state?.tabs ?? []) {
    const old = shown.find(
      ({ query, variables }) => query === tab.query && variables === (tab.variables ?? ''),
    );
    const fresh = examples.find(({ name }) => name === old?.name);
    if (fresh) Object.assign(tab, { query: fresh.query, variables: fresh.variables });
  }
  if (state) storage.setItem(tabStateKey, JSON.stringify(state));
  storage.setItem('examples', JSON.stringify(examples));
  if (databaseId) storage.setItem('database', JSON.stringify(databaseId));

  const activeTabIndex = state?.activeTabIndex ?? 0;
  const { query, variables } = (state?.tabs ?? examples)[activeTabIndex] ?? { query: '', variables: '' };
  return { activeTabIndex, query: query ?? '', variables: variables ?? '' };
}
