import { chmod, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  loadDefinition,
  type Definition,
  type DefinitionDeps,
  type DefinitionRequest,
} from '../../../src/definitions/load.ts'
import { createRepositories } from '../../../src/definitions/repositories.ts'
import { PharosError } from '../../../src/base/errors.ts'
import { folderOf } from '../../support/definitions.ts'
import { commitAll, git } from '../../support/git.ts'

const service = { project: 'shop', stage: 'prod', service: 'carts' }

const sloOf = (indicator: string): string =>
  `objectives: [{sli: ${indicator}, pass: [{criteria: ["<1"]}]}]\ntotal_score: {pass: 90}\n`
const sliOf = (indicator: string, query = 'up'): string => `indicators: {${indicator}: ${query}}\n`

const tree = {
  'shop/slo.yaml': sloOf('a'),
  'shop/prometheus/sli.yaml': sliOf('a', 'old'),
  'shop/project.yaml': 'policies: {noBaseline: fail}\n',
}

async function write(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
}

const environment = { PATH: process.env['PATH'], GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' }

function depsOf(root: string, given: Readonly<Record<string, string | undefined>> = environment): DefinitionDeps {
  const repositories = createRepositories(given, () => 0)
  return {
    root,
    repositories,
    providers: ['prometheus'],
    defaultProvider: 'prometheus',
    optionMistakes: () => () => [],
  }
}

function load(root: string, request: Partial<DefinitionRequest> = {}, deps = depsOf(root)): Promise<Definition> {
  return loadDefinition(
    { service, sloText: undefined, pushedMetrics: [], gitCommitId: undefined, ...request },
    { ...deps },
  )
}

async function refusal(...args: Parameters<typeof load>): Promise<PharosError> {
  try {
    await load(...args)
  } catch (error) {
    if (error instanceof PharosError) return error
    throw error
  }
  throw new Error('the definition was accepted')
}

const queries = ({ answers }: Definition): readonly string[] =>
  answers.map((answer) => (answer.kind === 'asked' ? answer.definition : answer.kind))

describe('a commit that the request names', () => {
  test('is read from its objects, whatever the work tree holds', async () => {
    const root = await folderOf({
      ...tree,
      'shop/computed/sli.yaml': sliOf('half', 'a / 2'),
      'shop/prometheus/options.yaml': 'indicators: {a: {onEmpty: 1}}\n',
    })
    const old = commitAll(root)
    await write(root, {
      'shop/slo.yaml': sloOf('b'),
      'shop/prometheus/sli.yaml': sliOf('b', 'new'),
      'shop/project.yaml': 'policies: {noBaseline: warning}\n',
      'shop/prometheus/options.yaml': 'indicators: {a: {onEmpty: 2}}\n',
      'shop/prod/carts/slo.yaml': sloOf('c'),
    })
    commitAll(root)
    await write(root, { 'shop/slo.yaml': 'no SLO at all', 'shop/project.yaml': 'nonsense: true' })
    const definition = await load(root, { gitCommitId: old })
    expect(definition).toMatchObject({
      gitCommit: old,
      warnings: [],
      sloSource: 'shop/slo.yaml',
      sloText: sloOf('a'),
      policies: { noBaseline: 'fail' },
      answers: [{ definition: 'old', options: { onEmpty: 1 } }],
    })
    const formula = await load(root, { gitCommitId: old, sloText: sloOf('half') })
    expect(formula).toMatchObject({ gitCommit: old, answers: [{ kind: 'computed', definition: 'a / 2' }] })
  })

  test('may be abbreviated, and is recorded in full', async () => {
    const root = await folderOf(tree)
    const commit = commitAll(root)
    for (const length of [7, 12, 39]) {
      expect((await load(root, { gitCommitId: commit.slice(0, length) })).gitCommit).toBe(commit)
    }
  })

  test('that is on no branch any more, and one that is newer than the work tree, are read too', async () => {
    const root = await folderOf(tree)
    const first = commitAll(root)
    await write(root, { 'shop/slo.yaml': sloOf('b'), 'shop/prometheus/sli.yaml': sliOf('b') })
    const second = commitAll(root)
    git(root, 'reset', '--quiet', '--hard', first)
    expect(await load(root, { gitCommitId: second })).toMatchObject({ gitCommit: second, sloText: sloOf('b') })
  })

  test('of a SHA-256 repository is read', async () => {
    const root = await folderOf(tree)
    const commit = commitAll(root, '--object-format=sha256')
    expect(commit).toHaveLength(64)
    expect(await load(root, { gitCommitId: commit })).toMatchObject({ gitCommit: commit, warnings: [] })
  })

  test('that is not in the repository is refused, and so is anything but a commit', async () => {
    const root = await folderOf(tree)
    const commit = commitAll(root)
    git(root, 'branch', 'deadbeef')
    const blob = git(root, 'rev-parse', 'HEAD:shop/slo.yaml')
    const folder = git(root, 'rev-parse', 'HEAD:shop')
    const unreadable = [
      'f'.repeat(40),
      'f'.repeat(64),
      blob,
      folder,
      'deadbeef',
      'HEAD',
      'main',
      '--all',
      `${commit}~0`,
    ]
    for (const gitCommitId of [...unreadable, `${commit}:shop`, '']) {
      expect(await refusal(root, { gitCommitId })).toMatchObject({
        code: 'commit_unreadable',
        message: expect.stringMatching(/^commit ".*" is not in the git repository of the definitions \(the root\)/),
      })
    }
  })

  test('of definitions outside a repository is refused', async () => {
    const root = await folderOf(tree)
    for (const sloText of [undefined, sloOf('a')]) {
      expect(await refusal(root, { gitCommitId: 'f'.repeat(40), sloText })).toMatchObject({
        code: 'commit_unreadable',
        message: expect.stringContaining('the definitions of shop/prod/carts are not in a git repository'),
      })
    }
  })

  test('where files are missing, they are missing as from a folder', async () => {
    const root = await folderOf({ 'shop/readme.txt': '' })
    const first = commitAll(root)
    await write(root, tree)
    commitAll(root)
    expect(await refusal(root, { gitCommitId: first })).toMatchObject({ code: 'slo_not_found' })
  })

  test('follows links within it, and none that lead out of it', async () => {
    const root = await folderOf({ ...tree, 'common/strict.yaml': sloOf('a') })
    await mkdir(join(root, 'shop/prod/carts'), { recursive: true })
    await symlink('../../../common/strict.yaml', join(root, 'shop/prod/carts/slo.yaml'))
    await symlink('prod', join(root, 'shop/live'))
    const within = commitAll(root)
    const linked = await load(root, { gitCommitId: within })
    expect(linked).toMatchObject({ sloSource: 'shop/prod/carts/slo.yaml', sloText: sloOf('a') })
    const live = { ...service, stage: 'live' }
    expect(await load(root, { gitCommitId: within, service: live })).toMatchObject({
      sloSource: 'shop/live/carts/slo.yaml',
    })

    const secret = await folderOf({ 'secret.yaml': sloOf('a') })
    for (const target of [join(secret, 'secret.yaml'), '../../../../secret.yaml']) {
      await rm(join(root, 'shop/prod/carts/slo.yaml'))
      await symlink(target, join(root, 'shop/prod/carts/slo.yaml'))
      const out = commitAll(root)
      expect(await refusal(root, { gitCommitId: out })).toMatchObject({
        code: 'slo_invalid',
        mistakes: [
          { file: 'shop/prod/carts/slo.yaml', message: 'the file is a link that leads out of the repository' },
        ],
      })
    }
  })

  test('does not fall back to a wider file if the narrow one cannot be read', async () => {
    const root = await folderOf({ ...tree, 'shop/prod/slo.yaml': sloOf('b') })
    await mkdir(join(root, 'shop/prod/carts/slo.yaml'), { recursive: true })
    await write(root, { 'shop/prod/carts/slo.yaml/keep': '' })
    const folder = commitAll(root)
    expect((await refusal(root, { gitCommitId: folder })).mistakes).toMatchObject([
      { message: 'the file is not a regular file' },
    ])

    await rm(join(root, 'shop/prod/carts'), { recursive: true })
    await write(root, { 'shop/prod/carts/slo.yaml': `# ${'x'.repeat(5 * 1024 * 1024)}\n` })
    const large = commitAll(root)
    expect((await refusal(root, { gitCommitId: large })).mistakes[0]?.message).toMatch(/at most 4194304 are read/)

    await write(root, { 'shop/prod/carts/slo.yaml': sloOf('lost') })
    const lost = commitAll(root)
    const blob = git(root, 'rev-parse', 'HEAD:shop/prod/carts/slo.yaml')
    await rename(join(root, '.git/objects', blob.slice(0, 2), blob.slice(2)), join(root, 'elsewhere'))
    expect((await refusal(root, { gitCommitId: lost })).mistakes).toMatchObject([
      { message: 'the file is in the commit, but its content is missing from the repository' },
    ])
  })
})

describe('the repository of the folder that is read', () => {
  test('may be a clone for each project', async () => {
    const root = await folderOf({ ...tree, 'bank/slo.yaml': sloOf('b') })
    const shop = commitAll(join(root, 'shop'))
    const bank = commitAll(join(root, 'bank'))
    expect(await load(root)).toMatchObject({ gitCommit: shop, warnings: [] })
    expect((await load(root, { service: { ...service, project: 'bank' } })).gitCommit).toBe(bank)
    expect(await load(root, { gitCommitId: shop })).toMatchObject({ gitCommit: shop, sloSource: 'shop/slo.yaml' })
    for (const gitCommitId of [bank, 'a'.repeat(40)]) {
      expect(await refusal(root, { gitCommitId })).toMatchObject({ code: 'commit_unreadable' })
    }
  })

  test('may be a work tree for each stage, next to project files outside a repository', async () => {
    const origin = await folderOf({ 'carts/slo.yaml': sloOf('a'), 'prometheus/sli.yaml': sliOf('a', 'old') })
    const old = commitAll(origin)
    await write(origin, { 'prometheus/sli.yaml': sliOf('a', 'new') })
    const head = commitAll(origin)
    const root = await folderOf({ 'shop/project.yaml': 'policies: {noBaseline: fail}\n' })
    git(origin, 'worktree', 'add', '--quiet', '-b', 'prod', join(root, 'shop/prod'))
    const warnings = [
      {
        code: 'commit_unknown',
        message: 'shop/project.yaml is read from outside the git repository whose commit is recorded (shop/prod).',
        files: ['shop/project.yaml'],
      },
    ]
    const now = await load(root)
    expect([now.gitCommit, queries(now), now.warnings]).toEqual([head, ['new'], warnings])
    const then = await load(root, { gitCommitId: old })
    expect([then.gitCommit, queries(then), then.warnings]).toEqual([old, ['old'], warnings])
  })

  test('is the stage’s where a work tree lies in that of the project, and a named commit decides whose it is', async () => {
    const root = await folderOf({ 'shop/slo.yaml': sloOf('a'), 'shop/prometheus/sli.yaml': sliOf('a', 'project') })
    const shop = join(root, 'shop')
    const main = commitAll(shop)
    git(shop, 'checkout', '--quiet', '--orphan', 'prod')
    await write(root, { 'shop/slo.yaml': sloOf('a'), 'shop/prometheus/sli.yaml': sliOf('a', 'stage') })
    const prod = commitAll(shop)
    git(shop, 'checkout', '--quiet', 'main')
    git(shop, 'worktree', 'add', '--quiet', 'prod', 'prod')
    for (const { gitCommitId, commit, query, slo } of [
      { gitCommitId: undefined, commit: prod, query: 'stage', slo: 'shop/prod/slo.yaml' },
      { gitCommitId: prod, commit: prod, query: 'stage', slo: 'shop/prod/slo.yaml' },
    ]) {
      const definition = await load(root, { gitCommitId })
      expect([definition.gitCommit, definition.sloSource, queries(definition)]).toEqual([commit, slo, [query]])
    }
    expect(await refusal(root, { gitCommitId: main })).toMatchObject({
      code: 'commit_unreadable',
      message: expect.stringContaining('does not apply: shop/prod/slo.yaml is outside its git repository (shop)'),
    })
    const dev = await load(root, { service: { ...service, stage: 'dev' } })
    expect([dev.gitCommit, queries(dev)]).toEqual([main, ['project']])
  })

  test('is found through a root that is a link, and for a stage that the work tree does not hold', async () => {
    const folder = await folderOf({ 'checkout/slo/shop/prod/slo.yaml': sloOf('a'), ...tree })
    const old = commitAll(join(folder, 'checkout'))
    await rm(join(folder, 'checkout/slo/shop/prod'), { recursive: true })
    await write(folder, { 'checkout/slo/shop/readme.txt': '' })
    const head = commitAll(join(folder, 'checkout'))
    const root = join(folder, 'current')
    await symlink('checkout/slo', root)
    const request = { sloText: undefined, pushedMetrics: ['a'] }
    expect(await load(root, { ...request, gitCommitId: old })).toMatchObject({ gitCommit: old })
    expect((await load(root, { sloText: sloOf('a'), pushedMetrics: ['a'] })).gitCommit).toBe(head)
  })
})

describe('definitions that differ from the commit', () => {
  test('are recorded as dirty, and only where this evaluation read them', async () => {
    const root = await folderOf({ ...tree, 'shop/prod/orders/slo.yaml': sloOf('a'), 'bank/slo.yaml': sloOf('b') })
    const commit = commitAll(root)
    const deps = depsOf(root)
    const state = async () => {
      const { gitCommit, warnings } = await load(root, {}, deps)
      return { gitCommit, files: warnings.map(({ code, files }) => [code, files]) }
    }
    expect(await state()).toEqual({ gitCommit: commit, files: [] })
    await write(root, { 'bank/slo.yaml': sloOf('z'), 'shop/prod/orders/slo.yaml': sloOf('z'), 'shop/readme.txt': '' })
    expect(await state()).toEqual({ gitCommit: commit, files: [] })
    await write(root, { 'shop/prometheus/sli.yaml': sliOf('a', 'new'), 'shop/prod/slo.yaml': sloOf('a') })
    const dirty = {
      gitCommit: `${commit}-dirty`,
      files: [['definitions_dirty', ['shop/prod/slo.yaml', 'shop/prometheus/sli.yaml']]],
    }
    expect(await state()).toEqual(dirty)
    git(root, 'add', '.')
    expect(await state()).toEqual(dirty)
    const next = commitAll(root)
    expect(await state()).toEqual({ gitCommit: next, files: [] })
    await rm(join(root, 'shop/prod/slo.yaml'))
    expect(await state()).toEqual({
      gitCommit: `${next}-dirty`,
      files: [['definitions_dirty', ['shop/prod/slo.yaml']]],
    })
  })

  test('are named, each with its change', async () => {
    const root = await folderOf({ ...tree, 'shop/prod/slo.yaml': sloOf('a') })
    const commit = commitAll(root)
    await write(root, { 'shop/project.yaml': '', 'shop/prod/prometheus/sli.yaml': sliOf('a', 'new') })
    await rm(join(root, 'shop/prod/slo.yaml'))
    expect((await load(root)).warnings).toEqual([
      {
        code: 'definitions_dirty',
        message: `The definitions are not those of commit ${commit}: shop/prod/prometheus/sli.yaml is not committed, shop/prod/slo.yaml is deleted, shop/project.yaml is changed.`,
        files: ['shop/prod/prometheus/sli.yaml', 'shop/prod/slo.yaml', 'shop/project.yaml'],
      },
    ])
  })

  test('a file that git ignores is not committed either', async () => {
    const root = await folderOf({ ...tree, '.gitignore': 'project.yaml\n' })
    const commit = commitAll(root)
    expect(await load(root)).toMatchObject({
      gitCommit: `${commit}-dirty`,
      warnings: [{ files: ['shop/project.yaml'] }],
    })
  })

  test('line endings that git converts make no difference', async () => {
    const root = await folderOf({ ...tree, '.gitattributes': '*.yaml text eol=crlf\n' })
    const commit = commitAll(root)
    await write(root, { 'shop/slo.yaml': sloOf('a').replaceAll('\n', '\r\n') })
    expect(await load(root)).toMatchObject({ gitCommit: commit, warnings: [] })
  })

  test('a link that leads elsewhere makes a difference, one to a changed file too', async () => {
    const root = await folderOf({ 'common/slo.yaml': sloOf('a'), 'shop/prometheus/sli.yaml': sliOf('a') })
    await symlink('../common/slo.yaml', join(root, 'shop/slo.yaml'))
    const commit = commitAll(root)
    expect((await load(root)).gitCommit).toBe(commit)
    await write(root, { 'common/slo.yaml': `${sloOf('a')}# changed\n` })
    expect((await load(root)).gitCommit).toBe(`${commit}-dirty`)
    const other = await folderOf({ 'slo.yaml': sloOf('a') })
    await rm(join(root, 'shop/slo.yaml'))
    await symlink(join(other, 'slo.yaml'), join(root, 'shop/slo.yaml'))
    const linked = commitAll(root)
    expect((await refusal(root)).mistakes).toMatchObject([{ code: 'unreadable', file: 'shop/slo.yaml' }])
    expect((await load(root, {}, { ...depsOf(root), followLinks: true })).gitCommit).toBe(`${linked}-dirty`)
  })

  test('a project that is a link out of the root has no files, no folders and no commits, unless links are followed', async () => {
    const other = await folderOf(tree)
    const commit = commitAll(join(other, 'shop'))
    const root = await folderOf({ 'other/slo.yaml': sloOf('a') })
    await symlink(join(other, 'shop'), join(root, 'shop'))
    const request = { gitCommitId: commit }
    expect(await refusal(root, request)).toMatchObject({ code: 'commit_unreadable' })
    expect((await refusal(root)).mistakes).toMatchObject([{ code: 'unreadable', file: 'shop/project.yaml' }, {}, {}])
    expect((await load(root, request, { ...depsOf(root), followLinks: true })).gitCommit).toBe(commit)
  })

  test('a commit that the request names is clean, also when it is HEAD', async () => {
    const root = await folderOf(tree)
    const commit = commitAll(root)
    await write(root, { 'shop/prometheus/sli.yaml': sliOf('a', 'new') })
    const definition = await load(root, { gitCommitId: commit })
    expect([definition.gitCommit, definition.warnings, queries(definition)]).toEqual([commit, [], ['old']])
  })

  test('branches, packed refs and detached heads are followed', async () => {
    const root = await folderOf(tree)
    const first = commitAll(root)
    const deps = depsOf(root)
    const now = async () => (await load(root, {}, deps)).gitCommit
    expect(await now()).toBe(first)
    git(root, 'pack-refs', '--all')
    expect(await now()).toBe(first)
    const second = commitAll(root)
    expect(await now()).toBe(second)
    git(root, 'checkout', '--quiet', first)
    expect(await now()).toBe(first)
    git(root, 'symbolic-ref', 'HEAD', 'refs/heads/alias')
    git(root, 'symbolic-ref', 'refs/heads/alias', 'refs/heads/main')
    expect(await now()).toBe(second)
    const third = commitAll(root)
    expect(await now()).toBe(third)
  })
})

describe('what git cannot tell', () => {
  const unknown = (why: string) => [{ code: 'commit_unknown', message: expect.stringContaining(why) }]

  test('without a git program no commit is recorded, and a named one is refused', async () => {
    const root = await folderOf(tree)
    const commit = commitAll(root)
    const deps = depsOf(root, { PATH: join(root, 'nowhere') })
    const why = 'there is no git program on the PATH of the server'
    expect(await load(root, {}, deps)).toMatchObject({ gitCommit: null, sloText: sloOf('a'), warnings: unknown(why) })
    expect(await refusal(root, { gitCommitId: commit }, deps)).toMatchObject({
      code: 'commit_unreadable',
      message: expect.stringContaining(why),
    })
  })

  test('a repository of another user is not trusted, as git says', async () => {
    const root = await folderOf(tree)
    const commit = commitAll(root)
    const bin = await folderOf({
      git: `#!/bin/sh\nGIT_TEST_ASSUME_DIFFERENT_OWNER=1 PATH='${process.env['PATH']}' exec git "$@"\n`,
    })
    await chmod(join(bin, 'git'), 0o755)
    const deps = depsOf(root, { ...environment, PATH: `${bin}:${process.env['PATH']}` })
    const why = 'safe.directory'
    expect(await load(root, {}, deps)).toMatchObject({ gitCommit: null, warnings: unknown(why) })
    expect(await refusal(root, { gitCommitId: commit }, deps)).toMatchObject({ message: expect.stringContaining(why) })
    const safe = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*' }
    const trusting = depsOf(root, { ...environment, ...safe, PATH: `${bin}:${process.env['PATH']}` })
    expect(await load(root, {}, trusting)).toMatchObject({ gitCommit: commit, warnings: [] })
  })

  test('is asked for again after a while', async () => {
    const root = await folderOf(tree)
    let now = 0
    const bin = await folderOf({})
    const given = { ...environment, PATH: bin }
    const deps = { ...depsOf(root), repositories: createRepositories(given, () => now) }
    const commit = commitAll(root)
    expect((await load(root, {}, deps)).gitCommit).toBe(null)
    await writeFile(join(bin, 'git'), `#!/bin/sh\nPATH='${process.env['PATH']}' exec git "$@"\n`, { mode: 0o755 })
    expect((await load(root, {}, deps)).gitCommit).toBe(null)
    now += 60_000
    expect((await load(root, {}, deps)).gitCommit).toBe(commit)
  })

  test('a repository without a commit, and a broken one', async () => {
    const root = await folderOf(tree)
    git(root, 'init', '--quiet')
    expect(await load(root)).toMatchObject({ gitCommit: null, warnings: unknown('nothing is committed yet') })
    await rm(join(root, '.git'), { recursive: true })
    await mkdir(join(root, '.git'))
    expect(await load(root)).toMatchObject({ gitCommit: null, warnings: unknown('git cannot read') })
  })

  test('a .git that is not a repository is not skipped in favour of an outer one', async () => {
    const root = await folderOf(tree)
    const commit = commitAll(root)
    await mkdir(join(root, 'shop/.git'))
    expect(await load(root)).toMatchObject({ gitCommit: null, warnings: unknown('git cannot read') })
    expect(await refusal(root, { gitCommitId: commit })).toMatchObject({ code: 'commit_unreadable' })
  })

  test('outside a repository there is no warning', async () => {
    expect(await load(await folderOf(tree))).toMatchObject({ gitCommit: null, warnings: [] })
  })
})

describe('git is run', () => {
  test('without anything that the repository or the caller’s git could make it do', async () => {
    const root = await folderOf(tree)
    const commit = commitAll(root)
    const trap = `touch ${join(root, 'sprung')}`
    await write(root, {
      'shop/slo.yaml': `${sloOf('a')}# changed\n`,
      '.gitattributes': '*.yaml filter=trap diff=trap\n',
    })
    for (const setting of [
      'core.fsmonitor',
      'filter.trap.clean',
      'filter.trap.smudge',
      'diff.trap.textconv',
      'diff.external',
      'core.pager',
    ])
      git(root, 'config', setting, trap)
    const other = await folderOf({ 'x.yaml': '' })
    commitAll(other)
    const caller = {
      GIT_DIR: join(other, '.git'),
      GIT_WORK_TREE: other,
      GIT_INDEX_FILE: '/nowhere',
      GIT_OBJECT_DIRECTORY: other,
    }
    const deps = depsOf(root, { ...environment, ...caller })
    expect((await load(root, {}, deps)).gitCommit).toBe(`${commit}-dirty`)
    expect((await load(root, { gitCommitId: commit }, deps)).gitCommit).toBe(commit)
    await expect(writeFile(join(root, 'sprung'), '', { flag: 'wx' })).resolves.toBeUndefined()
  })

  test('once for a state of the repository, not once for each evaluation', async () => {
    const root = await folderOf(tree)
    const log = join(await folderOf({ none: '' }), 'runs')
    const bin = await folderOf({ git: `#!/bin/sh\necho run >> ${log}\nPATH='${process.env['PATH']}' exec git "$@"\n` })
    await chmod(join(bin, 'git'), 0o755)
    const commit = commitAll(root)
    const deps = depsOf(root, { ...environment, PATH: `${bin}:${process.env['PATH']}` })
    const { readFile } = await import('node:fs/promises')
    const runs = async () => (await readFile(log, 'utf8').catch(() => '')).split('\n').length - 1
    await Promise.all(Array.from({ length: 20 }, () => load(root, {}, deps)))
    const cold = await runs()
    expect(cold).toBeLessThan(8)
    for (let time = 0; time < 5; time += 1) await load(root, {}, deps)
    await write(root, { 'shop/prometheus/sli.yaml': sliOf('a', 'new') })
    expect((await load(root, {}, deps)).gitCommit).toBe(`${commit}-dirty`)
    expect(await runs()).toBe(cold)
    await load(root, { gitCommitId: commit }, deps)
    const named = await runs()
    await load(root, { gitCommitId: commit }, deps)
    expect(await runs()).toBe(named)
  })
})
