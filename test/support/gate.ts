import { startReceiver, type Receiver } from './receiver.ts'
import { startScriptedPrometheus, type Script, type ScriptedPrometheus } from './scripted-prometheus.ts'
import { startService, type TestService } from './service.ts'

/** A service between a Prometheus that follows a script and a control plane that records what it is told. */
export interface Gate {
  readonly service: TestService
  readonly receiver: Receiver
  readonly prometheus: ScriptedPrometheus
  stop(): Promise<void>
}

export async function startGate(script: Script, files: Readonly<Record<string, string>>): Promise<Gate> {
  const receiver = await startReceiver()
  const prometheus = await startScriptedPrometheus(script)
  const service = await startService({
    files,
    settings: {
      providers: { prometheus: { kind: 'prometheus', url: prometheus.url } },
      sinks: [{ name: 'control-plane', url: receiver.url }],
    },
  })
  return {
    service,
    receiver,
    prometheus,
    stop: async () => {
      await service.stop()
      await receiver.stop()
      await prometheus.stop()
    },
  }
}
