// SPDX-License-Identifier: Apache-2.0
import type { EnvironmentFile } from './environment-schema.ts'
import type { DeepReadonly, RecipeFile, Step, SubpackageFile, TestFile, UpdateFile } from './schema.ts'
import { substituteKnown, type Variables } from './substitute.ts'

/** A subpackage, and where it stands in the recipe. */
export interface PlacedSubpackage {
  readonly subpackage: SubpackageFile
  readonly index: number
}

/**
 * Puts parse-time variables into the texts that melange puts them into, and no others: not into `uses`, labels, inputs, accounts, paths, options, checks,
 * setcap, cpe, attestations and the like (melange.md §3). Subpackages come from {@link pasteSubpackages}.
 */
export function pasteRecipe(recipe: RecipeFile, variables: Variables): RecipeFile {
  const paste = new Paster(variables)
  return {
    ...recipe,
    package: paste.package(recipe.package),
    environment: paste.environment(recipe.environment),
    pipeline: paste.steps(recipe.pipeline),
    test: paste.test(recipe.test),
    update: paste.update(recipe.update),
  }
}

/** The subpackages of a recipe: of one with a range, one for each item, keys in byte order, with `range.key` and `range.value` known (melange.md §5). */
export function pasteSubpackages(
  recipe: RecipeFile,
  variables: ReadonlyMap<string, string>,
): PlacedSubpackage[] {
  const everywhere = new Paster(variables)
  return recipe.subpackages.flatMap((subpackage, index) => {
    if (subpackage.range === '') return [{ subpackage: everywhere.subpackage(subpackage), index }]
    const items = recipe.data.find(({ name }) => name === subpackage.range)?.items ?? {}
    return Object.entries(items)
      .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .map(([key, value]) => {
        const known = new Map([...variables, ['range.key', key], ['range.value', value]])
        return { subpackage: new Paster(known).subpackage(subpackage), index }
      })
  })
}

type Dependencies = SubpackageFile['dependencies']
type Scriptlets = SubpackageFile['scriptlets']
type Environment = DeepReadonly<EnvironmentFile>

class Paster {
  readonly #variables: Variables

  constructor(variables: Variables) {
    this.#variables = variables
  }

  package(main: RecipeFile['package']): RecipeFile['package'] {
    return {
      ...main,
      name: this.#text(main.name),
      version: this.#text(main.version),
      description: this.#text(main.description),
      annotations: this.#values(main.annotations),
      url: this.#text(main.url),
      'target-architecture': this.#texts(main['target-architecture']),
      copyright: main.copyright.map((copyright) => ({
        ...copyright,
        paths: this.#texts(copyright.paths),
        license: this.#text(copyright.license),
        'license-path': this.#text(copyright['license-path']),
      })),
      dependencies: this.#dependencies(main.dependencies),
      scriptlets: this.#scriptlets(main.scriptlets),
    }
  }

  subpackage(subpackage: SubpackageFile): SubpackageFile {
    return {
      ...subpackage,
      if: this.#text(subpackage.if),
      name: this.#text(subpackage.name),
      pipeline: this.steps(subpackage.pipeline),
      dependencies: this.#dependencies(subpackage.dependencies),
      scriptlets: this.#scriptlets(subpackage.scriptlets),
      description: this.#text(subpackage.description),
      annotations: this.#values(subpackage.annotations),
      url: this.#text(subpackage.url),
      test: this.test(subpackage.test),
    }
  }

  test(test: TestFile): TestFile {
    return { environment: this.environment(test.environment), pipeline: this.steps(test.pipeline) }
  }

  steps(steps: readonly Step[]): Step[] {
    return steps.map((step) => ({
      ...step,
      if: this.#text(step.if),
      name: this.#text(step.name),
      with: this.#values(step.with),
      runs: this.#text(step.runs),
      pipeline: this.steps(step.pipeline),
      needs: { packages: this.#texts(step.needs.packages) },
      'working-directory': this.#text(step['working-directory']),
      environment: this.#values(step.environment),
    }))
  }

  environment(environment: Environment): Environment {
    const { contents, entrypoint } = environment
    return {
      ...environment,
      contents: {
        ...contents,
        repositories: this.#texts(contents.repositories),
        build_repositories: this.#texts(contents.build_repositories),
        keyring: this.#texts(contents.keyring),
        packages: this.#texts(contents.packages),
      },
      environment: this.#values(environment.environment),
      entrypoint: {
        ...entrypoint,
        command: this.#text(entrypoint.command),
        'shell-fragment': this.#text(entrypoint['shell-fragment']),
        services: this.#values(entrypoint.services),
      },
      cmd: this.#text(environment.cmd),
      'stop-signal': this.#text(environment['stop-signal']),
      'work-dir': this.#text(environment['work-dir']),
      'vcs-url': this.#text(environment['vcs-url']),
      annotations: this.#values(environment.annotations),
      volumes: this.#texts(environment.volumes),
    }
  }

  /** Of updates, what says where to look; not what is done to the versions found. */
  update(update: UpdateFile): UpdateFile {
    const { 'release-monitor': release, github, git } = update
    return {
      ...update,
      'release-monitor': release && {
        ...release,
        'version-filter-contains': this.#text(release['version-filter-contains']),
        'version-filter-prefix': this.#text(release['version-filter-prefix']),
      },
      github: github && {
        ...github,
        identifier: this.#text(github.identifier),
        'tag-filter': this.#text(github['tag-filter']),
        'tag-filter-prefix': this.#text(github['tag-filter-prefix']),
        'tag-filter-contains': this.#text(github['tag-filter-contains']),
      },
      git: git && {
        ...git,
        'tag-filter-prefix': this.#text(git['tag-filter-prefix']),
        'tag-filter-contains': this.#text(git['tag-filter-contains']),
      },
    }
  }

  #dependencies(dependencies: Dependencies): Dependencies {
    return {
      runtime: this.#texts(dependencies.runtime),
      provides: this.#texts(dependencies.provides),
      replaces: this.#texts(dependencies.replaces),
      'provider-priority': this.#text(dependencies['provider-priority']),
      'replaces-priority': this.#text(dependencies['replaces-priority']),
    }
  }

  #scriptlets(scriptlets: Scriptlets): Scriptlets {
    const { trigger } = scriptlets
    return {
      trigger: { script: this.#text(trigger.script), paths: this.#texts(trigger.paths) },
      'pre-install': this.#text(scriptlets['pre-install']),
      'post-install': this.#text(scriptlets['post-install']),
      'pre-deinstall': this.#text(scriptlets['pre-deinstall']),
      'post-deinstall': this.#text(scriptlets['post-deinstall']),
      'pre-upgrade': this.#text(scriptlets['pre-upgrade']),
      'post-upgrade': this.#text(scriptlets['post-upgrade']),
    }
  }

  #text(text: string): string {
    return substituteKnown(text, this.#variables)
  }

  #texts(texts: readonly string[]): readonly string[] {
    return texts.map((text) => this.#text(text))
  }

  #values(words: Readonly<Record<string, string>>): Record<string, string> {
    return Object.fromEntries(Object.entries(words).map(([name, value]) => [name, this.#text(value)]))
  }
}
