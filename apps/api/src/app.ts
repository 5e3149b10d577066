import { randomUUID } from 'node:crypto'
import { Refusal } from '@cartera/domain/refusal'
import type { AppContext } from '@cartera/use-cases/app-context'
import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import jwt from '@fastify/jwt'
import multipart from '@fastify/multipart'
import rateLimit from '@fastify/rate-limit'
import serveStatic from '@fastify/static'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import underPressure from '@fastify/under-pressure'
import Fastify, { type FastifyInstance, type FastifyServerOptions, LogController } from 'fastify'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'
import type { z } from 'zod'
import { handleErrors, sendProblem } from './error-handler.ts'
import { describeApi, refineOpenApi } from './openapi.ts'
import { faultProblem, refusalProblem } from './problem.ts'
import { responseSerializer } from './response-serializer.ts'
import { accessProfileRoutes } from './routes/access-profiles.ts'
import { agendaRoutes } from './routes/agenda.ts'
import { auditRoutes } from './routes/audit.ts'
import { balanceSourceRoutes } from './routes/balance-sources.ts'
import { branchRoutes } from './routes/branches.ts'
import { caseTypeRoutes } from './routes/case-types.ts'
import { caseRoutes } from './routes/cases.ts'
import { collectionFileRoutes } from './routes/collection-files.ts'
import { companyRoutes } from './routes/company.ts'
import { contactAttemptRoutes } from './routes/contact-attempts.ts'
import { contactRoutes } from './routes/contacts.ts'
import { customFieldRoutes } from './routes/custom-fields.ts'
import { customerGroupRoutes } from './routes/customer-groups.ts'
import { customerMergeRoutes } from './routes/customer-merges.ts'
import { customerRoutes } from './routes/customers.ts'
import { departmentRoutes } from './routes/departments.ts'
import { exportRoutes } from './routes/exports.ts'
import { fileRoutes } from './routes/files.ts'
import { financeRoutes } from './routes/finance.ts'
import { followUpActivityRoutes } from './routes/follow-up-activities.ts'
import { followUpAttachmentRoutes } from './routes/follow-up-attachments.ts'
import { followUpDocumentRoutes } from './routes/follow-up-documents.ts'
import { followUpReportRoutes } from './routes/follow-up-reports.ts'
import { followUpSituationRoutes } from './routes/follow-up-situations.ts'
import { followUpTypeRoutes } from './routes/follow-up-types.ts'
import { followUpRoutes } from './routes/follow-ups.ts'
import { handoverRoutes } from './routes/handovers.ts'
import { healthRoutes } from './routes/health.ts'
import { importRoutes } from './routes/imports.ts'
import { interactionTopicRoutes } from './routes/interaction-topics.ts'
import { interactionRoutes } from './routes/interactions.ts'
import { interestRoutes } from './routes/interests.ts'
import { liveRoutes } from './routes/live.ts'
import { mailAccountRoutes } from './routes/mail-accounts.ts'
import { noteRoutes } from './routes/notes.ts'
import { noticePolicyRoutes } from './routes/notice-policy.ts'
import { noticeSendingRoutes } from './routes/notice-sending.ts'
import { noticeTemplateRoutes } from './routes/notice-templates.ts'
import { noticeRoutes } from './routes/notices.ts'
import { opportunityRoutes } from './routes/opportunities.ts'
import { opportunityLossReasonRoutes } from './routes/opportunity-loss-reasons.ts'
import { opportunityStageRoutes } from './routes/opportunity-stages.ts'
import { paymentClaimRoutes } from './routes/payment-claims.ts'
import { paymentRoutes } from './routes/payments.ts'
import { portalRoutes } from './routes/portal.ts'
import { portfolioRoutes } from './routes/portfolio.ts'
import { priceListRoutes } from './routes/price-lists.ts'
import { productRoutes } from './routes/products.ts'
import { promiseRoutes } from './routes/promises.ts'
import { quoteRoutes } from './routes/quotes.ts'
import { receivableFactRoutes } from './routes/receivable-facts.ts'
import { receivableRoutes } from './routes/receivables.ts'
import { reminderRoutes } from './routes/reminders.ts'
import { renewalRoutes } from './routes/renewals.ts'
import { savedViewRoutes } from './routes/saved-views.ts'
import { sessionRoutes } from './routes/session.ts'
import { sightRoutes } from './routes/sight.ts'
import { statementRoutes } from './routes/statements.ts'
import { timelineRoutes } from './routes/timeline.ts'
import { trashRoutes } from './routes/trash.ts'
import { userRoutes } from './routes/users.ts'
import { tokenOptions } from './sign-in.ts'
import { unstorableError } from './unstorable.ts'

