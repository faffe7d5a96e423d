import { nearestWord } from '../near-miss.ts'
import { isNull } from '../yaml-tree.ts'
import { usedNames, withoutProvider } from './names.ts'
import { below, named, offsetOf, placedObjectives } from './place.ts'
import type { Found, Rule, SliText, Subject } from './rule.ts'

const slo = (objectives: string, total = '{pass: "90%"}'): string =>
  `objectives: [${objectives}]\ntotal_score: ${total}\n`
const a = '{sli: a, pass: [{criteria: ["<5"]}]}'

function duplicates(subject: Subject): readonly Found[] {
  const weighing = new Map<string, boolean>()
  return placedObjectives(subject).flatMap((placed) => {
    const { indicator, pass } = placed.objective
    const before = weighing.get(indicator)
    weighing.set(indicator, before === true || pass.length > 0)
    if (before === undefined || indicator === '') return []
    const effect = before && pass.length > 0 ? 'so the same value counts twice' : 'and both have the same value'
    const message = `${indicator} already has an objective, ${effect}`
    return [{ at: offsetOf(placed, 'sli'), message, fix: 'combine the criteria in one objective', indicator }]
  })
}

function blanks(subject: Subject): readonly Found[] {
  return placedObjectives(subject)
    .filter(({ objective }) => objective.indicator !== objective.indicator.trim())
    .map((placed) => ({
      at: offsetOf(placed, 'sli'),
      message: `the name ${JSON.stringify(placed.objective.indicator)} begins or ends with white space, which is part of the name`,
      fix: `write ${placed.objective.indicator.trim()}`,
      indicator: placed.objective.indicator,
    }))
}

function nullObjectives({ slo: { root } }: Subject): readonly Found[] {
  const list = below(root, 'objectives')
  const empty = list?.kind === 'list' ? list.items.filter((item) => isNull(item)) : []
  return empty.map(({ at }) => ({ at, message: 'this empty entry of objectives is ignored', fix: 'remove it' }))
}

function allInformational(subject: Subject): readonly Found[] {
  const { objectives, gate } = subject.slo.content
  if (gate === 'none' || objectives.length === 0 || objectives.some(({ pass }) => pass.length > 0)) return []
  const at = below(subject.slo.root, 'objectives')?.at ?? 0
  const message =
    'no objective has pass criteria, so nothing is gated: the score is always 100, and the result is a warning unless the policy ungated says otherwise'
  return [
    {
      at,
      message,
      fix: 'add pass criteria to an objective, or write x-gate: none at the root if nothing should be gated',
    },
  ]
}

function everythingPasses({ slo: { root, content } }: Subject): readonly Found[] {
  if (content.totalScore.pass > 0) return []
  const at = below(root, 'total_score', 'pass')?.at ?? 0
  const message = 'every build reaches the score of 0 that a pass needs; only a failed key objective can prevent a pass'
  return [{ at, message, fix: 'write the minimum score for a pass, such as "90%"' }]
}

function equalThresholds({ slo: { root, content } }: Subject): readonly Found[] {
  const { pass, warning } = content.totalScore
  if (warning !== pass || pass === 0) return []
  const at = below(root, 'total_score', 'warning')?.at ?? 0
  return [
    {
      at,
      message: `a warning needs the same score as a pass, ${warning}, so it never occurs`,
      fix: 'write a lower score',
    },
  ]
}

/** 0.9 most likely means 90 per cent. */
function fractionalThreshold({ slo: { root, content } }: Subject): readonly Found[] {
  const { pass } = content.totalScore
  if (pass <= 0 || pass > 1) return []
  const at = below(root, 'total_score', 'pass')?.at ?? 0
  const message = `a pass needs a score of only ${pass} out of 100, which nearly every build reaches`
  return [{ at, message, fix: `write "${pass * 100}%" if that was intended` }]
}

