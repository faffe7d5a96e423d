import { z } from 'zod'
import {
  attributesMax,
  batchMax,
  keyCharactersMax,
  nameCharactersMax,
  valueCharactersMax,
} from '../../intake/cloudevent.ts'
import { triggeredType } from '../../intake/accept-event.ts'
import { InvalidatedData } from '../../intake/invalidated.ts'
import { invalidatedType } from '../../base/event-filter.ts'
import { TriggeredAttributes, TriggeredData } from '../../intake/triggered.ts'
import { storablePattern } from '../../base/labels.ts'
import { timestampPattern } from '../../base/window.ts'
import { batchExample, dataExample, eventExample } from './event-examples.ts'

/** The bodies of `POST /v1/events`, which are read as bytes: the checks are those of src/intake/cloudevent.ts. */

type Schema = Readonly<Record<string, unknown>>

const key = { type: 'string', minLength: 1, maxLength: keyCharactersMax, pattern: storablePattern }
const text = { type: ['string', 'null'], minLength: 1, maxLength: valueCharactersMax, pattern: storablePattern }

const attribute = {
  anyOf: [
    text,
    { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
    { type: 'boolean' },
  ],
}

const jsonInBase64 = { contentEncoding: 'base64', contentMediaType: 'application/json' }

const envelope = {
  type: 'object',
  description: `A CloudEvent 1.0 in structured mode, with at most ${attributesMax} attributes. A member that is null counts as absent.`,
  required: ['specversion', 'id', 'source', 'type'],
  properties: {
    specversion: { type: 'string', const: '1.0' },
    id: { ...key, description: 'With the source, the identity of the event' },
    source: { ...key, format: 'uri-reference' },
    type: { ...key, description: 'Types that are nothing to Pharos are answered with 204' },
    time: { type: ['string', 'null'], pattern: timestampPattern },
    subject: text,
    dataschema: { ...text, format: 'uri' },
    datacontenttype: text,
    data: {},
    data_base64: {
      type: ['string', 'null'],
      pattern: '^[A-Za-z0-9+/]*={0,2}$',
      ...jsonInBase64,
      contentSchema: {},
      description: 'Instead of `data`: its JSON in base64',
    },
  },
  patternProperties: { [`^(?!data$)[a-z0-9]{1,${nameCharactersMax}}$`]: attribute },
  additionalProperties: { type: 'null' },
  not: {
    required: ['data', 'data_base64'],
    properties: { data: { not: { type: 'null' } }, data_base64: { type: 'string' } },
  },
}

/** `data` is there under its own name or in base64. */
function ofType(type: Schema, data: Schema, others: Schema): Schema {
  const coded = { type: 'string', ...jsonInBase64, contentSchema: data }
  return {
    anyOf: [
      { not: { required: ['type'], properties: { type } } },
      {
        ...others,
        anyOf: [
          { required: ['data'], properties: { data } },
          { required: ['data_base64'], properties: { data: { type: 'null' }, data_base64: coded } },
        ],
      },
    ],
  }
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null
}

/** Without the dialect, which the document names. */
function schemaOf(schema: z.ZodType): Schema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input' })
  return rest
}

export const eventSchema: Schema = {
  ...envelope,
  allOf: [
    ofType(
      { pattern: triggeredType.source.replace('?<stage>', '') },
      schemaOf(TriggeredData),
      nullable(schemaOf(TriggeredAttributes)),
    ),
    ofType({ const: invalidatedType }, schemaOf(InvalidatedData), {
      required: ['triggeredid'],
      properties: { triggeredid: { type: 'string' } },
    }),
  ],
}

/** Attributes that are null count as absent. */
function nullable({ properties }: Schema): Schema {
  if (!isSchema(properties)) return {}
  return {
    properties: Object.fromEntries(
      Object.entries(properties).map(([name, schema]) => [name, { anyOf: [schema, { type: 'null' }] }]),
    ),
  }
}

const event = { $ref: '#/components/schemas/Event' }

/** By media type. */
export const eventsBody = {
  required: true,
  content: {
    'application/cloudevents+json': { schema: event, example: eventExample },
    'application/cloudevents-batch+json': {
      schema: {
        type: 'array',
        maxItems: batchMax,
        description: 'Each is answered with an item of its own, also one that is not an event.',
        items: { anyOf: [event, {}] },
      },
      example: batchExample,
    },
    'application/json': {
      schema: {
        description:
          'With the header `ce-specversion`, the data of an event in binary mode; without it, an event in structured mode.',
        // What it must be depends on a header, which no schema can express.
        'x-depends-on': 'ce-specversion',
        anyOf: [event, {}],
      },
      example: dataExample,
    },
  },
}
