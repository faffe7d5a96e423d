export * from './measurement.ts'
export * from './judgement.ts'
