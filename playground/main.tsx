// Playground page: a bar, GraphiQL below it, and the list of events of subscriptions.
import { lazy, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import './style.css';
import { Bar } from './bar';
import { LiveList } from './live-list';
import { language, speak } from './session';
import { mendTabs } from './tab-roles';
import { WORDS } from './words';

const Editor = lazy(() => import('./editor'));

const root = document.getElementById('root')!;
speak(language.value);
mendTabs(root);
createRoot(root).render(
  <>
    <Bar />
    <main>
      <Suspense fallback={<p className="canbo-loading">{WORDS[language.value].loading}</p>}>
        <Editor />
      </Suspense>
    </main>
    <LiveList />
  </>,
);
