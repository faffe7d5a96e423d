import { availableParallelism, cpus } from 'node:os'

/** The last line of a benchmark: its figures for programs, with when and on what they were measured. */
export function printFigures(measured: object): void {
  const machine = { node: process.version, cpu: cpus()[0]?.model, cores: availableParallelism() }
  console.log(JSON.stringify({ date: new Date().toISOString(), ...machine, ...measured }))
}
