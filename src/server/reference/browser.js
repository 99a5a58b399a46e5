// Script of the schema reference: the language of the page, shared with the playground, and the search.
const LANGUAGE_KEY = 'canbo-language';
const MOST_RESULTS = 50;
const language = document.getElementById('language');
const search = document.getElementById('search');
const results = document.getElementById('results');

/** Browsers that keep nothing throw where something is to be kept. */
function kept(use) {
  try {
    return use(localStorage);
  } catch {
    return null;
  }
}

function speak(chosen) {
  document.documentElement.lang = language.value = chosen;
}

speak(kept((storage) => storage.getItem(LANGUAGE_KEY)) === 'en' ? 'en' : 'vi');
language.addEventListener('change', () => {
  speak(language.value);
  kept((storage) => storage.setItem(LANGUAGE_KEY, language.value));
});

/** Without marks and case: "don vi" finds "đơn vị". */
const fold = (text) =>
  text.normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/g, 'd').replace(/Đ/g, 'D').toLowerCase();

let places = null;

/** Everything that has an anchor, with the texts to search; read from the page when first asked for. */
function readPlaces() {
  return [...document.querySelectorAll('article[id], .members li[id]')].map((element) => {
    const about = element.querySelector(':scope > .about');
    const terms = [...(about?.querySelectorAll('b') ?? [])].map(({ textContent }) => textContent);
    const name = element.id.split('.').at(-1);
    return {
      id: element.id,
      term: terms.join(' · '),
      names: [name, ...terms].map(fold),
      text: fold(`${element.id} ${about?.textContent ?? ''}`),
    };
  });
}

/** How well a place answers: 0 is named so, 1 begins so, 2 has it in its name, 3 in its description; null not at all. */
function rank({ names, text }, sought) {
  if (!sought.split(' ').every((word) => text.includes(word))) return null;
  const asName = sought.replaceAll(' ', '');
  const spelt = (holds) => names.some((name) => holds(name, sought) || holds(name, asName));
  if (spelt((name, wanted) => name === wanted)) return 0;
  if (spelt((name, wanted) => name.startsWith(wanted))) return 1;
  return spelt((name, wanted) => name.includes(wanted)) ? 2 : 3;
}

function find() {
  const sought = fold(search.value.trim()).replace(/\s+/g, ' ');
  places ??= readPlaces();
  const found = (sought ? places : [])
    .map((place) => ({ place, at: rank(place, sought) }))
    .filter(({ at }) => at !== null)
    .sort((a, b) => a.at - b.at || a.place.id.split('.').length - b.place.id.split('.').length);
  document.getElementById('count').textContent = sought ? String(found.length) : '';
  document.getElementById('found-words').hidden = !sought;
  results.replaceChildren(...found.slice(0, MOST_RESULTS).map(({ place }) => resultOf(place)));
}

function resultOf({ id, term }) {
  const item = document.createElement('li');
  const link = document.createElement('a');
  const words = document.createElement('b');
  link.href = `#${id}`;
  link.textContent = id;
  words.lang = 'vi';
  words.textContent = term && ` ${term}`;
  item.append(link, words);
  return item;
}

search.addEventListener('input', find);
search.addEventListener('keydown', ({ key }) => {
  if (key === 'Enter') results.querySelector('a')?.click();
});
