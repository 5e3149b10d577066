/**
 * Hands pieces of work to people so that nobody has much more than another: each piece, in the order given, to the one who has least by then (the first
 * of the list among equals) of those who may take it. `load` is what each has already. Null where nobody may take a piece.
 */
export function spreadOwners<Work, Person extends string>(
  work: readonly Work[],
  people: readonly Person[],
  load: ReadonlyMap<Person, number>,
  mayTake: (person: Person, work: Work) => boolean,
): (Person | null)[] {
  const has = new Map(people.map((person) => [person, load.get(person) ?? 0]))
  return work.map((piece) => {
    let chosen: Person | null = null
    let least = Number.POSITIVE_INFINITY
    for (const person of people) {
      const own = has.get(person) ?? 0
      if (own < least && mayTake(person, piece)) {
        chosen = person
        least = own
      }
    }
    if (chosen !== null) has.set(chosen, least + 1)
    return chosen
  })
}
