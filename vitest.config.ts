import { defineConfig } from 'vitest/config'

declare module 'vitest' {
  interface ProvidedContext {
    /** Which database the *.db.test.ts of this project run on. */
    database: 'postgres' | 'embedded'
    /** For everything that a test writes; removed in the end. */
    testFolder: string
    /** Project `postgres`: its server, and how the databases of this run begin; `<prefix>template` is a migrated one. */
    postgres: { readonly url: string; readonly prefix: string }
    /** Project `embedded`: data folders to copy, of a database with all migrations and of one with none. */
    embedded: { readonly migrated: string; readonly empty: string }
  }
}

const report = process.env['PHAROS_TEST_REPORT']

const limits = { testTimeout: 30_000, hookTimeout: 60_000, retry: 0, setupFiles: './test/support/stay-here.ts' }

/** Whatever needs a database is a *.db.test.ts and runs on both, or a *.postgres.test.ts where only a server has it. */
export default defineConfig({
  test: {
    passWithNoTests: false,
    maxWorkers: 2,
    // Of .ci/run, which reads the numbers from it.
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    projects: [
      {
        test: {
          ...limits,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['**/*.{db,postgres}.test.ts', 'test/torture/**'],
        },
      },
      ...(['postgres', 'embedded'] as const).map((database) => ({
        test: {
          ...limits,
          name: database,
          include: database === 'postgres' ? ['test/**/*.{db,postgres}.test.ts'] : ['test/**/*.db.test.ts'],
          provide: { database },
          globalSetup: './test/support/global-setup.ts',
        },
      })),
      // After the others: it takes the whole machine.
      { test: { ...limits, name: 'torture', include: ['test/torture/*.test.ts'], sequence: { groupOrder: 1 } } },
    ],
  },
})
