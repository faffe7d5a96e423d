import { describe, expect, test } from 'vitest'
import { parseTitle, type Title } from '../../../../src/importers/dynatrace-dashboard/title.ts'

const usual = { pass: [], warning: [], weight: 1, isKey: false, isExcluded: false, mistakes: [] }

const sound: readonly (Pick<Title, 'indicator' | 'displayName'> & Partial<Title> & { readonly title: string })[] = [
  { title: 'Some SLI', indicator: 'some_sli', displayName: 'Some SLI' },
  { title: 'Some SLI;with separator', indicator: 'some_sli', displayName: 'Some SLI' },
  {
    title: 'Test step response time;sli=teststep_rt;pass=<500,<+10%;warning=<1000,<+20%;weight=1;key=true',
    indicator: 'teststep_rt',
    displayName: 'Test step response time',
    pass: [['<500', '<+10%']],
    warning: [['<1000', '<+20%']],
    isKey: true,
  },
  {
    title: 'Cart;sli=cart_rps;pass=>=40.5,>-7.5%;pass=>=30,>=-12%;warning=<90,<+30.25%;warning=<80,<+40%',
    indicator: 'cart_rps',
    displayName: 'Cart',
    pass: [
      ['>=40.5', '>-7.5%'],
      ['>=30', '>=-12%'],
    ],
    warning: [
      ['<90', '<+30.25%'],
      ['<80', '<+40%'],
    ],
  },
  {
    title: 'Host Disk Queue Length (max);sli=host_disk_queue;pass==0;warning=<=1;key=false',
    indicator: 'host_disk_queue',
    displayName: 'Host Disk Queue Length (max)',
    pass: [['=0']],
    warning: [['<=1']],
  },
  {
    title: 'Host CPU %;sli=host cpu;just for informational purposes',
    indicator: 'host_cpu',
    displayName: 'Host CPU %',
  },
  { title: 'Queue;sli=QUEUE_MAX;weight=2', indicator: 'queue_max', displayName: 'Queue', weight: 2 },
  { title: 'sli=host cpu;just for informational purposes', indicator: 'host_cpu', displayName: 'host cpu' },
  {
    title: 'example data explorer tile; exclude=true',
    indicator: 'example_data_explorer_tile',
    displayName: 'example data explorer tile',
    isExcluded: true,
  },
  { title: 'A; SLI = b/c.d$e ; Pass = <5 ; toString=1', indicator: 'b_c_d_e', displayName: 'A', pass: [['<5']] },
  { title: '', indicator: '', displayName: '' },
]

describe('a title', () => {
  for (const { title, ...rest } of sound) {
    test(`as in ${JSON.stringify(title)}`, () => {
      expect(parseTitle(title)).toEqual({ ...usual, ...rest })
    })
  }

  for (const key of ['1', 't', 'T', 'TRUE', 'true', 'True']) {
    test(`key=${key} is true`, () => {
      expect(parseTitle(`a;key=${key}`)).toMatchObject({ isKey: true, mistakes: [] })
    })
  }
})

const wrong: readonly (Partial<Title> & { readonly title: string; readonly told: readonly string[] })[] = [
  {
    title: 'Basket;sli=basket_rt;pass=<500ms,<+10%;warning=<1000,<+20%;weight=1;key=true',
    pass: [],
    warning: [['<1000', '<+20%']],
    isKey: true,
    told: ['pass', '<500ms'],
  },
  { title: 'a;pass=<500ms;warning=<1000ms', pass: [], warning: [], told: ['pass', '<500ms', 'warning', '<1000ms'] },
  { title: 'sli=some_sli_name;pass=<<500', indicator: 'some_sli_name', pass: [], told: ['pass', '<<500'] },
  { title: 'sli=some_sli_name;pass=<500.', pass: [], told: ['pass', '<500.'] },
  { title: 'sli=cart;warning=<7.%,maybe', warning: [], told: ['warning', '<7.%', 'maybe'] },
  { title: 'a;pass=<500, <+10%', pass: [], told: ['pass', ' <+10%'] },
  { title: 'a;pass=', pass: [], told: ['pass', '""'] },
  { title: 'sli=some_sli_name;weight=3.14', weight: 1, told: ['weight', '3.14'] },
  { title: 'sli=cart;weight=-4', weight: 1, told: ['weight', '-4'] },
  { title: 'sli=some_sli_name;key=yes', isKey: false, told: ['key', 'yes'] },
  { title: 'sli=cart;exclude=enable', isExcluded: false, told: ['exclude', 'enable'] },
  { title: 'sli=;pass=<600', indicator: '', pass: [['<600']], told: ['sli', 'is empty'] },
  { title: 'sli= ;pass=<600', indicator: '', pass: [['<600']], told: ['sli', 'is empty'] },
  {
    title: 'sli=first_name;pass=<600;sli=last_name',
    indicator: 'first_name',
    displayName: 'first_name',
    told: ["duplicate key 'sli'"],
  },
  {
    title: 'sli=a;exclude=false;key=true;weight=7;weight=8;sli=b;exclude=true;key=false',
    indicator: 'a',
    weight: 7,
    isKey: true,
    isExcluded: false,
    told: ["duplicate key 'weight'", "duplicate key 'key'", "duplicate key 'sli'", "duplicate key 'exclude'"],
  },
]

describe('a title with mistakes tells all of them, and keeps the rest', () => {
  for (const { title, told, ...rest } of wrong) {
    test(`as in ${JSON.stringify(title)}`, () => {
      const parsed = parseTitle(title)
      expect(parsed).toMatchObject(rest)
      for (const part of told) expect(parsed.mistakes.join('\n')).toContain(part)
    })
  }
})
