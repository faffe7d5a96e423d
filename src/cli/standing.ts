import { z } from 'zod'

/** Fields of an evaluation that relate it to others; older servers have no `retryOf`. */
export const Standing = z.looseObject({
  attempt: z.number(),
  retryOf: z.string().nullish(),
  retry: z.number().nullish(),
  slo: z.looseObject({ inline: z.boolean().nullish() }).nullish(),
  invalidation: z.looseObject({ reason: z.string() }).nullable(),
})
export type Standing = z.infer<typeof Standing>

export const TotalScore = z.looseObject({ pass: z.number(), warning: z.number().nullable() })

export const Target = z.object({ criteria: z.string(), targetValue: z.number().nullable(), violated: z.boolean() })

/** What a reader would not guess from the result; nothing for a first attempt that counts. */
export function standingOf({ attempt, invalidation, ...rest }: Standing): readonly string[] {
  return [
    ...(invalidation === null ? [] : [invalidatedText(invalidation, 'excluded from later baselines')]),
    ...(rest.slo?.inline === true ? ['judged by the SLO of the request, apart from the SLO of the service'] : []),
    ...(attempt > 1 ? [`attempt ${attempt} at this window`] : []),
    ...retryText(rest),
  ]
}

export function invalidatedText({ reason }: NonNullable<Standing['invalidation']>, aside: string): string {
  return `invalidated (${aside})${reason === '' ? '' : `: ${reason}`}`
}

function retryText({ retry, retryOf }: Pick<Standing, 'retry' | 'retryOf'>): readonly string[] {
  return typeof retryOf === 'string' && typeof retry === 'number' ? [`retry ${retry} of ${retryOf}`] : []
}