export interface AppOptions {
  logger: FastifyServerOptions['logger']
  trustProxy: boolean
  /** The built web app to serve; null serves the API alone. */
  webDir: string | null
  /** Most requests per minute and address. */
  requestsPerMinute: number
  /** An event loop that lags behind by so much answers 503 with Retry-After before it slows everyone; 0: never. */
  busyAfterMs: number
}

/** Customers have a page of their own, without the rest of the interface. */
const pageOf = (url: string) => (/^\/portal(?:[/?]|$)/.test(url) ? 'portal.html' : 'index.html')

/** The whole API as a function: a server is a file that listens (main.ts), a test injects. */
export async function buildApp(ctx: AppContext, options: AppOptions): Promise<FastifyInstance> {
  const app = Fastify({
    logger: options.logger ?? false,
    trustProxy: options.trustProxy,
    bodyLimit: 1_048_576,
    genReqId: () => randomUUID(),
    // A file of the largest size over a slow line; who sends nothing is let go earlier (use-cases/files/keep-file.ts).
    requestTimeout: 300_000,
    routerOptions: { maxParamLength: 200 },
    // A request's query and headers can hold personal data; the log keeps method, path and outcome.
    logController: new LogController({ disableRequestLogging: true }),
  })
  app.decorateRequest('viewer', null)
  app.decorateRequest('sessionId', null)
  app.decorateRequest('tokenEndsAt', 0)
  app.decorateRequest('portalContact', null)
  app.setValidatorCompiler<z.ZodType>(({ schema }) => (data) => {
    const read = schema.safeParse(data)
    if (!read.success) return { error: read.error }
    const error = unstorableError(read.data)
    return error ? { error } : { value: read.data }
  })
  // JSON and uploads only: text would otherwise arrive as a body.
  app.removeContentTypeParser('text/plain')
  app.setSerializerCompiler(responseSerializer())
  handleErrors(app)
  app.addHook('onResponse', async (request, reply) => {
    request.log.info(
      { method: request.method, route: request.routeOptions.url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
      'request',
    )
  })

  await app.register(underPressure, { maxEventLoopDelay: options.busyAfterMs, exposeStatusRoute: false, retryAfter: 5 })
  await app.register(helmet, {
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'self'"],
        // Vue binds element styles at run time; scripts stay strict.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        scriptSrc: ["'self'"],
        fontSrc: ["'self'", 'data:'],
        frameSrc: ["'self'", 'blob:'],
        upgradeInsecureRequests: null,
      },
    },
    strictTransportSecurity: options.trustProxy,
  })
  await app.register(rateLimit, { max: options.requestsPerMinute, timeWindow: '1 minute' })
  await app.register(cookie)
  await app.register(jwt, {
    secret: ctx.secrets.tokenKey,
    sign: { algorithm: 'HS256', iss: tokenOptions.issuer, aud: tokenOptions.audience },
    verify: {
      algorithms: ['HS256'],
      allowedIss: tokenOptions.issuer,
      allowedAud: tokenOptions.audience,
      requiredClaims: ['iss', 'aud', 'exp', 'sub', 'sid'],
      // Compared with the context's clock in sign-in.ts, so that a shifted clock (demonstrations) holds for tokens too.
      ignoreExpiration: true,
    },
  })
  await app.register(multipart, {
    limits: { files: 1, fileSize: 25 * 1_048_576, fields: 20, fieldSize: 65_536, headerPairs: 100 },
  })
  await app.register(swagger, { openapi: describeApi(), transform: jsonSchemaTransform, transformObject: refineOpenApi })
  await app.register(swaggerUi, { routePrefix: '/docs', uiConfig: { persistAuthorization: false } })

  healthRoutes(app, ctx)
  sessionRoutes(app, ctx)
  balanceSourceRoutes(app, ctx)
  branchRoutes(app, ctx)
  accessProfileRoutes(app, ctx)
  agendaRoutes(app, ctx)
  auditRoutes(app, ctx)
  collectionFileRoutes(app, ctx)
  companyRoutes(app, ctx)
  contactAttemptRoutes(app, ctx)
  contactRoutes(app, ctx)
  customFieldRoutes(app, ctx)
  savedViewRoutes(app, ctx)
  customerGroupRoutes(app, ctx)
  customerRoutes(app, ctx)
  departmentRoutes(app, ctx)
  fileRoutes(app, ctx)
  exportRoutes(app, ctx)
  importRoutes(app, ctx)
  interactionRoutes(app, ctx)
  interactionTopicRoutes(app, ctx)
  liveRoutes(app, ctx)
  sightRoutes(app, ctx)
  mailAccountRoutes(app, ctx)
  paymentRoutes(app, ctx)
  customerMergeRoutes(app, ctx)
  handoverRoutes(app, ctx)
  interestRoutes(app, ctx)
  quoteRoutes(app, ctx)
  renewalRoutes(app, ctx)
  caseRoutes(app, ctx)
  trashRoutes(app, ctx)
  caseTypeRoutes(app, ctx)
  opportunityRoutes(app, ctx)
  opportunityStageRoutes(app, ctx)
  opportunityLossReasonRoutes(app, ctx)
  paymentClaimRoutes(app, ctx)
  portalRoutes(app, ctx)
  portfolioRoutes(app, ctx)
  priceListRoutes(app, ctx)
  productRoutes(app, ctx)
  promiseRoutes(app, ctx)
  receivableRoutes(app, ctx)
  receivableFactRoutes(app, ctx)
  statementRoutes(app, ctx)
  userRoutes(app, ctx)
  followUpRoutes(app, ctx)
  followUpReportRoutes(app, ctx)
  followUpTypeRoutes(app, ctx)
  followUpSituationRoutes(app, ctx)
  followUpActivityRoutes(app, ctx)
  followUpDocumentRoutes(app, ctx)
  followUpAttachmentRoutes(app, ctx)
  noteRoutes(app, ctx)
  reminderRoutes(app, ctx)
  timelineRoutes(app, ctx)
  noticePolicyRoutes(app, ctx)
  noticeRoutes(app, ctx)
  noticeSendingRoutes(app, ctx)
  noticeTemplateRoutes(app, ctx)
  financeRoutes(app, ctx)
  app.get('/api/v1/openapi.json', { schema: { hide: true } }, async () => app.swagger())

  if (options.webDir !== null) {
    await app.register(serveStatic, {
      root: options.webDir,
      wildcard: false,
      // Built files carry their content's hash in the name.
      setHeaders: (reply, path) => {
        reply.header('cache-control', path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache')
      },
    })
  }
  app.setNotFoundHandler((request, reply) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    // Whoever names no kind (curl, link checkers) gets the page too; a file that is missing is not one, else a script would be read as HTML.
    const wantsPage =
      /text\/html|\*\/\*/.test(request.headers.accept ?? '*/*') && !/\.\w+$/.test(request.url.split('?', 1)[0] ?? '')
    const isPage = isRead && !request.url.startsWith('/api/') && wantsPage
    if (options.webDir !== null && isPage) return reply.type('text/html').sendFile(pageOf(request.url))
    return sendProblem(
      reply,
      isRead || request.url.startsWith('/api/')
        ? refusalProblem(request, new Refusal('not-found'))
        : faultProblem(request, 'method-unsupported'),
    )
  })
  return app
}
