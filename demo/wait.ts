import { setTimeout as after } from 'node:timers/promises'

const pollMs = 50

/** Asks again and again until `ask` answers something. Throws an Error that names `what` after `limitMs`. */
export async function waitFor<Answer>(
  what: string,
  limitMs: number,
  ask: () => Answer | undefined | Promise<Answer | undefined>,
): Promise<Answer> {
  const limit = performance.now() + limitMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > limit) throw new Error(`${what}: not within ${limitMs / 1000} s`)
    await after(pollMs)
  }
}
