// List below GraphiQL: the subscriptions that run, whether they listen, and their events, the newest first.
import { language } from './session';
import { useStore } from './store';
import { type Arrived, KEPT, remove, type Subscription, subscriptions } from './subscriptions';
import { WORDS } from './words';

export function LiveList() {
  const all = useStore(subscriptions);
  const words = WORDS[useStore(language)];
  if (all.length === 0) return null;
  return (
    <section className="canbo-live" aria-label={words.live} tabIndex={0}>
      {all.map((each) => (
        <Running key={each.name} subscription={each} />
      ))}
    </section>
  );
}

function Running({ subscription }: { subscription: Subscription }) {
  const words = WORDS[useStore(language)];
  const { name, state, count, events, stop } = subscription;
  const runs = state === 'listening' || state === 'reconnecting';
  return (
    <article>
      <h2>
        {name}
        <output className={`canbo-state-${state}`}>
          {words[state]} · {words.events(count)}
        </output>
        <button type="button" onClick={() => (runs ? stop() : remove(subscription))}>
          {runs ? words.stop : words.remove}
        </button>
      </h2>
      {count > KEPT && <p>{words.latest(KEPT)}</p>}
      <ol>
        {events.map((event) => (
          <Event key={`${event.number} ${event.at.getTime()}`} {...event} />
        ))}
      </ol>
    </article>
  );
}

function Event({ number, at, title, result }: Arrived) {
  return (
    <li>
      <details>
        <summary>
          #{number} <time dateTime={at.toISOString()}>{at.toLocaleTimeString('vi-VN')}</time> {title}
        </summary>
        <pre>{JSON.stringify(result, null, 2)}</pre>
      </details>
    </li>
  );
}
