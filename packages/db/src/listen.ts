import pg from 'pg'

/** A listener goes on by itself: a lost connection is opened again, later each time, at most so late. */
const longestWaitMs = 10_000
/** A server that went away without a word is noticed after so long. */
const pulseMs = 30_000

export interface Listener {
  /** Whether notifications arrive at this moment. */
  readonly connected: boolean
  close(): Promise<void>
}

/**
 * Listens on a channel of PostgreSQL on a connection of its own, until closed. `onConnected` is called each time that it stands anew:
 * what was told between two of these calls is lost, and whoever depends on it must look for themselves. It needs the server itself or a
 * pooler in session mode; one in transaction mode forgets the channel.
 */
export function listenTo(
  pool: pg.Pool,
  channel: string,
  on: { message(payload: string): void; connected(): void; lost(error: Error): void },
): Listener {
  let client: pg.Client | null = null
  let timer: NodeJS.Timeout | undefined
  let closed = false
  let connected = false
  let failures = 0

  function lose(gone: pg.Client, error: Error): void {
    if (client !== gone) return
    client = null
    connected = false
    clearTimeout(timer)
    gone.removeAllListeners()
    gone.on('error', () => undefined)
    void gone.end().catch(() => undefined)
    if (closed) return
    on.lost(error)
    timer = setTimeout(open, Math.min(100 * 2 ** failures, longestWaitMs))
    failures += 1
  }

  function pulse(mine: pg.Client): void {
    timer = setTimeout(() => {
      const late = setTimeout(() => lose(mine, new Error('no answer')), pulseMs)
      mine.query('select 1').then(
        () => {
          clearTimeout(late)
          if (client === mine) pulse(mine)
        },
        (error: Error) => {
          clearTimeout(late)
          lose(mine, error)
        },
      )
    }, pulseMs)
  }

  function open(): void {
    const mine = new pg.Client({
      connectionString: pool.options.connectionString,
      application_name: 'cartera-live',
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
    })
    client = mine
    mine.on('error', (error) => lose(mine, error))
    mine.on('end', () => lose(mine, new Error('the connection ended')))
    mine.on('notification', (told) => {
      if (told.channel === channel && told.payload !== undefined) on.message(told.payload)
    })
    mine
      .connect()
      .then(() => mine.query(`listen ${mine.escapeIdentifier(channel)}`))
      .then(
        () => {
          if (client !== mine) return
          failures = 0
          connected = true
          pulse(mine)
          on.connected()
        },
        (error: Error) => lose(mine, error),
      )
  }

  open()
  return {
    get connected() {
      return connected
    },
    async close() {
      closed = true
      clearTimeout(timer)
      connected = false
      const last = client
      client = null
      last?.removeAllListeners()
      last?.on('error', () => undefined)
      await last?.end().catch(() => undefined)
    },
  }
}
