// Which language does the caller read? Vietnamese, unless English is asked for first.

export const LOCALES = ['vi', 'en'] as const;
export type Locale = (typeof LOCALES)[number];
/** A sentence in each language the API speaks. */
export type Text = Record<Locale, string>;

/** The first of vi and en in an Accept-Language header, by weight; vi when it names neither. */
export function localeOf(acceptLanguage: string | undefined): Locale {
  const wanted = (acceptLanguage ?? '')
    .slice(0, 1_000)
    .split(',')
    .map((range) => {
      const [tag = '', ...parameters] = range.trim().toLowerCase().split(';');
      const weight = parameters.map((each) => /^\s*q=([\d.]+)$/.exec(each)?.[1]).find(Boolean);
      return { language: tag.split('-')[0], weight: weight === undefined ? 1 : Number(weight) };
    })
    .filter(({ language, weight }) => (language === 'vi' || language === 'en') && weight > 0)
    .sort((a, b) => b.weight - a.weight);
  return wanted[0]?.language === 'en' ? 'en' : 'vi';
}
