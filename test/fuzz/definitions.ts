/** What the service under test judges by. */
export const files: Readonly<Record<string, string>> = {
  'shop/project.yaml': 'requests: {values: [error_rate]}\n',
  'shop/slo.yaml': 'objectives: [{sli: error_rate, pass: [{criteria: ["<=1"]}]}]\ntotal_score: {pass: "90%"}\n',
  'shop/prometheus/sli.yaml': 'spec_version: "1.0"\nindicators: {error_rate: "up{build=\\"$LABEL.build\\"}"}\n',
}

/** Of pharos.yaml. */
export const settings = {
  // Nobody listens there.
  providers: { prometheus: { kind: 'prometheus', url: 'http://127.0.0.1:1' } },
  subscriptions: { allow: ['127.0.0.0/8'] },
  limits: { measureTimeout: '1s' },
}

/** Of pharos.yaml, with tokens: what refuses more, and puts a prefix in front of paths. */
export const guardedSettings = {
  ...settings,
  apiTokens: [{ name: 'ci', token: 'env:TOKEN' }],
  publicUrl: 'https://ci.example/pharos',
  events: {
    unlisted: 'accept',
    // That of the examples.
    signatures: [{ source: 'https://ci.example/pipelines/42', kind: 'hmac', secret: 'env:TOKEN' }],
  },
}

/** Of the subscriptions' keys. */
export const secretKey = 'a secret that is long enough for everybody'
