// Locale of a caller, from the Accept-Language header: Vietnamese unless English is preferred.

export const LOCALES = ['vi', 'en'] as const;
export type Locale = (typeof LOCALES)[number];
/** A message in each language of the API. */
export type Text = Record<Locale, string>;

const ISO_DAY = /(?<![\p{L}\p{N}"/._-])(\d{4})-(\d\d)-(\d\d)(?![\p{L}\p{N}/_-])/gu;

/** What a message says in a language; in Vietnamese with days as offices write them: 07/3/2026 and 07/02/2026. */
export function wording(text: Text, locale: Locale): string {
  if (locale === 'en') return text.en;
  return text.vi.replace(ISO_DAY, (_, year: string, month: string, day: string) => {
    return `${day}/${month > '02' ? Number(month) : month}/${year}`;
  });
}

/** The preferred one of vi and en in an Accept-Language header; vi when it has neither. */
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
