// SPDX-License-Identifier: Apache-2.0
import type { Recipe } from './parse.ts'
import { goPattern, goReplace, substituteKnown, type Variables } from './substitute.ts'

/** Where steps work, as recipes know it. */
export const WORKSPACE = '/home/build'
export const OUTPUT = `${WORKSPACE}/melange-out`

/** Names known while a recipe is read: the package's own fields, `vars`, and what var-transforms make of them, in their order. */
export function parseTimeVariables(recipe: Recipe): Map<string, string> {
  const { package: main, vars, 'var-transforms': transforms } = recipe.content
  const variables = new Map<string, string>([
    ['package.name', main.name],
    ['package.version', main.version],
    ['package.description', main.description],
    ['package.epoch', String(main.epoch)],
    ['package.full-version', `${main.version}-r${main.epoch}`],
  ])
  // vars may name each other; a few rounds settle any chain that ends.
  for (const [name, value] of Object.entries(vars)) variables.set(`vars.${name}`, value)
  for (let round = 0; round < 10; round++) {
    for (const name of Object.keys(vars))
      variables.set(`vars.${name}`, substituteKnown(variables.get(`vars.${name}`) ?? '', onlyVars(variables)))
  }
  for (const [index, { from, match, replace, to }] of transforms.entries()) {
    const at = recipe.locate(['var-transforms', index, 'match'])
    const pattern = goPattern(match, `reading var-transforms[${index}].match`, at)
    variables.set(`vars.${to}`, goReplace(substituteKnown(from, variables), pattern, replace))
  }
  return variables
}

function onlyVars(variables: Variables): Variables {
  return new Map([...variables].filter(([name]) => name.startsWith('vars.')))
}

const GNU_TRIPLETS: Readonly<Record<string, string>> = {
  x86: 'i486-pc-linux-LIBC',
  x86_64: 'x86_64-pc-linux-LIBC',
  aarch64: 'aarch64-unknown-linux-LIBC',
  armhf: 'arm-unknown-linux-LIBCeabihf',
  armv7: 'armv7l-unknown-linux-LIBCeabihf',
  ppc64le: 'powerpc64le-unknown-linux-LIBC',
  s390x: 's390x-ibm-linux-LIBC',
  riscv64: 'riscv64-unknown-linux-LIBC',
  loongarch64: 'loongarch64-unknown-linux-LIBC',
}
const RUST_TRIPLETS: Readonly<Record<string, string>> = {
  x86: 'i686',
  armhf: 'armv6',
  armv7: 'armv7',
  ppc64le: 'powerpc64le',
}
const GO_ARCHES: Readonly<Record<string, string>> = {
  x86: '386',
  x86_64: 'amd64',
  aarch64: 'arm64',
  armhf: 'arm',
  armv7: 'arm',
  loongarch64: 'loong64',
}

/** Names known while steps are expanded, for the whole recipe; a package adds its own by {@link packageVariables}. */
export function compileTimeVariables(
  recipe: Recipe,
  arch: string,
  parseTime: Variables,
  packageNames: readonly string[],
): Map<string, string> {
  const { package: main, options } = recipe.content
  const variables = new Map([...parseTime].filter(([name]) => name !== 'package.description'))
  const gnu = (libc: string) => (GNU_TRIPLETS[arch] ?? `${arch}-unknown-linux-LIBC`).replace('LIBC', libc)
  const rust = (libc: string) =>
    `${RUST_TRIPLETS[arch] ?? arch}-unknown-linux-${libc}${arch.startsWith('arm') ? 'eabihf' : ''}`
  const fixed: Record<string, string> = {
    'package.srcdir': WORKSPACE,
    'targets.outdir': OUTPUT,
    'targets.destdir': `${OUTPUT}/${main.name}`,
    'host.triplet.gnu': gnu('gnu'),
    'host.triplet.rust': rust('gnu'),
    'cross.triplet.gnu.glibc': gnu('gnu'),
    'cross.triplet.gnu.musl': gnu('musl'),
    'cross.triplet.rust.glibc': rust('gnu'),
    'cross.triplet.rust.musl': rust('musl'),
    'build.arch': arch,
    'build.goarch': GO_ARCHES[arch] ?? arch,
  }
  for (const [name, value] of Object.entries(fixed)) variables.set(name, value)
  for (const name of packageNames) variables.set(`targets.package.${name}`, `${OUTPUT}/${name}`)
  for (const name of Object.keys(options)) variables.set(`options.${name}.enabled`, 'false')
  return variables
}

export function packageVariables(variables: Variables, name: string, isMain: boolean): Map<string, string> {
  const own = new Map(variables)
  own.set('targets.contextdir', `${OUTPUT}/${name}`)
  own.set('context.name', name)
  if (!isMain) own.set('targets.subpkgdir', `${OUTPUT}/${name}`).set('subpkg.name', name)
  return own
}
