/** The first of the numbers in a field as a telephone dials it. */
export const callable = (phone: string) => `tel:${phone.split(/[/;,]/)[0]?.replace(/[^\d+]/g, '') ?? ''}`

/** What a person is at the customer, in one line. */
export const roleOf = (row: { position: string | null; department: string | null; profiles: readonly string[] }): string =>
  [row.position, row.department, ...row.profiles].filter((each) => each).join(' · ')
