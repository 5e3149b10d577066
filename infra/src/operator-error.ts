/**
 * An error that the person at the terminal can act upon: its message says what is wrong and what to do, so it is shown alone,
 * without a stack trace.
 */
export class OperatorError extends Error {
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'OperatorError'
    this.code = code
  }
}

const fileErrorSentences: Record<string, (path: string) => string> = {
  EACCES: (path) =>
    `${path} is not writable for this user. Give it to the user that runs Cartera, or set CARTERA_DATA_DIR to another folder.`,
  EPERM: (path) =>
    `${path} is not writable for this user. Give it to the user that runs Cartera, or set CARTERA_DATA_DIR to another folder.`,
  ENOENT: (path) => `${path} cannot be made. Set CARTERA_DATA_DIR to a folder on an ordinary disk.`,
  EROFS: (path) => `${path} is on a read-only disk. Set CARTERA_DATA_DIR to a folder that can be written.`,
  ENOTDIR: (path) =>
    `${path} cannot be used as a data folder: a part of this path is a file. Set CARTERA_DATA_DIR to another folder.`,
  EEXIST: (path) => `${path} cannot be used as a data folder: it is a file. Set CARTERA_DATA_DIR to another folder.`,
  ENOSPC: (path) => `No space is left on the disk of ${path}. Free some, or set CARTERA_DATA_DIR to a folder on another disk.`,
  EDQUOT: (path) => `The disk quota of ${path} is used up. Free some space, or set CARTERA_DATA_DIR to a folder on another disk.`,
}

/** The clear sentence for a file system error at a path of the data folder; any other error is answered as it is. */
export function explainFileError(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  const sentence = code === undefined ? undefined : fileErrorSentences[code]
  if (code === undefined || sentence === undefined) return error
  return new OperatorError(`data-dir-${code.toLowerCase()}`, sentence(path), { cause: error })
}
