import type { ProviderKind } from '../provider.ts'
import { PrometheusConfig } from './config.ts'
import { escapePromql } from './escape.ts'
import { PrometheusProvider } from './provider.ts'

/** Instant queries at a window's end, over the Prometheus HTTP API. */
export const prometheus: ProviderKind<PrometheusConfig> = {
  kind: 'prometheus',
  contractVersion: 1,
  config: PrometheusConfig,
  settleMs: 0,
  escape: escapePromql,
  create: (config, context) => new PrometheusProvider(config, context),
}
