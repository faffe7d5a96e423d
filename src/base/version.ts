import manifest from '../../package.json' with { type: 'json' }

/** The version of Pharos, from package.json. */
export const { version } = manifest
