import { z } from 'zod'

/** Scheme, host and path; https if there is no scheme. Messages never show the URL, which may wrongly contain a secret. */
export function parseBaseUrl(text: string, context: z.RefinementCtx): URL {
  const refuse = (message: string) => {
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  }
  const trimmed = text.trim()
  const url = URL.parse(trimmed.includes('://') ? trimmed : `https://${trimmed}`)
  if (url === null || !/^https?:$/.test(url.protocol))
    return refuse('must be a URL that begins with https:// or http://')
  if (url.search !== '' || url.hash !== '') return refuse('must not contain ? or #')
  if (url.username !== '' || url.password !== '') return refuse('must not contain a user or a password: set token')
  return url
}

/** `https://abc12345.live.dynatrace.com`: the environment API of SaaS, also for the URL of its platform. */
export function classicUrlOf({ origin, pathname }: URL): string {
  const path = pathname.replace(/\/+$/, '').replace(/\/api(\/v\d)?$/, '')
  return origin.replace(/\.apps\.dynatrace\.com$/, '.live.dynatrace.com') + path
}

/** `https://abc12345.apps.dynatrace.com`: the platform of SaaS. */
export function platformUrlOf({ origin, pathname }: URL): string {
  const path = pathname.replace(/\/+$/, '').replace(/\/platform(\/.*)?$/, '')
  return neighbour(origin) + path
}

/** The platform URL of the environment at `url`; undefined if it cannot be derived. */
export function platformBeside(url: string): string | undefined {
  const { origin } = new URL(url)
  return neighbour(origin) === origin ? undefined : neighbour(origin)
}

function neighbour(origin: string): string {
  return origin.replace(/\.live\.dynatrace\.com$/, '.apps.dynatrace.com')
}
