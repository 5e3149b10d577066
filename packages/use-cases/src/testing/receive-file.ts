// Receives a file as an API does, in a process that a test kills in the middle: DATABASE_URL, the folder of the store, viewer's and customer's ids, and where
// it stops: `arriving` (half of the bytes have come) or `stored` (they lie in the store, and the row does not say so yet). Tells `here` when it is there.
import { Readable } from 'node:stream'
import { connect } from '@cartera/db/connect'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { openFileStore } from '../files/file-store.ts'
import { keepFile } from '../files/keep-file.ts'
import { testContext } from './test-context.ts'

const [, , databaseUrl = '', dir = '', userId = '', customerId = '', where = ''] = process.argv
const here = () => {
  process.stdout.write('here\n')
  // Alive until it is killed.
  return new Promise<never>(() => setInterval(() => undefined, 1000))
}
const store = openFileStore({ dir, mostBytes: 1_048_576, s3: null })
const ctx = testContext(connect(databaseUrl), {
  files: {
    ...store,
    async settle(key, size) {
      await store.settle(key, size)
      if (where === 'stored') await here()
    },
  },
})
async function* bytes() {
  yield Buffer.from('first half')
  if (where === 'arriving') await here()
  yield Buffer.from('second half')
}
const viewer: Viewer = {
  userId,
  name: 'Ana',
  email: 'ana@cartera.test',
  level: 1,
  customerLevel: 1,
  permissions: [],
  branchId: '',
  departmentId: null,
}
await keepFile(ctx, viewer, customerId, { name: 'nota.txt', content: Readable.from(bytes()) })
