// Bar above GraphiQL: what this is, whether the data are a sample, who one is, and the language.
import { type Language, language, readyRoles, role, sampleData, speak } from './session';
import { useStore } from './store';
import { storage } from './tabs';
import { WORDS } from './words';

const TOKEN_COMMAND = 'npm run -s token -- --role administrator';

export function Bar() {
  const spoken = useStore(language);
  const words = WORDS[spoken];
  return (
    <header className="canbo-bar">
      <h1>{words.title}</h1>
      {sampleData && <span>{words.sample}</span>}
      {readyRoles.length > 0 ? (
        <RoleChoice />
      ) : (
        <span>
          {words.noToken} <code>{TOKEN_COMMAND}</code>
        </span>
      )}
      <label>
        {words.language}
        <select value={spoken} onChange={({ target }) => speak(target.value as Language)}>
          <option value="vi">Tiếng Việt</option>
          <option value="en">English</option>
        </select>
      </label>
      <button
        type="button"
        onClick={() => {
          storage.clear();
          location.reload();
        }}
      >
        {words.resetTabs}
      </button>
    </header>
  );
}

function RoleChoice() {
  const chosen = useStore(role);
  const words = WORDS[useStore(language)];
  return (
    <label>
      {words.actAs}
      <select
        value={chosen ? readyRoles.indexOf(chosen) : ''}
        onChange={({ target }) => role.set(target.value === '' ? null : readyRoles[Number(target.value)]!)}
      >
        {readyRoles.map(({ role: name, of }, i) => (
          <option key={name} value={i}>
            {[words.roles[name], of].filter(Boolean).join(' – ')}
          </option>
        ))}
        <option value="">{words.stranger}</option>
      </select>
    </label>
  );
}
