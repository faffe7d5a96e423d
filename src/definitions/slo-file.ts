import type { ServiceKey } from '../base/names.ts'
import type { DefinitionFiles, TextFile } from './files.ts'

export type SloFile =
  | Exclude<TextFile, { readonly kind: 'absent' }>
  /** `looked`: the paths it could have had, the nearest first. */
  | { readonly kind: 'absent'; readonly looked: readonly string[] }

/**
 * The `slo.yaml` nearest to a service: its own, its stage's, its project's. A file that is there but empty is found, so
 * that it is refused rather than passed over (Keptn takes it for none).
 */
export async function findSlo(from: DefinitionFiles, { project, stage, service }: ServiceKey): Promise<SloFile> {
  const looked = [`${project}/${stage}/${service}/slo.yaml`, `${project}/${stage}/slo.yaml`, `${project}/slo.yaml`]
  for (const path of looked) {
    const file = await from.read(path)
    if (file.kind !== 'absent') return file
  }
  return { kind: 'absent', looked }
}
