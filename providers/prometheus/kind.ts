import type { ProviderKind } from '../provider.ts'
import { PrometheusConfig } from './config.ts'
import { escapePromql } from './escape.ts'
import { PrometheusOptions } from './options.ts'
import { packOf } from './pack.ts'
import { promqlProblems } from './promql.ts'
import { PrometheusProvider } from './provider.ts'

/** Queries at the end of a window, or throughout it if an indicator's options say so, over the Prometheus HTTP API. */
export const prometheus: ProviderKind<PrometheusConfig> = {
  kind: 'prometheus',
  contractVersion: 1,
  config: PrometheusConfig,
  options: PrometheusOptions,
  optionsOfUse: ['partial', 'minCoverage'],
  settleMs: 0,
  pack: (filter, { indicatorPack }) => (indicatorPack === undefined ? new Map() : packOf(indicatorPack, filter)),
  escape: escapePromql,
  queryProblems: promqlProblems,
  settingsOfValue: ({ orgId, parameters }) => ({
    ...(orgId !== undefined && { orgId }),
    ...Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`parameters.${name}`, value])),
  }),
  create: (config, context) => new PrometheusProvider(config, context),
}
