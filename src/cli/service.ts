import { Name, ServiceName } from '../base/names.ts'
import { needed, type Parsed } from './command.ts'
import { usageError } from './terminal.ts'

export const serviceOptions = {
  project: { value: 'NAME', text: 'the project of the service' },
  stage: { value: 'NAME', text: 'the stage it runs in' },
  service: { value: 'NAME', text: 'the service to judge' },
} as const

/** The path of a service's resources. Throws a CommandError for what is no name. */
export function servicePath(parsed: Parsed): string {
  const steps = (['project', 'stage', 'service'] as const).map((option) => {
    const name = (option === 'service' ? ServiceName : Name).safeParse(needed(parsed, option))
    if (name.success) return `${option}s/${name.data}`
    throw usageError(`--${option} ${name.error.issues.map(({ message }) => message).join(', ')}`)
  })
  return `/v1/${steps.join('/')}`
}
