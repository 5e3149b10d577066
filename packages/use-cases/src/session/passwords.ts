import { Refusal, type RefusalCode } from '@cartera/domain/refusal'
import { hash, verify } from '@node-rs/argon2'

export const passwordMinLength = 10
// Argon2id (the library's default) with OWASP's least memory and passes: about 14 ms (shared figures of performance.md).
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

export function hashPassword(password: string): Promise<string> {
  return hash(password, cost)
}

let decoy: Promise<string> | undefined

/** Whether the password matches. Without a hash (no such account) the same work is done, so the time tells nothing. */
export async function passwordMatches(passwordHash: string | null, password: string): Promise<boolean> {
  decoy ??= hashPassword('nobody has this password')
  const matches = await verify(passwordHash ?? (await decoy), password)
  return passwordHash !== null && matches
}

export function passwordRefusal(password: string): RefusalCode | null {
  return [...password].length < passwordMinLength ? 'password-too-short' : null
}

/** Throws the refusal of a new password at `field`. */
export function requireGoodPassword(password: string, field: string): void {
  const refusal = passwordRefusal(password)
  if (refusal) throw new Refusal(refusal, { field, params: { min: passwordMinLength } })
}
