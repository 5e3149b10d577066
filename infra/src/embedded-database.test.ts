import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deleteEmbeddedDatabase, findRunningDatabase, openDatabase, startEmbeddedDatabase } from './embedded-database.ts'
import { isAlive } from './process-life.ts'

const settings = { fsync: 'off', shared_buffers: '16MB' }
let dataDir: string

// One cluster for all: making one takes seconds, starting one takes a moment. The test that breaks it stands last.
beforeAll(() => {
  const folder = mkdtempSync('/tmp/cartera-infra-')
  chmodSync(folder, 0o711)
  dataDir = join(folder, 'data')
})

afterAll(async () => {
  await deleteEmbeddedDatabase(dataDir)
  rmSync(join(dataDir, '..'), { recursive: true, force: true })
})

async function ask<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return (await client.query<Row>(sql)).rows
  } finally {
    await client.end()
  }
}

function postmasterPid(): number {
  return Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0])
}

/** A process that starts the database and is then killed before it can stop it. */
async function startInKilledProcess(): Promise<void> {
  const module = JSON.stringify(new URL('./embedded-database.ts', import.meta.url).href)
  const script = `const { startEmbeddedDatabase } = await import(${module}); await startEmbeddedDatabase({ dataDir: ${JSON.stringify(dataDir)} }); console.log('started'); setInterval(() => {}, 1000)`
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    cwd: new URL('../..', import.meta.url),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (child.stdout) await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
}

