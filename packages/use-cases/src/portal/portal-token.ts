import { createHash, randomBytes } from 'node:crypto'

/** 256 bits, for a link or a cookie; only its hash is stored. */
export const newToken = (): string => randomBytes(32).toString('base64url')
export const hashOfToken = (token: string): string => createHash('sha256').update(token).digest('base64url')
