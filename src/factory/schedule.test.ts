// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DistroGraph } from './distro-graph.ts'
import { Schedule, urgency, waitingTime } from './schedule.ts'

/** @param needs recipe → recipes it builds on; each name stands after those it needs. */
function graph(needs: Readonly<Record<string, readonly string[]>>): DistroGraph {
  const order = Object.keys(needs)
  const closure = new Map<string, ReadonlySet<string>>()
  for (const name of order)
    closure.set(name, new Set((needs[name] ?? []).flatMap((other) => [other, ...(closure.get(other) ?? [])])))
  const dependents = new Map(
    order.map((name) => [name, [...closure.values()].filter((all) => all.has(name)).length]),
  )
  return {
    buildsOn: new Map(order.map((name) => [name, new Set(needs[name])])),
    runsOn: new Map(),
    makerOf: new Map(order.map((name) => [name, name])),
    order,
    closure,
    buildClosure: closure,
    dependents,
  }
}

describe('a schedule', () => {
  it('begins what needs nothing, and the rest when all it needs is released', () => {
    const schedule = new Schedule(graph({ zlib: [], openssl: [], curl: ['zlib', 'openssl'] }))
    expect(schedule.ready()).toEqual(['zlib', 'openssl'])
    schedule.settle('zlib', 'released')
    schedule.settle('openssl', 'begun')
    expect(schedule.ready()).toEqual([])
    schedule.settle('openssl', 'released')
    expect(schedule.ready()).toEqual(['curl'])
  })

  it('builds before what only tests need is there, and goes on when it is', () => {
    const distro = graph({ shell: [], zlib: [] })
    const schedule = new Schedule({ ...distro, runsOn: new Map([['zlib', new Set(['shell'])]]) })
    expect(schedule.ready()).toEqual(['shell', 'zlib'])
    schedule.settle('zlib', 'built')
    expect(schedule.ready()).toEqual(['shell'])
    schedule.settle('shell', 'released')
    expect(schedule.ready()).toEqual(['zlib'])
  })

  it('blocks all that a failure leaves without what they need, each naming one of it', () => {
    const schedule = new Schedule(graph({ zlib: [], curl: ['zlib'], git: ['curl'], lua: [] }))
    schedule.settle('zlib', 'failed')
    expect(schedule.block()).toEqual([
      { name: 'curl', by: 'zlib' },
      { name: 'git', by: 'curl' },
    ])
    expect(schedule.isSettled()).toBe(false)
    schedule.settle('lua', 'released')
    expect(schedule.isSettled()).toBe(true)
  })

  it('takes up again what was released, once, and begins nothing on it in the meantime', () => {
    const schedule = new Schedule(graph({ zlib: [], curl: ['zlib'], git: ['curl'] }))
    expect(schedule.reopen('zlib')).toBe(false)
    for (const name of ['zlib', 'curl']) schedule.settle(name, 'released')
    expect(schedule.reopen('curl')).toBe(true)
    expect(schedule.reopen('curl')).toBe(false)
    expect(schedule.ready()).toEqual(['curl'])
    expect([schedule.standing('zlib'), schedule.isSettled()]).toEqual(['released', false])
    schedule.settle('curl', 'released')
    expect(schedule.ready()).toEqual(['git'])
  })

  it('takes up again what stopped and needs a recipe, however far, and nothing else', () => {
    const schedule = new Schedule(graph({ zlib: [], curl: ['zlib'], git: ['curl'], jq: ['zlib'], lua: [] }))
    for (const name of ['zlib', 'jq']) schedule.settle(name, 'released')
    for (const name of ['curl', 'lua']) schedule.settle(name, 'failed')
    schedule.block()
    schedule.reopenStopped('zlib')
    expect(['curl', 'git', 'jq', 'lua'].map((name) => schedule.standing(name))).toEqual([
      ...['open', 'open', 'released', 'failed'],
    ])
    expect(schedule.ready()).toEqual(['curl'])
  })

  it('comes to its end whatever fails: every recipe is released, failed or blocked', () => {
    const world = fc
      .array(fc.tuple(fc.array(fc.nat(20), { maxLength: 4 }), fc.boolean()), { minLength: 1, maxLength: 20 })
      .map((rows) => ({
        needs: Object.fromEntries(
          rows.map(([wanted], index) => [
            `r${index}`,
            [...new Set(wanted.filter((other) => other < index).map((other) => `r${other}`))],
          ]),
        ),
        fails: new Set(rows.flatMap(([, fails], index) => (fails ? [`r${index}`] : []))),
      }))
    fc.assert(
      fc.property(world, ({ needs, fails }) => {
        const schedule = new Schedule(graph(needs))
        for (let turn = 0; turn <= 20 && !schedule.isSettled(); turn++) {
          for (const name of schedule.ready()) schedule.settle(name, fails.has(name) ? 'failed' : 'released')
          schedule.block()
        }
        expect(schedule.isSettled()).toBe(true)
        for (const name of Object.keys(needs)) {
          const released = schedule.standing(name) === 'released'
          const possible =
            !fails.has(name) &&
            schedule.needsOf(name).every((other) => schedule.standing(other) === 'released')
          expect(released).toBe(possible)
        }
      }),
    )
  })
})

describe('urgency', () => {
  it('takes first what the smallest image needs, then the next, then what most depends on', () => {
    const distro = graph({ zlib: [], base: [], openssl: [], curl: ['zlib', 'openssl'], lua: [], jq: ['lua'] })
    expect(urgency(distro, [['curl', 'base'], ['base']])).toEqual([
      'base',
      'zlib',
      'openssl',
      'curl',
      'lua',
      'jq',
    ])
  })
})

describe('waiting time', () => {
  it('is that of a recipe and of all that need it, of those asked about', () => {
    const distro = graph({ base: [], zlib: ['base'], python: ['zlib'], git: ['zlib'], tree: [] })
    const times = { base: 1, zlib: 10, python: 200, tree: 5 }
    expect(Object.fromEntries(waitingTime(distro, new Map(Object.entries(times))))).toEqual({
      base: 211,
      zlib: 210,
      python: 200,
      tree: 5,
    })
  })
})
