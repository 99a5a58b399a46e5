// Playground page: a bar that says whether the data are a sample, and GraphiQL below it.

import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';
import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import './style.css';
import { loadExamples } from './examples';
import { fetcher } from './fetcher';
import { openTabs, storage } from './tabs';

interface Config {
  token?: string | null;
  sampleData?: boolean;
}

function Bar({ token, sampleData }: Config) {
  return (
    <header className="canbo-bar">
      <strong lang="vi">Canbo – sổ đăng ký đào tạo cán bộ TP. Hồ Chí Minh</strong>
      {sampleData && <span>Dữ liệu mẫu: người học là hư cấu / sample data: learners are made up</span>}
      {!token && (
        <span>
          No token: read-only as VIEWER, or <code>npm run -s token -- --role administrator</code> prints one
        </span>
      )}
      <button
        type="button"
        onClick={() => {
          storage.clear();
          location.reload();
        }}
      >
        Reset tabs
      </button>
    </header>
  );
}

const headersKey = 'canbo:headers';
const config = JSON.parse(document.getElementById('canbo-playground')?.textContent || '{}') as Config;
// The server's ready token first; without one, the headers that the user entered in this browser tab.
const defaultHeaders = config.token
  ? JSON.stringify({ Authorization: `Bearer ${config.token}` }, null, 2)
  : (sessionStorage.getItem(headersKey) ?? '');
const { examples, databaseId } = await loadExamples(defaultHeaders);
const initial = openTabs(examples, databaseId);

createRoot(document.getElementById('root')!).render(
  <>
    <Bar {...config} />
    {/*
      Headers are not persisted and there is no history, which would keep them: a token stays out of localStorage, and
      an old one cannot come back.
    */}
    <GraphiQL
      fetcher={fetcher}
      storage={storage}
      plugins={[]}
      defaultTabs={examples.map(({ query, variables }) => ({ query, variables }))}
      {...initial}
      defaultHeaders={defaultHeaders}
      onEditHeaders={(headers) => {
        if (headers && !config.token) sessionStorage.setItem(headersKey, headers);
      }}
      defaultEditorToolsVisibility="variables"
    />
  </>,
);
