const statistics = { type: ['number', 'null'] }

const newer = {
  title: 'As handleSummary is given it',
  required: ['values'],
  properties: { values: { type: 'object', additionalProperties: statistics } },
}

const older = {
  title: 'As --summary-export writes it',
  properties: { thresholds: {}, type: {}, contains: {} },
  additionalProperties: statistics,
}

const summary = {
  type: 'object',
  required: ['metrics'],
  properties: {
    metrics: { type: 'object', additionalProperties: { type: 'object', oneOf: [newer, older] } },
  },
}

/** What `readK6` reads, or its text, in JSON Schema. */
export const k6Schema: Readonly<Record<string, unknown>> = {
  oneOf: [summary, { type: 'string', contentMediaType: 'application/json', contentSchema: summary }],
}
