import { CloudEvent, HTTP } from 'cloudevents'
import { describe, expect, test } from 'vitest'
import { PharosError } from '../../../src/base/errors.ts'
import { readBinary, readStructured } from '../../../src/intake/cloudevent.ts'

const event = {
  specversion: '1.0',
  id: 'trigger-1',
  source: 'shipyard-controller',
  type: 'sh.keptn.event.evaluation.triggered',
}
const bytes = (value: unknown): Uint8Array => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))

/** What is refused, as `code pointer message`. */
function refusal(read: () => unknown): readonly string[] {
  try {
    read()
  } catch (error) {
    if (!(error instanceof PharosError)) throw error
    if (error.mistakes.length === 0) return [`${error.code} ${error.message}`]
    return error.mistakes.map(({ pointer, message }) => `${error.code} ${pointer} ${message}`)
  }
  return []
}

describe('a structured event', () => {
  test('is read with every attribute and its data', () => {
    const sent = {
      ...event,
      time: '2026-03-01T10:00:00.123456789+01:00',
      shkeptncontext: 'c',
      retries: 2,
      data: { a: 1 },
    }
    expect(readStructured(bytes(sent))).toEqual({
      id: 'trigger-1',
      source: 'shipyard-controller',
      type: 'sh.keptn.event.evaluation.triggered',
      time: new Date('2026-03-01T09:00:00.123Z'),
      attributes: { ...event, time: '2026-03-01T10:00:00.123456789+01:00', shkeptncontext: 'c', retries: 2 },
      data: { a: 1 },
    })
  })

  test('without time and data has neither', () => {
    expect(readStructured(bytes(event))).toMatchObject({ time: undefined, data: undefined })
  })

  test('may have attributes that the library has other uses for', () => {
    const own = { schemaurl: 'x', validate: true, tojson: 'x', constructor: 'x', strict: 1 }
    expect(readStructured(bytes({ ...event, ...own })).attributes).toMatchObject(own)
  })

  test('with null for an attribute is one without it', () => {
    expect(readStructured(bytes({ ...event, subject: null, data: null }))).toEqual(readStructured(bytes(event)))
  })

  test('with an empty text for an optional attribute is one without it', () => {
    const empty = { subject: '', time: '', datacontenttype: '', dataschema: '', gitcommitid: '', shkeptncontext: '' }
    expect(readStructured(bytes({ ...event, ...empty }))).toEqual(readStructured(bytes(event)))
  })

  test('may carry its data in base64', () => {
    const coded = bytes({ a: 'ü' })
    const sent = { ...event, data_base64: Buffer.from(coded).toString('base64') }
    expect(readStructured(bytes(sent)).data).toEqual({ a: 'ü' })
  })

  for (const name of ['specversion', 'id', 'source', 'type'] as const) {
    test(`without ${name} is refused`, () => {
      expect(refusal(() => readStructured(bytes({ ...event, [name]: undefined })))).toEqual([
        `invalid_event /${name} ${name} is missing`,
      ])
    })
  }

  test('without anything is refused with everything that is missing', () => {
    expect(refusal(() => readStructured(bytes({})))).toHaveLength(4)
  })

  for (const { title, part, mistake } of [
    { title: 'another specversion', part: { specversion: '9.9' }, mistake: /^\/specversion must be "1.0"/ },
    { title: 'a specversion that is a number', part: { specversion: 1 }, mistake: /^\/specversion must be "1.0"/ },
    { title: 'an id that is a number', part: { id: 7 }, mistake: /^\/id must be a string/ },
    { title: 'a source that is a number', part: { source: 7 }, mistake: /^\/source must be a string/ },
    { title: 'a type that is a list', part: { type: ['t'] }, mistake: /^\/type must be a string/ },
    { title: 'an empty id', part: { id: '' }, mistake: /^\/id must not be empty/ },
    { title: 'an empty source', part: { source: '' }, mistake: /^\/source must not be empty/ },
    { title: 'an empty type', part: { type: '' }, mistake: /^\/type must not be empty/ },
    { title: 'an empty specversion', part: { specversion: '' }, mistake: /^\/specversion must be "1.0"/ },
    {
      title: 'an id that is too long',
      part: { id: 'i'.repeat(257) },
      mistake: /^\/id has 257 characters, at most 256/,
    },
    { title: 'an id with NUL', part: { id: 'a\0' }, mistake: /^\/id must not contain NUL/ },
    {
      title: 'a source that is no URI',
      part: { source: 'a b' },
      mistake: /^\/source must match format "uri-reference"/,
    },
    { title: 'a time that is none', part: { time: 'yesterday' }, mistake: /^\/time must be a timestamp of RFC 3339/ },
    { title: 'a time that does not exist', part: { time: '2026-02-30T10:00:00Z' }, mistake: /^\/time must / },
    { title: 'a time that is a number', part: { time: 1_767_225_600 }, mistake: /^\/time must be/ },
    { title: 'a name that is a path', part: { 'a/b~c': 'd' }, mistake: /^\/a~1b~0c is no name/ },
    { title: 'an attribute in capitals', part: { shkeptnContext: 'c' }, mistake: /^\/shkeptnContext is no name/ },
    { title: 'an attribute that is an object', part: { extensions: {} }, mistake: /^\/extensions must be a string/ },
    { title: 'an attribute that is a fraction', part: { sampling: 0.5 }, mistake: /^\/sampling must be a string/ },
    { title: 'an attribute that is too long', part: { subject: 's'.repeat(1025) }, mistake: /^\/subject has 1025/ },
    {
      title: 'too many attributes',
      part: Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`a${i}`, 'x'])),
      mistake: /^ at most 64 attributes/,
    },
    { title: 'base64 that is none', part: { data_base64: '{}' }, mistake: /^\/data_base64 must be a string in base64/ },
    {
      title: 'both kinds of data',
      part: { data: {}, data_base64: 'e30=' },
      mistake: /^\/data_base64 must not be there beside data/,
    },
  ]) {
    test(`with ${title} is refused`, () => {
      const [only, ...others] = refusal(() => readStructured(bytes({ ...event, ...part })))
      expect(others).toEqual([])
      expect(only?.replace('invalid_event ', '')).toMatch(mistake)
    })
  }

  for (const { title, body, said } of [
    { title: 'nothing', body: bytes(''), said: /^unreadable_body the body is not JSON/ },
    { title: 'half of it', body: bytes('{"specversion": "1.0"'), said: /^unreadable_body the body is not JSON/ },
    {
      title: 'bytes that are no UTF-8',
      body: new Uint8Array([0x22, 0xff, 0x22]),
      said: /^unreadable_body .* not UTF-8/,
    },
    { title: 'a list', body: bytes([event]), said: /^invalid_event an event is a JSON object/ },
    { title: 'null', body: bytes('null'), said: /^invalid_event an event is a JSON object/ },
    {
      title: '5,000 levels of data',
      body: bytes(`{"data": ${'['.repeat(5000)}${']'.repeat(5000)}}`),
      said: /^unreadable_body .* more than 100 levels deep/,
    },
  ]) {
    test(`that is ${title} is refused`, () => {
      expect(refusal(() => readStructured(body))).toEqual([expect.stringMatching(said)])
    })
  }

  test('with brackets and quotes in its texts is not deep', () => {
    const data = { text: `\\"${'[{'.repeat(500)}` }
    expect(readStructured(bytes({ ...event, data })).data).toEqual(data)
  })
})

