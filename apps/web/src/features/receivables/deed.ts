/** Something that takes a reason: what it is called, what it does, and what else is asked. */
export interface Deed {
  title: string
  text: string
  confirm: string
  done: string
  /** Asks for an amount, with this one written in. */
  amount?: string
  /** Asks for the day, not before this one. */
  from?: string
  run(input: { reason: string; on: string | undefined; amount: string }): Promise<unknown>
}
