import { join } from 'node:path'
import { z } from 'zod'

/** What every process is told of where files are kept. */
export const fileEnvironment = {
  CARTERA_FILE_MOST_MEGABYTES: z.coerce.number().int().min(1).max(200).default(25),
  CARTERA_FILES_DIR: z.string().min(1).optional(),
  CARTERA_S3_BUCKET: z.string().min(1).max(255).optional(),
  CARTERA_S3_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  CARTERA_S3_REGION: z.string().min(1).max(60).default('us-east-1'),
  CARTERA_S3_ACCESS_KEY_ID: z.string().min(1).optional(),
  CARTERA_S3_SECRET_ACCESS_KEY: z.string().min(1).optional(),
  CARTERA_S3_PATH_STYLE: z.enum(['0', '1']).optional(),
}

export interface FileSettings {
  /** The folder of the files, and of those that are just arriving; all processes share it unless S3 is used. */
  dir: string
  mostBytes: number
  s3: {
    bucket: string
    endpoint: string | null
    region: string
    pathStyle: boolean
    /** Null: by the machine's own role, as the AWS SDK finds it. */
    credentials: { accessKeyId: string; secretAccessKey: string } | null
  } | null
}

const environment = z.object(fileEnvironment)

/** Where files are kept, of a checked environment. Throws where S3 is told by half. */
export function fileSettingsOf(env: z.output<typeof environment>, dataDir: string): FileSettings {
  const { CARTERA_S3_BUCKET: bucket, CARTERA_S3_ACCESS_KEY_ID: accessKeyId, CARTERA_S3_SECRET_ACCESS_KEY: secret } = env
  if (bucket === undefined && (env.CARTERA_S3_ENDPOINT ?? accessKeyId ?? secret) !== undefined)
    throw new Error('CARTERA_S3_BUCKET: is missing, although another CARTERA_S3_ variable is set')
  if ((accessKeyId === undefined) !== (secret === undefined))
    throw new Error('CARTERA_S3_ACCESS_KEY_ID and CARTERA_S3_SECRET_ACCESS_KEY: set both or none')
  return {
    dir: env.CARTERA_FILES_DIR ?? join(dataDir, 'files'),
    mostBytes: env.CARTERA_FILE_MOST_MEGABYTES * 1_048_576,
    s3:
      bucket === undefined
        ? null
        : {
            bucket,
            endpoint: env.CARTERA_S3_ENDPOINT ?? null,
            region: env.CARTERA_S3_REGION,
            // Servers other than Amazon's are mostly reached by one name.
            pathStyle: (env.CARTERA_S3_PATH_STYLE ?? (env.CARTERA_S3_ENDPOINT === undefined ? '0' : '1')) === '1',
            credentials: accessKeyId === undefined || secret === undefined ? null : { accessKeyId, secretAccessKey: secret },
          },
  }
}
