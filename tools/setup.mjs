// SPDX-License-Identifier: Apache-2.0
// Gets a machine ready: Node packages (Node 24 among them), Debian packages when we are root, the web page. Plain JavaScript for any Node >= 18.
//   node tools/setup.mjs [--test]     --test also installs what only the tests use
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const MARKS = join(ROOT, 'node_modules', '.millrace')
/** Where tools/test.mjs finds them. */
const GO_TOOLS = join(process.env.MILLRACE_TOOLS ?? join(homedir(), '.cache', 'millrace', 'tools'), 'bin')

/** Programs the factory drives, with the Debian package that brings each. */
const NEEDED = {
  bwrap: 'bubblewrap',
  git: 'git',
  nsenter: 'util-linux',
  runc: 'runc',
  xz: 'xz-utils',
  zstd: 'zstd',
}
/** For an ordinary user, to try images as the users they run as. */
const NEEDED_WITHOUT_ROOT = { newuidmap: 'uidmap' }
const IS_ROOT = process.getuid?.() === 0
/** Programs that come as Go modules: built once, kept in the data directory. */
const GO_TOOLS_OF_TESTS = {
  crane: 'github.com/google/go-containerregistry/cmd/crane@v0.22.1',
  cosign: 'github.com/sigstore/cosign/v2/cmd/cosign@v2.5.3',
}
/** Programs of the field that the tests hold our formats against. */
const NEEDED_BY_TESTS = {
  chromium: 'chromium',
  file: 'file',
  podman: 'podman',
  readelf: 'binutils',
  skopeo: 'skopeo',
  umoci: 'umoci',
}

main(process.argv.slice(2))

function main(flags) {
  installNodePackages()
  const needed = IS_ROOT ? NEEDED : { ...NEEDED, ...NEEDED_WITHOUT_ROOT }
  installPrograms(needed, flags.includes('--test') ? NEEDED_BY_TESTS : {})
  if (flags.includes('--test')) installGoTools()
  buildWebPage()
}

function installNodePackages() {
  const lock = digestOf([join(ROOT, 'package-lock.json')])
  if (isMarked('packages', lock)) return
  say('installing Node packages (npm ci) …')
  // npm's own notes about the Node it runs on are ours to mend, not the reader's: errors only.
  run(
    'npm',
    ['ci', '--no-audit', '--no-fund', '--loglevel=error'],
    'check that npm reaches its registry, then run npm start again',
  )
  mark('packages', lock)
}

function installPrograms(needed, ofTests) {
  const missing = Object.entries({ ...needed, ...ofTests }).filter(([program]) => !onPath(program))
  if (missing.length === 0) return
  const packages = [...new Set(missing.map(([, name]) => name))]
  const line = `apt-get install -y --no-install-recommends ${packages.join(' ')}`
  if (IS_ROOT && onPath('apt-get')) {
    say(`installing ${packages.join(', ')} (apt-get) …`)
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    run('apt-get', ['-o', 'DPkg::Lock::Timeout=300', '-qq', 'update'], 'check the machine’s apt sources', env)
    const args = [
      '-o',
      'DPkg::Lock::Timeout=300',
      '-qq',
      '-y',
      '--no-install-recommends',
      'install',
      ...packages,
    ]
    run('apt-get', args, `run it by hand: ${line}`, env)
    return
  }
  const names = missing.map(([program]) => program).join(', ')
  const cannotGoOn = missing.some(([program]) => program in needed)
  console.error(
    `${cannotGoOn ? 'Missing' : 'Some tests will be skipped without'}: ${names}. Paste this line, then run the same command again:\n\n  sudo ${line}\n`,
  )
  if (cannotGoOn) process.exit(6)
}

function installGoTools() {
  const missing = Object.keys(GO_TOOLS_OF_TESTS).filter(
    (name) => !onPath(name) && !existsSync(join(GO_TOOLS, name)),
  )
  if (missing.length === 0) return
  if (!onPath('go'))
    return say(`tests with ${missing.join(', ')} will be skipped: there is no go to build them with`)
  for (const name of missing) {
    say(`building ${name} (go install; once, some minutes) …`)
    const env = { ...process.env, GOBIN: GO_TOOLS, GOFLAGS: '-mod=mod' }
    const done = spawnSync('go', ['install', GO_TOOLS_OF_TESTS[name]], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
    })
    if (done.status !== 0) say(`tests with ${name} will be skipped: ${done.stderr.trim().split('\n').at(-1)}`)
  }
}

function buildWebPage() {
  if (!existsSync(join(ROOT, 'web', 'vite.config.ts'))) return
  const sources = digestOf([
    ...filesBelow(join(ROOT, 'web')),
    ...['events', 'forecast', 'progress', 'words'].map((name) => join(ROOT, 'src', 'base', `${name}.ts`)),
    join(ROOT, 'package-lock.json'),
  ])
  if (isMarked('web', sources) && existsSync(join(ROOT, 'web', 'dist', 'index.html'))) return
  say('building the web page (vite) …')
  const node = join(ROOT, 'node_modules', 'node', 'bin', 'node')
  run(
    node,
    [join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', join(ROOT, 'web'), '--logLevel', 'error'],
    'report this: the page should build',
  )
  mark('web', sources)
}

function run(program, args, fix, env = process.env) {
  const done = spawnSync(program, args, {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  })
  if (done.status === 0) return
  const why =
    done.error?.message ?? `${done.stderr}${done.stdout}`.trim().split('\n').slice(-12).join('\n        ')
  console.error(
    `error TOOL_FAILED\n  what  running ${program} ${args.join(' ')}\n  why   ${why}\n  fix   ${fix}`,
  )
  process.exit(7)
}

function onPath(program) {
  return [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'].some((directory) =>
    existsSync(join(directory, program)),
  )
}

function isMarked(name, digest) {
  const file = join(MARKS, name)
  return existsSync(file) && readFileSync(file, 'utf8') === digest
}

function mark(name, digest) {
  mkdirSync(MARKS, { recursive: true })
  writeFileSync(join(MARKS, name), digest)
}

function digestOf(files) {
  const hash = createHash('sha256')
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(file))
  return hash.digest('hex')
}

function filesBelow(directory) {
  return readdirSync(directory)
    .filter((name) => name !== 'dist' && name !== 'node_modules')
    .sort()
    .map((name) => join(directory, name))
    .flatMap((path) => (statSync(path).isDirectory() ? filesBelow(path) : [path]))
}

function say(text) {
  console.error(`millrace: ${text}`)
}
