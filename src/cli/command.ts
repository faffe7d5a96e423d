import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'
import { described, wrapped } from './columns.ts'
import { usageError, type ExitCode, type Terminal } from './terminal.ts'

/** One option, as help tells it. */
export interface Option {
  /** `FILE`, `k=v`; a switch has none. */
  readonly value?: string
  readonly isMany?: boolean
  /** Words that it may have; completions offer them. */
  readonly words?: readonly string[]
  readonly text: string
}

export interface Parsed {
  /** The value of an option that was given once; undefined when it was not. */
  one(name: string): string | undefined
  many(name: string): readonly string[]
  has(name: string): boolean
  readonly operands: readonly string[]
}

export interface Command {
  readonly name: string
  /** What stands after the name in help, before the options. */
  readonly operands?: string
  readonly summary: string
  /** Further sentences, for help alone. */
  readonly details?: string
  readonly options: Readonly<Record<string, Option>>
  /** Each is run by a test. */
  readonly examples: readonly string[]
  readonly run: (parsed: Parsed, terminal: Terminal) => Promise<ExitCode>
}

/** Reads a command's arguments. Throws a CommandError that says which one is wrong. */
export function parse(command: Command, args: readonly string[]): Parsed {
  const entries = Object.entries(command.options)
  const options: ParseArgsOptionsConfig = Object.fromEntries(
    entries.map(([name, { value, isMany }]) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const), multiple: isMany === true },
    ]),
  )
  const { values, positionals, tokens } = parsed(command, args, options)
  const given = tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []))
  const twice = entries.find(([name, { isMany }]) => isMany !== true && given.filter((one) => one === name).length > 1)
  if (twice !== undefined) throw usageError(`--${twice[0]} is given twice`)
  if (command.operands === undefined && positionals.length > 0) {
    throw usageError(`${command.name} takes no ${JSON.stringify(positionals[0])}: see pharos ${command.name} --help`)
  }
  const texts = (name: string): readonly string[] => {
    const value = values[name]
    const list = Array.isArray(value) ? value : [value]
    return list.filter((text) => typeof text === 'string')
  }
  return { one: (name) => texts(name)[0], many: texts, has: (name) => values[name] === true, operands: positionals }
}

function parsed(command: Command, args: readonly string[], options: ParseArgsOptionsConfig) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, tokens: true, strict: true })
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    // The first sentence names the argument; the rest is about the positional ones that no option is.
    throw usageError(`${error.message.split('. ')[0]}: see pharos ${command.name} --help`)
  }
}

/** The text of an option that must be given. */
export function needed(parsedArgs: Parsed, name: string): string {
  const value = parsedArgs.one(name)
  if (value === undefined || value === '') throw usageError(`--${name} is missing`)
  return value
}

export function help(command: Command, columns: number): string {
  const { name, operands, summary, details, examples } = command
  const options = Object.entries(command.options).map(([option, { value, text, isMany }]) => ({
    label: `--${option}${value === undefined ? '' : ` ${value}`}`,
    text: `${text}${isMany === true ? ' (repeatable)' : ''}`,
  }))
  const width = Math.max(0, ...options.map(({ label }) => label.length))
  const usage = ['usage: pharos', name, ...(operands === undefined ? [] : [operands]), '[options]'].join(' ')
  return [
    usage,
    '',
    ...wrapped(details === undefined ? summary : `${summary}\n${details}`, columns, 0),
    '',
    ...options.flatMap(({ label, text }) => described(label, text, width, columns)),
    ...(options.length === 0 ? [] : ['']),
    'examples:',
    ...examples.map((example) => `  ${example}`),
    '',
  ].join('\n')
}
