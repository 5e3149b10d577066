/** ISO 3166-1 alpha-2: those for whom Cartera is made first, then the others. */
const likely = 'AR BO BR CL CO CR CU DO EC ES GT HN MX NI PA PE PR PY SV US UY VE'.split(' ')
const others =
  'AD AE AL AM AO AT AU AZ BA BB BD BE BG BH BS BY BZ CA CH CI CM CN CY CZ DE DK DZ EE EG FI FR GB GE GH GR GY HK HR HT HU ID IE IL IN IQ IR IS IT JM JO JP KE KR KW KZ LB LI LT LU LV MA MC MD ME MK MT MU MY MZ NG NL NO NZ OM PH PK PL PT QA RO RS RU SA SE SG SI SK SM SN TH TN TR TT TW TZ UA VN ZA'.split(
    ' ',
  )

/** Countries by name in the reader's language, the likely ones first. */
export function countryItems(locale: string): { value: string; label: string }[] {
  const names = new Intl.DisplayNames(locale, { type: 'region' })
  const named = (codes: string[]) =>
    codes.map((value) => ({ value, label: names.of(value) ?? value })).sort((a, b) => a.label.localeCompare(b.label, locale))
  return [...named(likely), ...named(others)]
}
