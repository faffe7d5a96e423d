import { StartError } from '../../src/base/errors.ts'

/** Stands in place of src/compose.ts: whoever loads it wants to serve. */
throw new StartError(
  'This package holds the command line without the service: to serve, clone the repository; pharos --help says what there is.',
)
