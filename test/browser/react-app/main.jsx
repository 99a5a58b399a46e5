// A page of a front end that uses canbo-client/react under StrictMode: a live list, each event, and the status.
import { StrictMode, useCallback, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { createCanboClient } from 'canbo-client';
import { useLive, useLiveList, useStatus } from 'canbo-client/react';

const asked = new URLSearchParams(window.location.search);
const canbo = createCanboClient({
  url: asked.get('url'),
  token: asked.get('token'),
  delays: { firstMs: 5, longestMs: 20 },
});
const filter = { hostUnitIds: [asked.get('unit')] };

const LIST = `query ($filter: CohortFilter) {
  cohorts(filter: $filter, orderBy: { field: CODE }, first: 50) {
    asOf nodes { id code capacity }
  }
}`;
const EVENTS = `subscription ($after: EventCursor, $filter: CohortEventFilter) {
  cohortChanged(after: $after, filter: $filter) { cursor cohort { id code capacity } }
}`;

function Cohorts() {
  const { nodes, error } = useLiveList(canbo, LIST, { filter }, EVENTS, { filter });
  return (
    <ul id="list" data-error={error && JSON.stringify(error)}>
      {nodes?.map(({ id, code, capacity }) => (
        <li key={id}>{`${code} ${capacity}`}</li>
      ))}
    </ul>
  );
}

function Events() {
  const [cursors, setCursors] = useState([]);
  const onEvent = useCallback(({ cohortChanged }) => setCursors((all) => [...all, cohortChanged.cursor]), []);
  const { data, error } = useLive(canbo, EVENTS, { filter }, onEvent);
  return (
    <p id="events" data-error={error && JSON.stringify(error)} data-newest={data?.cohortChanged.cursor}>
      {cursors.join(' ')}
    </p>
  );
}

function Page() {
  const [isShown, setShown] = useState(true);
  const { state } = useStatus(canbo);
  return (
    <>
      <output id="status">{state}</output>
      <button onClick={() => setShown(!isShown)}>Ẩn, hiện</button>
      {isShown && <Cohorts />}
      {isShown && <Events />}
    </>
  );
}

createRoot(document.getElementById('root')).render(
  <StrictMode>
    <Page />
  </StrictMode>,
);
