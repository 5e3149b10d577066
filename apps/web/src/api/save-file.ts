import { download } from './client.ts'

/** Has the browser save what an endpoint answers with, under the name that the server gives it. */
export async function saveFile(
  key: Parameters<typeof download>[0],
  input: Parameters<typeof download>[1],
  nameWithout: string,
): Promise<void> {
  const { blob, name } = await download(key, input)
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name === null ? nameWithout : decodeURIComponent(name)
  link.click()
  // Revoked at once, some browsers have nothing left to save.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
