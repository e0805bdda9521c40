// SPDX-License-Identifier: Apache-2.0
import { formatLocation } from '../../base/index.ts'
import type { StepPlace, StepTrail } from '../../build/index.ts'
import { type ExpandedRecipe, type ExpandedStep, scriptsOf } from '../../recipe/index.ts'

/** Where each script of a build stands, in the order of its plan. */
export function buildTrails({ packages }: Pick<ExpandedRecipe, 'packages'>): StepTrail[] {
  return packages.flatMap(({ steps }) => trailsOf(steps))
}

/** Where each script of a recipe's tests stands, by package. */
export function testTrails({ tests }: Pick<ExpandedRecipe, 'tests'>): ReadonlyMap<string, StepTrail[]> {
  return new Map([...tests].map(([name, { steps }]) => [name, trailsOf(steps)]))
}

function trailsOf(steps: readonly ExpandedStep[]): StepTrail[] {
  return scriptsOf(steps).map(({ trail }) => trail.map(placeOf))
}

function placeOf({ label, uses, at }: ExpandedStep): StepPlace {
  return { label, uses, at: at === undefined ? null : formatLocation(at) }
}

/** A trail on one line, the recipe's own step first: `uses autoconf/make (zlib.yaml:12:5) › (autoconf/make.yaml:9:3)`. */
export function formatTrail(trail: StepTrail): string {
  return trail
    .map(({ label, uses, at }) => {
      const name = uses === null ? label : `uses ${uses}`
      return [name, at === null ? '' : `(${at})`].filter((part) => part !== '').join(' ')
    })
    .filter((part) => part !== '')
    .join(' › ')
}
