import { expect, test } from 'vitest'
import { placeholderValues, resolvePlaceholders } from '../../../slo/index.ts'
import { ask, open, serve, series, times, window } from './asking.ts'

const wanted = 'calc:x:filter(eq(Team,"R&D")):splitBy():avg'

/** What reaches the environment, decoded as a server decodes it. */
async function parametersAsked(query: string, labels: Readonly<Record<string, string>> = {}) {
  const server = await serve([])
  const instance = open({ url: server.url })
  const values = placeholderValues({
    project: 'shop',
    stage: 'prod',
    service: 's',
    labels,
    filter: [],
    environment: {},
    window,
  })
  const resolved = resolvePlaceholders(query, values, (value, place) => instance.escape(value, place))
  if (resolved.kind === 'unresolved') throw new Error(resolved.problems.join('; '))
  await ask(instance, [resolved.query])
  const [request = ''] = server.requests
  return Object.fromEntries(new URL(request, server.url).searchParams)
}

for (const { title, query, labels = {} } of [
  { title: 'written as %26', query: 'metricSelector=calc:x:filter(eq(Team,"R%26D")):splitBy():avg' },
  {
    title: 'in a label',
    query: 'metricSelector=calc:x:filter(eq(Team,"$LABEL.team")):splitBy():avg',
    labels: { team: 'R&D' },
  },
  { title: 'after MV2;', query: 'MV2;Byte;metricSelector=calc:x:filter(eq(Team,"R%26D")):splitBy():avg' },
  { title: 'in the older form', query: 'calc:x:filter(eq(Team,"R%26D")):splitBy():avg' },
]) {
  test(`an & ${title} is a character of the selector`, async () => {
    expect(await parametersAsked(query, labels)).toEqual({ metricSelector: wanted, resolution: 'Inf', ...times })
  })
}

test('the value of that selector is measured, and the query is shown as it was sent', async () => {
  const parameters = { metricSelector: wanted, resolution: 'Inf', ...times }
  const server = await serve([{ path: '/api/v2/metrics/query', parameters, body: series('Inf', [7]) }])
  const [reply] = await ask(open({ url: server.url }), ['metricSelector=calc:x:filter(eq(Team,"R%26D")):splitBy():avg'])
  expect(reply).toMatchObject({ outcome: 'measured', value: 7, query: expect.stringContaining('%22R%26D%22') })
})

test('an & is a character of every selector', async () => {
  const query = 'metricSelector=a&entitySelector=type(SERVICE),entityName("R%26D")&mzSelector=mzName("R%26D")'
  expect(await parametersAsked(query)).toMatchObject({
    entitySelector: 'type(SERVICE),entityName("R&D")',
    mzSelector: 'mzName("R&D")',
  })
  expect(await parametersAsked('PV2;problemSelector=managementZones("R%26D")')).toMatchObject({
    problemSelector: 'managementZones("R&D")',
  })
  expect(await parametersAsked('a:avg?scope=tag("R%26D")')).toMatchObject({
    entitySelector: 'tag("R&D"),type(SERVICE)',
  })
})

test('in a query of user sessions, % and & are characters already', async () => {
  const usql = 'SELECT avg(duration) FROM usersession WHERE city = "R%26D" AND region = "A&B"'
  expect(await parametersAsked(`USQL;SINGLE_VALUE;;${usql}`)).toMatchObject({ query: usql })
})

for (const { written, sent } of [
  { written: 'R%2526D', sent: 'R%26D' },
  { written: '100 %', sent: '100 %' },
  { written: '%20%2f%', sent: '%20%2f%' },
]) {
  test(`${written} is sent as ${sent}: %25 is a %, and every other % is itself`, async () => {
    const query = `metricSelector=a:filter(eq(Team,"${written}"))`
    expect(await parametersAsked(query)).toMatchObject({ metricSelector: `a:filter(eq(Team,"${sent}"))` })
  })
}

for (const team of ['R&D', '&', '%26', '%', '%2526', 'a&resolution=1h', '"&~']) {
  test(`the label ${team} asks for itself, and for nothing else`, async () => {
    const { metricSelector, ...others } = await parametersAsked('metricSelector=a:filter(eq(t,"$LABEL.team"))', {
      team,
    })
    expect(metricSelector).toBe(`a:filter(eq(t,"${team.replaceAll(/[~"]/g, '~$&')}"))`)
    expect(others).toEqual({ resolution: 'Inf', ...times })
  })
}

test('what a label ends with does not join the text after it', async () => {
  const { metricSelector } = await parametersAsked('metricSelector=a:filter(eq(t,"${LABEL.team}26"))', { team: 'x%' })
  expect(metricSelector).toBe('a:filter(eq(t,"x%26"))')
})

test('a literal & between quotes is still refused, with what to write instead', async () => {
  const server = await serve([])
  const [reply] = await ask(open({ url: server.url }), ['metricSelector=calc:x:filter(eq(Team,"R&D")):avg'])
  expect(reply).toMatchObject({
    outcome: 'bad_query',
    message: expect.stringContaining('write & within a value as %26'),
  })
  expect(server.requests).toEqual([])
})
