// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { checkLintNames, LINT_NAMES, levelsFor, misnamed } from './index.ts'

const named = (levels: ReadonlyMap<string, string>, wanted: string) =>
  [...levels].flatMap(([name, level]) => (level === wanted ? [name] : [])).sort()

describe('the levels of lints', () => {
  it('are melange’s for melange’s lints', () => {
    const levels = levelsFor({}, [])
    const own = (name: string) => name.startsWith('recipe/') || ['builddir', 'hardening'].includes(name)
    const melange = (level: string) => named(levels, level).filter((name) => !own(name))
    expect(melange('required').join()).toBe(
      'dev,infodir,libtool/la-files,setuidgid,tempdir,usrmerge,varempty,worldwrite',
    )
    expect(melange('warn').join()).toBe(
      'binaryarch,cudaruntimelib,dll,duplicate,dylib,lddcheck,maninfo,nonlinux,object,opt,pkgconf,python/docs,python/multiple,python/test,sbom,srv,staticarchive,strip,unsupportedarch,usrlocal',
    )
    expect(melange('off').join()).toBe('documentation,empty')
  })

  it.each<[claim: string, disabled: string[], name: string, level: string]>([
    ['a required one is a warning', ['usrmerge'], 'usrmerge', 'warn'],
    ['the others stay required', ['usrmerge'], 'dev', 'required'],
    ['a warning stays one', ['opt'], 'opt', 'warn'],
    ['what is off stays off', ['empty'], 'empty', 'off'],
  ])('where checks.disabled names a lint: %s', (_, disabled, name, level) => {
    expect(levelsFor({}, disabled).get(name)).toBe(level)
  })

  it('of one package say nothing about the next', () => {
    levelsFor({}, ['usrmerge'])
    expect(levelsFor({}, []).get('usrmerge')).toBe('required')
  })

  it('are those of the lists that are given, and the default ones of the list that is not', () => {
    const levels = levelsFor({ required: ['opt', 'empty'] }, [])
    expect(named(levels, 'required')).toEqual(['empty', 'opt'])
    expect(levels.get('dev')).toBe('off')
    expect(levels.get('duplicate')).toBe('warn')
    expect(named(levelsFor({ required: [], warn: ['dev'] }, []), 'warn')).toEqual(['dev'])
    expect(levelsFor({ required: ['dev'], warn: ['dev'] }, []).get('dev')).toBe('required')
  })
})

describe('a name that no lint has', () => {
  it.each([
    ['usrmerged', 'did you mean usrmerge?'],
    ['python/tests', 'did you mean python/test?'],
    ['', 'millrace lint --explain lists them'],
    ['completely-other', 'millrace lint --explain lists them'],
  ])('%j is told with the nearest one, if there is one', (name, fix) => {
    expect(misnamed(name, LINT_NAMES)).toEqual({ why: `there is no lint named ${JSON.stringify(name)}`, fix })
    expect(() => checkLintNames(['dev', name], LINT_NAMES, '--lint-warn')).toThrow(
      expect.objectContaining({ code: 'USAGE', what: 'reading --lint-warn', fix }),
    )
  })

  it('is not among those there are', () => {
    expect(LINT_NAMES.filter((name) => misnamed(name, LINT_NAMES) !== undefined)).toEqual([])
    expect(new Set(LINT_NAMES).size).toBe(LINT_NAMES.length)
  })
})
