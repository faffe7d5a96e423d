import type { ProviderKind } from '../provider.ts'
import { DynatraceConfig } from './config.ts'
import { escapeDynatrace } from './escape.ts'
import { DynatraceOptions } from './options.ts'
import { openDynatrace } from './open.ts'
import { packOf } from './pack.ts'

/** A Dynatrace environment: metrics, SLOs, problems and user sessions over its environment API, DQL over its platform. */
export const dynatrace: ProviderKind<DynatraceConfig> = {
  kind: 'dynatrace',
  contractVersion: 1,
  config: DynatraceConfig,
  options: DynatraceOptions,
  optionsOfUse: ['partial', 'minCoverage'],
  // The APIs are eventually consistent; Keptn's service waits just as long.
  settleMs: 120_000,
  pack: (_filter, { indicatorPack }) => (indicatorPack === undefined ? new Map() : packOf(indicatorPack)),
  escape: escapeDynatrace,
  settingsOfValue: ({ language }) => (language === 'classic' ? {} : { language }),
  create: openDynatrace,
}
