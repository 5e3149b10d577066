import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'

export interface Secrets {
  /** Signs access tokens. */
  tokenKey: string
  /** Keyed digest, for values that must be reproducible only with the secret (successors of refresh tokens). */
  digest(purpose: string, value: string): string
  /** AES-256-GCM; the result names its key, so that keys can be rotated. */
  encrypt(text: string): string
  /** Null when the text was encrypted under a secret that is no longer known, or was tampered with. */
  decrypt(encrypted: string): string | null
}

const derive = (secret: string, purpose: string) => Buffer.from(hkdfSync('sha256', secret, 'cartera', purpose, 32))
const keyName = (secret: string) => createHash('sha256').update(derive(secret, 'key name')).digest('hex').slice(0, 8)

/**
 * All keys from one secret of at least 32 characters. `formerSecrets` still decrypt, nothing is encrypted under them.
 */
export function makeSecrets(secret: string, formerSecrets: readonly string[] = []): Secrets {
  if (secret.length < 32) throw new Error('CARTERA_SECRET must have at least 32 characters')
  const mailKeys = new Map([...formerSecrets, secret].map((each) => [keyName(each), derive(each, 'stored passwords')]))
  const present = keyName(secret)
  const presentKey = derive(secret, 'stored passwords')
  const digestKey = derive(secret, 'digests')
  return {
    tokenKey: derive(secret, 'access tokens').toString('base64url'),
    digest: (purpose, value) => createHmac('sha256', digestKey).update(`${purpose}:${value}`).digest('base64url'),
    encrypt(text) {
      const iv = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', presentKey, iv)
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return `${present}.${Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url')}`
    },
    decrypt(encrypted) {
      const [name = '', packed = ''] = encrypted.split('.')
      const key = mailKeys.get(name)
      const bytes = Buffer.from(packed, 'base64url')
      if (!key || bytes.length < 28) return null
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
        decipher.setAuthTag(bytes.subarray(12, 28))
        return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
      } catch {
        return null
      }
    },
  }
}
