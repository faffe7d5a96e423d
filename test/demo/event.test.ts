import { expect, test } from 'vitest'
import { shownEvent } from '../../demo/event.ts'

const event = {
  specversion: '1.0',
  id: '246714f2-cf92-5f24-a57f-e15d7720d59a',
  data: {
    project: 'shop',
    labels: { version: '0.1' },
    evaluation: {
      score: 100,
      sloFileContent: 'x'.repeat(500),
      indicatorResults: [{ score: 1 }],
      comparedEvents: ['a'],
    },
  },
}

test('as many fields as fit stand in a line, what is shortened says so', () => {
  expect(shownEvent(event, 70)).toEqual([
    '{',
    '  "specversion": "1.0", "id": "246714f2-cf92-5f24-a57f-e15d7720d59a",',
    '  "data": {',
    '    "project": "shop", "labels": {"version":"0.1"},',
    '    "evaluation": {',
    '      "score": 100,',
    `      "sloFileContent": "${'x'.repeat(40)}… (500 characters)",`,
    '      "indicatorResults": "… (1 entry)", "comparedEvents": ["a"]',
    '    }',
    '  }',
    '}',
  ])
})

test('what is shown is JSON again, with every field', () => {
  const shown: unknown = JSON.parse(shownEvent(event, 80).join('\n'))
  expect(shown).toMatchObject({
    specversion: '1.0',
    id: event.id,
    data: { project: 'shop', evaluation: { score: 100 } },
  })
})