describe('a binary event', () => {
  const headers = {
    'ce-specversion': '1.0',
    'ce-id': 'trigger-1',
    'ce-source': 'shipyard-controller',
    'ce-type': 'sh.keptn.event.evaluation.triggered',
    'x-other': 'no attribute',
  }
  const json = 'application/json; charset=utf-8'

  test('is what the structured one is', () => {
    const structured = readStructured(bytes({ ...event, datacontenttype: json, data: { a: 1 } }))
    expect(readBinary(headers, json, bytes({ a: 1 }))).toEqual(structured)
  })

  test('has no data when its body is empty', () => {
    expect(readBinary(headers, json, new Uint8Array()).data).toBeUndefined()
  })

  test('has its attributes percent-coded', () => {
    const { attributes, id } = readBinary(
      { ...headers, 'ce-id': '100%25', 'ce-subject': 'Euro%20%E2%82%AC' },
      json,
      bytes('1'),
    )
    expect(id).toBe('100%')
    expect(attributes['subject']).toBe('Euro €')
  })

  for (const { value, text } of [
    { value: '"in quotes"', text: 'in quotes' },
    { value: String.raw`"a \"quoted\" \\ text"`, text: String.raw`a "quoted" \ text` },
    { value: '"Euro%20%E2%82%AC"', text: 'Euro €' },
    { value: '%22not%20quoted%22', text: '"not quoted"' },
    { value: '"only at the front', text: '"only at the front' },
    { value: 'say "hello" twice', text: 'say "hello" twice' },
    { value: '"one" and "two"', text: '"one" and "two"' },
    { value: String.raw`"ends in a backslash\"`, text: String.raw`"ends in a backslash\"` },
    { value: '%41%e2%82%ac', text: 'A€' },
    { value: '%2541', text: '%41' },
    { value: '50%', text: '50%' },
    { value: '50% of %20', text: '50% of %20' },
    { value: '"50% off"', text: '50% off' },
    { value: '%zz', text: '%zz' },
    { value: '%FF', text: '%FF' },
    { value: '%C0%A0', text: '%C0%A0' },
    { value: 'caf\u00e9', text: 'café' },
    { value: 'Euro €', text: 'Euro €' },
  ]) {
    test(`with the subject ${value} has ${text} as its subject`, () => {
      const read = readBinary({ ...headers, 'ce-subject': value }, json, bytes('{}'))
      expect(read.attributes['subject']).toBe(text)
    })
  }

  test('may have quotes around what is required, or a lone % in it', () => {
    const quoted = { 'ce-specversion': '"1.0"', 'ce-source': '"gh"', 'ce-id': '100%' }
    expect(readBinary({ ...headers, ...quoted }, json, bytes('{}'))).toMatchObject({ source: 'gh', id: '100%' })
  })

  for (const name of ['specversion', 'id', 'source', 'type']) {
    test(`with a required ${name} that is percent-coded, but not UTF-8, is refused`, () => {
      expect(refusal(() => readBinary({ ...headers, [`ce-${name}`]: 'a%C0%A0' }, json, bytes('{}')))).toEqual([
        `invalid_event /${name} the header ce-${name} is percent-coded, but not in UTF-8`,
      ])
    })
  }

  for (const { title, part, attribute } of [
    { title: 'a lone %', part: { subject: '50% done' }, attribute: { subject: '50% done' } },
    {
      title: 'a lone % in its URIs',
      part: { source: '/ci/100%', dataschema: 'https://a.example/50%' },
      attribute: { source: '/ci/100%', dataschema: 'https://a.example/50%' },
    },
    { title: 'quotes', part: { subject: 'say "hello"' }, attribute: { subject: 'say "hello"' } },
    { title: 'a number', part: { retries: 2 }, attribute: { retries: '2' } },
    { title: 'a truth value', part: { sampled: true }, attribute: { sampled: 'true' } },
    { title: 'letters of Latin-1', part: { subject: 'café' }, attribute: { subject: 'café' } },
  ]) {
    test(`as the JavaScript SDK sends it is read with ${title}`, () => {
      const sent = HTTP.binary(new CloudEvent({ ...event, ...part, data: { a: 1 } }, false))
      const texts = Object.entries(sent.headers).map(([name, value]) => [name, String(value)])
      const read = readBinary(Object.fromEntries(texts), json, bytes(String(sent.body)))
      expect(read).toMatchObject({ id: event.id, data: { a: 1 } })
      expect(read.attributes).toMatchObject(attribute)
    })
  }

  test('with an attribute twice is refused, and with data among its headers', () => {
    const twice = { ...headers, 'ce-id': ['a', 'b'], 'ce-data_base64': 'e30=' }
    expect(refusal(() => readBinary(twice, json, bytes('{}')))).toEqual([
      'invalid_event /id the header ce-id appears 2 times',
      'invalid_event /data_base64 the header ce-data_base64 is no attribute: data is the body',
    ])
  })

  test('with a name that objects have already is refused like any other', () => {
    expect(refusal(() => readBinary({ ...headers, 'ce-__proto__': 'x' }, json, bytes('{}')))).toEqual([
      expect.stringMatching(/^invalid_event \/__proto__ is no name of an attribute/),
    ])
  })

  test('without an id is refused', () => {
    expect(refusal(() => readBinary({ ...headers, 'ce-id': undefined }, json, bytes('{}')))).toEqual([
      'invalid_event /id id is missing',
    ])
  })
})
