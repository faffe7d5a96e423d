export * from './measurement.ts'
export * from './judgement.ts'
export * from './placeholder.ts'
