// GraphiQL with the examples; a module of its own, because the page is drawn before it has arrived.
import { GraphiQL } from 'graphiql';
import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import './font.css';
import { loadExamples } from './examples';
import { fetcher, openTab } from './fetcher';
import { readyRoles } from './session';
import { openTabs, storage } from './tabs';

const headersKey = 'canbo:headers';
// In production the headers that the user entered in this browser tab.
const ownHeaders = readyRoles.length > 0 ? '' : (sessionStorage.getItem(headersKey) ?? '');
const { examples, databaseId } = await loadExamples(ownHeaders);
const initial = openTabs(examples, databaseId);
openTab.set(initial.activeTabIndex);

/**
 * Headers are not persisted and there is no history, which would keep them: a token stays out of localStorage, and an
 * old one cannot come back.
 */
export default function Editor() {
  return (
    <GraphiQL
      fetcher={fetcher}
      storage={storage}
      plugins={[]}
      defaultTabs={examples.map(({ query, variables }) => ({ query, variables }))}
      initialQuery={initial.query}
      initialVariables={initial.variables}
      defaultHeaders={ownHeaders}
      onTabChange={({ activeTabIndex }) => openTab.set(activeTabIndex)}
      onEditHeaders={(headers) => {
        if (headers && readyRoles.length === 0) sessionStorage.setItem(headersKey, headers);
      }}
      defaultEditorToolsVisibility="variables"
    />
  );
}
