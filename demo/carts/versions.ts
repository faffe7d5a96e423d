/** How one version of the sample service behaves. */
export interface CartsVersion {
  readonly version: string
  /** For people. */
  readonly told: string
  /** Each request works for a time between these, any as likely as any other. */
  readonly workMs: { readonly min: number; readonly max: number }
  /** 0 to 1. */
  readonly errorFraction: number
}

/**
 * The work is spread evenly with a hard upper end, so that p95 hardly moves when the machine is busy for a moment; 0.3 is a
 * little faster than 0.1, so that "at most 10 % slower" does not hang on chance.
 */
export const versions = {
  healthy: { version: '0.1', told: 'healthy', workMs: { min: 80, max: 200 }, errorFraction: 0.002 },
  broken: { version: '0.2', told: 'slower and erring', workMs: { min: 200, max: 480 }, errorFraction: 0.05 },
  fixed: { version: '0.3', told: 'fixed', workMs: { min: 70, max: 180 }, errorFraction: 0.002 },
} as const satisfies Record<string, CartsVersion>
