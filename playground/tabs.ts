// Which tabs the playground opens with: what the user left, with the examples kept fresh.

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
 * The query and variables to open with. Tabs the user edited stay as GraphiQL stored them; examples nobody touched get
 * fresh ids. A new database on the same address clears all tabs, whose ids mean nothing to it.
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

  const active = state ? state.tabs[state.activeTabIndex] : examples[0];
  return { initialQuery: active?.query ?? '', initialVariables: active?.variables ?? '' };
}
