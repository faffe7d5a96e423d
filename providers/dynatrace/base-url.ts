import { z } from 'zod'

/** Scheme, host and path; https where no scheme is written. Messages never show the URL: it may hold what should not be in it. */
export function parseBaseUrl(text: string, context: z.RefinementCtx): URL {
  const refuse = (message: string) => {
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  }
  const trimmed = text.trim()
  const url = URL.parse(trimmed.includes('://') ? trimmed : `https://${trimmed}`)
  if (url === null || !/^https?:$/.test(url.protocol)) return refuse('must be a URL, with https:// or http://')
  if (url.search !== '' || url.hash !== '') return refuse('must end with its path: no ? and no #')
  if (url.username !== '' || url.password !== '') return refuse('must hold no user and no password: set token')
  return url
}

/** `https://abc12345.live.dynatrace.com`: the environment API of SaaS. Where it serves its apps is the neighbouring host. */
export function classicUrlOf({ origin, pathname }: URL): string {
  const path = pathname.replace(/\/+$/, '').replace(/\/api(\/v\d)?$/, '')
  return origin.replace(/\.apps\.dynatrace\.com$/, '.live.dynatrace.com') + path
}

/** `https://abc12345.apps.dynatrace.com`: the platform of SaaS. */
export function platformUrlOf({ origin, pathname }: URL): string {
  const path = pathname.replace(/\/+$/, '').replace(/\/platform(\/.*)?$/, '')
  return neighbour(origin) + path
}

/** The platform of the environment that is at `url`; undefined where only its operator knows. */
export function platformBeside(url: string): string | undefined {
  const { origin } = new URL(url)
  return neighbour(origin) === origin ? undefined : neighbour(origin)
}

function neighbour(origin: string): string {
  return origin.replace(/\.live\.dynatrace\.com$/, '.apps.dynatrace.com')
}