function secondDocument({ text, slo: { root } }: Subject): readonly Found[] {
  const at = text.slice(root.at).search(/^(?:---|\.\.\.)(?:\s|$)/m)
  const next = at < 0 ? '' : text.slice(root.at + at + '---'.length)
  if (next.replaceAll(/^[ \t]*#.*$/gm, '').trim() === '') return []
  const message = 'only the first YAML document of a file is read; the rest has no effect'
  return [{ at: root.at + at, message, fix: 'move the second document to a separate file' }]
}

/** How many pairs of names are compared: not each of a thousand missing indicators needs a suggestion. */
const comparedNamesMax = 20_000

function missingIndicators(subject: Subject): readonly Found[] {
  const known = [...new Set(subject.slis.flatMap(({ reading }) => [...reading.queries.keys()]))]
  // Files without any indicators are reported once, by no_indicators.
  if (known.length === 0) return []
  const isKnown = new Set(known)
  return placedObjectives(subject)
    .filter(
      ({ objective: { indicator } }) =>
        indicator !== '' && !isKnown.has(indicator) && !isKnown.has(withoutProvider(indicator)),
    )
    .flatMap((placed, place) => {
      const isCompared = place === 0 || (place + 1) * known.length <= comparedNamesMax
      const meant = isCompared ? nearestWord(placed.objective.indicator, known) : undefined
      const fix =
        meant === undefined ? `define it in ${subject.slis.map(({ file }) => file).join(' or ')}` : `write ${meant}`
      const message = `the indicator ${JSON.stringify(named(placed.objective))} is not defined`
      // It may be in a file that could not be read.
      return meant === undefined && !subject.hasAllSlis ? [] : [{ at: offsetOf(placed, 'sli'), message, fix }]
    })
}

function unusedIndicators(subject: Subject): readonly Found[] {
  const used = usedNames(subject)
  return subject.slis.flatMap((sli) =>
    [...sli.reading.queries]
      .filter(([name]) => !used.has(name))
      .map(([name, { at }]) => ({
        sli,
        at,
        message: `no objective uses the indicator ${JSON.stringify(name)}, so it is not measured`,
        fix: 'add an objective for it, without criteria if it is only for information',
      })),
  )
}

/** `$LABEL.build` is a part of `$LABEL.buildId`. */
function labelPrefixes(subject: Subject): readonly Found[] {
  const used = usedNames(subject)
  return subject.slis.flatMap((sli: SliText) =>
    [...sli.reading.queries].flatMap(([name, { query, at }]) => {
      if (!used.has(name)) return []
      // When sorted, a name that begins with a label comes right after that label.
      const labels = [...new Set(query.match(/\$LABEL\.\w+(?:-+\w+)*/g) ?? [])].toSorted()
      const place = labels.findIndex((label, own) => labels[own + 1]?.startsWith(label))
      const [short, long] = [labels[place], labels[place + 1]]
      if (short === undefined || long === undefined) return []
      const message = `${short} is a prefix of ${long}: Pharos uses the longest name, but in Keptn the choice was random`
      const fix = `write \${${short.slice(1)}}, or rename one of the labels`
      return [{ sli, at, message, fix, indicator: name }]
    }),
  )
}

const up = (...names: readonly string[]): string => `indicators: {${names.map((name) => `${name}: up`).join(', ')}}\n`

export const objectiveRules: readonly Rule[] = [
  {
    id: 'duplicate_sli',
    severity: 'warning',
    summary: 'Two objectives with the same indicator are judged by the same value, which counts twice.',
    find: duplicates,
    bad: { slo: slo(`${a}, {sli: a, pass: [{criteria: [">1"]}]}`) },
    good: { slo: slo('{sli: a, pass: [{criteria: ["<5", ">1"]}]}') },
  },
  {
    id: 'sli_blank',
    severity: 'warning',
    summary: 'White space at the beginning or end of an indicator is part of its name.',
    find: blanks,
    bad: { slo: slo('{sli: "a ", pass: [{criteria: ["<5"]}]}') },
    good: { slo: slo(a) },
  },
  {
    id: 'objective_null',
    severity: 'info',
    summary: 'An empty entry in the list of objectives is ignored.',
    find: nullObjectives,
    bad: { slo: 'objectives:\n  -\n  - {sli: a, pass: [{criteria: ["<5"]}]}\ntotal_score: {pass: "90%"}\n' },
    good: { slo: slo(a) },
  },
  {
    id: 'all_informational',
    severity: 'warning',
    summary:
      'If no objective has pass criteria, nothing is gated, and the policy `ungated` decides the result, which is a warning by default. If that is intended, write `x-gate: none` at the root of the SLO.',
    find: allInformational,
    bad: { slo: slo('{sli: a}, {sli: b}') },
    good: { slo: `x-gate: none\n${slo('{sli: a}, {sli: b}')}` },
  },
  {
    id: 'pass_at_zero',
    severity: 'warning',
    summary: 'Every build reaches a score of 0.',
    find: everythingPasses,
    bad: { slo: slo(a, '{pass: "0%"}') },
    good: { slo: slo(a, '{pass: "90%"}') },
  },
  {
    id: 'pass_as_fraction',
    severity: 'warning',
    summary: 'Scores range from 0 to 100, so 0.9 means 0.9 %.',
    find: fractionalThreshold,
    bad: { slo: slo(a, '{pass: 0.9}') },
    good: { slo: slo(a, '{pass: 90}') },
  },
  {
    id: 'warning_equals_pass',
    severity: 'warning',
    summary: 'If a warning needs the same score as a pass, it never occurs.',
    find: equalThresholds,
    bad: { slo: slo(a, '{pass: "90%", warning: "90%"}') },
    good: { slo: slo(a, '{pass: "90%", warning: "75%"}') },
  },
  {
    id: 'second_document',
    severity: 'warning',
    summary: 'Only the first YAML document of a file is read.',
    find: secondDocument,
    bad: { slo: `${slo(a)}---\n${slo(a)}` },
    good: { slo: `---\n${slo(a)}` },
  },
  {
    id: 'indicator_missing',
    severity: 'warning',
    summary: 'An objective cannot be measured if its indicator is not defined.',
    find: missingIndicators,
    bad: { slo: slo('{sli: eror_rate, pass: [{criteria: ["<5"]}]}, {sli: error_rate}'), sli: up('error_rate') },
    good: { slo: slo('{sli: error_rate, pass: [{criteria: ["<5"]}]}'), sli: up('error_rate') },
  },
  {
    id: 'indicator_unused',
    severity: 'info',
    summary: 'An indicator that no objective uses is not measured.',
    find: unusedIndicators,
    bad: { slo: slo(a), sli: up('a', 'b') },
    good: { slo: slo(`${a}, {sli: b}`), sli: up('a', 'b') },
  },
  {
    id: 'label_prefix',
    severity: 'warning',
    summary:
      'A label whose name is a prefix of another (`$LABEL.build`, `$LABEL.buildId`) can be mistaken for part of it.',
    find: labelPrefixes,
    bad: { slo: slo(a), sli: 'indicators: {a: "x{b=\\"$LABEL.build\\", c=\\"$LABEL.buildId\\"}"}\n' },
    good: { slo: slo(a), sli: 'indicators: {a: "x{b=\\"$LABEL.build\\", c=\\"$LABEL.commit\\"}"}\n' },
  },
]