describe('the embedded database', () => {
  test('keeps its data over a stop and a start, in Unicode with ICU, on loopback only', async () => {
    const first = await startEmbeddedDatabase({ dataDir, settings })
    await ask(first.url, "create table names (name text); insert into names values ('Núñez'), ('nuñez'), ('Zúñiga'), ('Álvarez')")
    await first.stop()

    const second = await startEmbeddedDatabase({ dataDir, settings })
    expect(await ask(second.url, 'select name from names order by name')).toEqual(
      ['Álvarez', 'nuñez', 'Núñez', 'Zúñiga'].map((name) => ({ name })),
    )
    expect(await ask(second.url, 'show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }])
    expect(await ask(second.url, 'show server_encoding')).toEqual([{ server_encoding: 'UTF8' }])
    expect(await ask(second.url, "select 'Ñ' ~* 'ñ' as matches, lower('ÁÉÑ') as lower")).toEqual([
      { matches: true, lower: 'áéñ' },
    ])
    await second.stop()
  })

  test('asks for a password that its owner alone can read', async () => {
    const database = await startEmbeddedDatabase({ dataDir, settings })
    expect(statSync(join(dataDir, 'postgres.json')).mode & 0o777).toBe(0o600)
    const wrong = new URL(database.url)
    wrong.password = 'cartera'
    await expect(ask(wrong.href, 'select 1')).rejects.toThrow(/password authentication failed/)
    await database.stop()
  })

  test('is found by other processes while it runs, and not afterwards', async () => {
    expect(await findRunningDatabase(dataDir)).toBeNull()
    const database = await startEmbeddedDatabase({ dataDir, settings })
    expect(await findRunningDatabase(dataDir)).toEqual({ url: database.url, ownerPid: process.pid })
    await database.stop()
    expect(await findRunningDatabase(dataDir)).toBeNull()
  })

  test('refuses a second start on the same folder and names the process', async () => {
    const database = await startEmbeddedDatabase({ dataDir, settings })
    await expect(startEmbeddedDatabase({ dataDir })).rejects.toThrow(
      `already running on the data folder ${dataDir} (process ${process.pid})`,
    )
    await database.stop()
  })

  test('starts again after kill -9 of the server', async () => {
    const first = await startEmbeddedDatabase({ dataDir, settings })
    process.kill(postmasterPid(), 'SIGKILL')
    await first.ended
    const second = await startEmbeddedDatabase({ dataDir, settings })
    expect(await ask(second.url, 'select 1 as one')).toEqual([{ one: 1 }])
    await second.stop()
  })

  test('is not blocked by a stale postmaster.pid whose number belongs to another program', async () => {
    const first = await startEmbeddedDatabase({ dataDir, settings })
    const pidFile = join(dataDir, 'postgres', 'postmaster.pid')
    const text = readFileSync(pidFile, 'utf8')
    await first.stop()
    const sleeper = spawn('sleep', ['60'], { uid: statSync(join(dataDir, 'postgres')).uid })
    writeFileSync(pidFile, text.replace(/^\d+/, String(sleeper.pid)))
    const second = await startEmbeddedDatabase({ dataDir, settings })
    expect(await ask(second.url, 'select 1 as one')).toEqual([{ one: 1 }])
    await second.stop()
    sleeper.kill()
  })

  test('ends with the process that started it, even when that one is killed with -9, and starts again', async () => {
    await startInKilledProcess()
    const database = await startEmbeddedDatabase({ dataDir, settings })
    expect(await ask(database.url, 'select 1 as one')).toEqual([{ one: 1 }])
    const pid = postmasterPid()
    await database.stop()
    expect(isAlive(pid)).toBe(false)
  })

  test('gives itself a new password when the file with the old one is lost', async () => {
    const first = await startEmbeddedDatabase({ dataDir, settings })
    await ask(first.url, 'create table kept (id int)')
    await first.stop()
    writeFileSync(join(dataDir, 'postgres.json'), '{"passw')
    const second = await startEmbeddedDatabase({ dataDir, settings })
    expect(await ask(second.url, 'select * from kept')).toEqual([])
    await second.stop()
  })

  test('refuses a data folder that is a file', async () => {
    const path = join(dataDir, '..', 'file')
    writeFileSync(path, '')
    await expect(startEmbeddedDatabase({ dataDir: path })).rejects.toThrow(/it is a file/)
  })
})

describe('opening the database for a command', () => {
  test('takes DATABASE_URL as it is', async () => {
    const opened = await openDatabase({ DATABASE_URL: 'postgres://elsewhere/cartera', CARTERA_DATA_DIR: dataDir })
    expect(opened.url).toBe('postgres://elsewhere/cartera')
    await opened.close()
  })

  test('joins a running embedded database and leaves it running', async () => {
    const database = await startEmbeddedDatabase({ dataDir, settings })
    const opened = await openDatabase({ CARTERA_DATA_DIR: dataDir })
    expect(opened.url).toBe(database.url)
    await opened.close()
    expect(await ask(database.url, 'select 1 as one')).toEqual([{ one: 1 }])
    await database.stop()
  })

  test('starts the embedded database where none runs and stops it at the end', async () => {
    const opened = await openDatabase({ CARTERA_DATA_DIR: dataDir })
    expect(await ask(opened.url, 'select 1 as one')).toEqual([{ one: 1 }])
    await opened.close()
    expect(await findRunningDatabase(dataDir)).toBeNull()
  })
})

describe('a broken data folder', () => {
  test('is told from another version, a busy port and a folder of something else', async () => {
    const database = await startEmbeddedDatabase({ dataDir, settings })
    await database.stop()
    const versionFile = join(dataDir, 'postgres', 'PG_VERSION')
    writeFileSync(versionFile, '15\n')
    await expect(startEmbeddedDatabase({ dataDir })).rejects.toThrow(
      /was written by PostgreSQL 15; this Cartera brings PostgreSQL 18/,
    )
    writeFileSync(versionFile, '18\n')

    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    await expect(startEmbeddedDatabase({ dataDir, port })).rejects.toThrow(`Port ${port} is in use`)
    server.close()

    rmSync(join(dataDir, 'postgres', 'global'), { recursive: true })
    await expect(startEmbeddedDatabase({ dataDir })).rejects.toThrow(/is broken: .*--fresh/)
    rmSync(join(dataDir, 'postgres'), { recursive: true })
    mkdirSync(join(dataDir, 'postgres'))
    writeFileSync(join(dataDir, 'postgres', 'notes.txt'), 'mine')
    await expect(startEmbeddedDatabase({ dataDir })).rejects.toThrow(/holds files but no database/)
  })
})
