// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defineImage, type ImageMill, openImageMill } from '../../test/support/image-mill.ts'
import { hostPrograms, type Planted } from '../../test/support/packed-apk.ts'
import { collectBytes } from '../archive/index.ts'
import { verifyBundle } from '../attest/index.ts'
import { type Digest, type Exec, lastWords, makeTempDirectory, runCommand } from '../base/index.ts'
import { type ImageIndex, type ImageManifest, OCI_INDEX, parseManifest } from '../oci/index.ts'
import {
  buildImage,
  type CaseResult,
  type ImageCatalog,
  type ImageDefinition,
  type ImageOutcome,
  type ImageShelf,
  noteRefused,
  openImageCatalog,
  openImageShelf,
  planImage,
  probeRuntime,
  releaseImage,
  tagsOf,
  testImage,
  writeImageLayout,
} from './index.ts'

const exec: Exec = runCommand
const ARCH = 'x86_64'
const never = new AbortController().signal
const found = async (program: string) =>
  (await exec({ program: 'sh', args: ['-c', `command -v ${program}`] })).code === 0
const uid = process.getuid?.() ?? 0
const runtime = await probeRuntime({ exec, uid })
const peers = {
  runc: process.arch === 'x64' && !('why' in runtime),
  skopeo: await found('skopeo'),
  umoci: await found('umoci'),
  podman: uid === 0 && process.arch === 'x64' && (await found('podman')),
}
for (const [name, there] of Object.entries(peers))
  if (!there)
    console.log(`skipped: images in ${name}, because it is not installed or may not be used on x86_64`)

let mill: ImageMill
let shelf: ImageShelf
let catalog: ImageCatalog
beforeAll(async () => {
  mill = await openImageMill()
  shelf = openImageShelf(mill.f)
  catalog = openImageCatalog(mill.f)
  await mill.publish(ARCH, {
    'base-1-r0': {
      files: {
        'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnonroot:x:65532:65532:nonroot:/home/nonroot:/bin/sh\n',
        'etc/group': 'root:x:0:\nnonroot:x:65532:\n',
        'etc/os-release': 'ID=test\n',
        'var/lib/data/kept': 'kept\n',
        tmp: { directory: 0o1777 },
      },
    },
    'tools-2.4.1-r3': { files: await tools() },
    'server-1-r0': { files: { 'usr/bin/server': { bytes: SERVER, mode: 0o755 } } },
  })
})
afterAll(() => mill[Symbol.asyncDispose]())

/** Some programs of this machine, and perl to write a server in. */
async function tools(): Promise<Record<string, Planted>> {
  const programs = await hostPrograms(exec, 'dash', 'perl', 'id', 'cat', 'touch', 'sleep', 'ls', 'grep')
  return { ...programs, 'bin/sh': { link: '../usr/bin/dash' }, ...(await perlLibrary()) }
}

async function perlLibrary(): Promise<Record<string, Planted>> {
  const { stdout } = await exec({
    program: 'perl',
    args: ['-e', 'print $INC[-1] =~ /base/ ? $INC[-1] : (grep { /perl-base/ } @INC)[0]'],
  })
  const files: Record<string, Planted> = {}
  for (const name of [
    'strict.pm',
    'warnings.pm',
    'Carp.pm',
    'XSLoader.pm',
    'Exporter.pm',
    'Socket.pm',
    'auto/Socket/Socket.so',
    'vars.pm',
    'warnings/register.pm',
    'overloading.pm',
    'constant.pm',
    'Exporter/Heavy.pm',
  ])
    try {
      files[join(stdout.slice(1), name)] = { bytes: await readFile(join(stdout, name)), mode: 0o644 }
    } catch {}
  return files
}

/** Answers HTTP on port 8080 until it is told to end. */
const SERVER = `#!/usr/bin/perl
use Socket;
$SIG{TERM} = sub { print "told to end\\n"; exit 0 };
socket(my $s, PF_INET, SOCK_STREAM, 0); setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1);
bind($s, sockaddr_in(8080, INADDR_ANY)) or die "cannot bind: $!"; listen($s, 5);
$| = 1; print "listening\\n";
while (accept(my $c, $s)) {
  my $line = <$c>; my ($path) = $line =~ /^GET (\\S+)/;
  while (<$c>) { last if /^\\r?\\n/ }
  my $body = $path eq "/" ? "Hello from <$ENV{WHO}>\\n" : "no $path\\n";
  print $c "HTTP/1.0 " . ($path eq "/" ? 200 : 404) . " x\\r\\nContent-Length: " . length($body) . "\\r\\n\\r\\n$body"; close $c;
}
`

const IMAGE = `contents: {packages: [base, tools, server]}
entrypoint: {command: /usr/bin/server}
environment: {WHO: the image}
accounts: {run-as: nonroot}
`

const sheetOf = (tests: string, more = '') =>
  `description: x\nversion-of: tools\ntags: [latest]\n${more}tests:\n${tests}`
const PASSING = sheetOf('  - {name: "is nobody", user: "65532"}\n')
const define = (sheet = PASSING, name = 'thing', yaml = IMAGE): ImageDefinition =>
  defineImage(yaml, name, sheet)

async function tried(sheet: string, signal = never, yaml = IMAGE): Promise<readonly CaseResult[]> {
  const definition = define(sheet, 'thing', yaml)
  const { image } = await buildImage(mill.f, await planImage(mill.f, definition, ARCH), never)
  const outcome = await testImage({ ...mill.f, blobs: shelf.blobs }, image, definition.sheet, signal)
  if (outcome.status === 'unavailable') throw new Error(outcome.why)
  return outcome.cases
}

/** What a test could leave behind. */
async function leftovers(): Promise<string[]> {
  const inDirectory = (await readdir(mill.directory)).filter((name) => name.startsWith('image-'))
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8'))
    .split('\n')
    .filter((line) => line.includes(mill.directory))
  const processes = (await exec({ program: 'ps', args: ['-eo', 'args'] })).stdout
    .split('\n')
    .filter((line) => line.includes(mill.directory) && line.includes('runc'))
  return [...inDirectory, ...mounts, ...processes]
}

describe.skipIf(!peers.runc)('testing an image in runc', () => {
  it('tells of each case how it went and what was seen', async () => {
    const cases = await tried(
      sheetOf(
        `  - {name: is nobody, user: "65532"}
  - {name: runs as nobody, command: [/usr/bin/id, -u], stdout: '^65532$'}
  - {name: has no capability, command: [/usr/bin/grep, 'CapBnd:\\s*0000000000000000', /proc/self/status]}
  - {name: cannot get more, command: [/usr/bin/grep, 'NoNewPrivs:\\s*1', /proc/self/status]}
  - {name: cannot write where it should not, command: [/bin/sh, -c, '! touch /usr/x'], stderr: Read-only}
  - {name: writes where it may, command: [/bin/sh, -c, 'touch /tmp/x /run/y /var/lib/data/z && cat /var/lib/data/kept'], stdout: kept}
  - {name: reads what it is given, command: [/usr/bin/cat], stdin: given, stdout: '^given$'}
  - {name: has its environment, command: [/bin/sh, -c, 'echo $WHO $ALSO'], environment: {ALSO: too}, stdout: '^the image too$'}
  - {name: ends as expected, command: [/bin/sh, -c, 'exit 7'], exit: 7}
  - {name: has files, present: [/etc/passwd, usr/bin/server]}
  - {name: has no apk, absent: [/sbin/apk]}
  - {name: answers, http: {port: 8080, path: /, body: 'from <the image>'}}
  - {name: says what is not there, http: {port: 8080, path: /x, status: 404, body: no /x}}
  - {name: runs beside its server, exec: [/bin/sh, -c, 'grep -q :1F90 /proc/net/tcp && echo there'], stdout: there}
  - {name: ends when asked, signal: {within: 5s, port: 8080}, exit: 0}
`,
        'writable: [/var/lib/data]\n',
      ),
    )
    expect(cases.filter(({ outcome }) => outcome === 'failed')).toEqual([])
    expect(cases.find(({ name }) => name === 'answers')?.output).toBe('200\nHello from <the image>')
    expect(cases.find(({ name }) => name === 'ends when asked')?.output).toMatch(/exit code 0/)
    expect(await leftovers()).toEqual([])
  })

  it('says of each failure what was expected and what was seen', async () => {
    const cases = await tried(
      sheetOf(`  - {name: exit, command: [/bin/sh, -c, 'echo seen; exit 3']}
  - {name: stdout, command: [/bin/sh, -c, 'echo seen'], stdout: '^other$'}
  - {name: missing program, command: [/usr/bin/nothing]}
  - {name: late, command: [/usr/bin/sleep, "60"], timeout: 300ms}
  - {name: file, present: [/nothing, /etc/passwd]}
  - {name: shell, absent: [/bin/sh]}
  - {name: user, user: "0"}
  - {name: body, http: {port: 8080, body: other}, timeout: 500ms}
  - {name: port, http: {port: 81}, timeout: 300ms}
  - {name: exec, exec: [/bin/sh, -c, 'echo no; exit 1'], timeout: 300ms}
`),
    )
    expect(cases.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual(
      cases.map(({ name }) => `${name} failed`),
    )
    expect(Object.fromEntries(cases.map(({ name, output }) => [name, output.split('\n')[0]]))).toMatchObject({
      exit: 'it ended with exit code 3, expected 0',
      stdout: 'its output does not match /^other$/m',
      late: 'it ran out of time',
      file: '/nothing: not there',
      shell: '/bin/sh: there',
      user: 'the image runs as 65532, not as 0',
      body: '200',
      exec: 'it ended with exit code 1, expected 0',
    })
    expect(cases.find(({ name }) => name === 'missing program')?.output).toMatch(/no such file/i)
    expect(cases.find(({ name }) => name === 'port')?.output).toMatch(/ECONNREFUSED[\s\S]*listening/)
    expect(await leftovers()).toEqual([])
  })

  it('notices a server that ends at once, and one that does not end', async () => {
    const dies = IMAGE.replace('/usr/bin/server', '/bin/sh -c "echo broken >&2; exit 4"')
    expect(await tried(sheetOf('  - {name: a, http: {port: 8080}}\n'), never, dies)).toMatchObject([
      { outcome: 'failed', output: expect.stringMatching(/ended before it answered[\s\S]*broken/) },
    ])
    const stays = IMAGE.replace('/usr/bin/server', `/bin/sh -c "trap '' TERM; while :; do sleep 1; done"`)
    expect(await tried(sheetOf('  - {name: a, signal: {within: 400ms}}\n'), never, stays)).toMatchObject([
      { outcome: 'failed', output: expect.stringContaining('goes on 400 ms after SIGTERM') },
    ])
    expect(await leftovers()).toEqual([])
  })

  it('that is given up leaves nothing', async () => {
    const given = new AbortController()
    const running = tried(sheetOf('  - {name: a, command: [/usr/bin/sleep, "77"]}\n'), given.signal)
    for (;;) {
      const { stdout } = await exec({ program: 'ps', args: ['-eo', 'args'] })
      if (/^\/usr\/bin\/sleep 77$/m.test(stdout)) break
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    given.abort()
    await expect(running).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(await leftovers()).toEqual([])
    const { stdout } = await exec({ program: 'ps', args: ['-eo', 'args'] })
    expect(stdout).not.toMatch(/^\/usr\/bin\/sleep 77$/m)
  })
})

describe('an image that cannot be tested here', () => {
  const lacking =
    (absent: string): Exec =>
    (command, options) =>
      command.program === absent
        ? exec({ program: 'millrace-no-such-program', args: [] })
        : exec(command, options)

  it('is not published, and the reason is told', async () => {
    const f = { ...mill.f, uid: 1000, exec: lacking('newuidmap') }
    const outcome = await releaseImage(f, define(PASSING, 'untested'), ARCH, never)
    expect(outcome).toMatchObject({ status: 'stopped', at: 'test', why: expect.stringMatching(/uidmap/) })
    expect(await shelf.tags('untested')).toBeUndefined()
    expect(await catalog.attempts('untested')).toMatchObject([
      { outcome: 'failed', report: { why: expect.stringMatching(/uidmap/) } },
      { outcome: 'passed' },
    ])
  })

  it('is told so when runc is missing', async () => {
    const { blobs } = shelf
    const { image } = await buildImage(mill.f, await planImage(mill.f, define(), ARCH), never)
    expect(
      await testImage({ ...mill.f, blobs, exec: lacking('runc'), uid: 0 }, image, define().sheet, never),
    ).toMatchObject({ status: 'unavailable', why: 'runc is not installed' })
  })
})

describe('tags', () => {
  it.each([
    ['2.4.1-r3', ['2.4.1-r3', '2.4.1', '2.4', '2', 'latest']],
    ['3_p1-r0', ['3_p1-r0', '3_p1', '3', 'latest']],
    ['1.0~abc-r0', ['1.0-abc-r0', '1.0-abc', '1.0', '1', 'latest']],
    ['', ['latest']],
  ])('of version %j are %j', (version, tags) => {
    expect(tagsOf(define(), version)).toEqual(tags)
  })
})

const json = async (digest: Digest) =>
  JSON.parse(
    Buffer.from(await collectBytes(shelf.blobs.read(digest), 2 ** 24, 'a document')).toString(),
  ) as Record<string, unknown>

describe.skipIf(!peers.runc)('releasing an image', () => {
  const released = `${IMAGE}annotations: {com.example.released: "yes"}\n`
  const own = (sheet = PASSING) => define(sheet, 'thing', released)
  let first: Extract<ImageOutcome, { status: 'published' | 'current' }>
  beforeAll(async () => {
    const outcome = await releaseImage(mill.f, own(), ARCH, never)
    if (outcome.status === 'stopped') throw new Error(outcome.why)
    first = outcome
  })

  it('puts an index under its tags, with everything below it', async () => {
    expect(first).toMatchObject({ status: 'published', tags: ['2.4.1-r3', '2.4.1', '2.4', '2', 'latest'] })
    expect(await shelf.names()).toContain('thing')
    expect(await shelf.tags('thing')).toEqual(['2', '2.4', '2.4.1', '2.4.1-r3', 'latest'])
    const resolved = await shelf.resolve('thing', 'latest')
    expect(resolved).toEqual({
      digest: first.index.digest,
      mediaType: OCI_INDEX,
      sizeBytes: first.index.size,
    })
    const bytes = await collectBytes(shelf.blobs.read(first.index.digest), 2 ** 20, 'the index')
    const index = parseManifest(bytes, 'the index', OCI_INDEX) as ImageIndex
    expect(index.manifests).toMatchObject([
      { digest: first.image.digest, platform: { os: 'linux', architecture: 'amd64' } },
    ])
    const manifest = (await json(first.image.digest)) as unknown as ImageManifest
    for (const { digest, size } of [manifest.config, ...manifest.layers]) {
      expect(await shelf.hasBlob('thing', digest)).toMatchObject({ sizeBytes: size })
      expect(await shelf.blobs.stat(digest)).toEqual({ digest, sizeBytes: size })
    }
  })

  it('serves under a name only what belongs to it', async () => {
    const [layer] = first.image.layers
    expect(await shelf.hasBlob('other', layer?.descriptor.digest as Digest)).toBeUndefined()
    expect(await shelf.resolve('other', first.image.digest)).toBeUndefined()
    expect(await shelf.resolve('thing', 'none')).toBeUndefined()
    expect(await shelf.tags('other')).toBeUndefined()
    const [apk] = first.image.packages
    expect(await shelf.hasBlob('thing', apk?.file as Digest)).toBeUndefined()
  })

  it('says of the index and of the image what is in it and how it was made, signed', async () => {
    for (const subject of [first.index.digest, first.image.digest]) {
      const referrers = await shelf.referrers('thing', subject)
      expect(referrers.map(({ artifactType }) => artifactType).sort()).toEqual([
        'application/spdx+json',
        'application/vnd.dev.sigstore.bundle.v0.3+json',
        'application/vnd.dev.sigstore.bundle.v0.3+json',
      ])
      for (const { digest, artifactType } of referrers) {
        const manifest = (await json(digest)) as unknown as ImageManifest
        expect(manifest.subject?.digest).toBe(subject)
        const document = manifest.layers[0]?.digest as Digest
        expect(await shelf.hasBlob('thing', document)).toBeDefined()
        if (artifactType === 'application/spdx+json') {
          const names = ((await json(document))['packages'] as { name: string }[]).map(({ name }) => name)
          expect(names).toEqual(expect.arrayContaining(['base', 'server', 'thing', 'tools']))
        } else {
          const text = Buffer.from(
            await collectBytes(shelf.blobs.read(document), 2 ** 24, 'a bundle'),
          ).toString()
          const { statement } = await verifyBundle(text, new Map([['test', mill.attestationPem]]))
          expect(statement.subject.map((one) => `sha256:${one.digest['sha256']}`)).toContain(subject)
        }
      }
    }
  })

  it('again changes nothing, and tests nothing again', async () => {
    const attempts = await catalog.attempts('thing')
    expect(await releaseImage(mill.f, own(), ARCH, never)).toMatchObject({
      status: 'current',
      index: first.index,
    })
    expect(await catalog.attempts('thing')).toEqual(attempts)
    expect(mill.events.filter(({ type }) => type === 'image.published')).toHaveLength(1)
  })

  it('is told to those who show it', async () => {
    expect(await catalog.record('thing', ARCH)).toMatchObject({
      tags: ['2.4.1-r3', '2.4.1', '2.4', '2', 'latest'],
      digest: first.index.digest,
      config: { entrypoint: ['/usr/bin/server'], user: '65532', workingDirectory: '/', shell: true },
      contents: [
        { name: 'base' },
        { name: 'server' },
        { name: 'tools', version: '2.4.1-r3', license: 'MIT' },
      ],
      sbom: { mediaType: 'application/spdx+json' },
      provenance: { mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json' },
      test: { outcome: 'passed', runtime: expect.stringMatching(/^runc \d/), cases: [{ name: 'is nobody' }] },
      history: [],
    })
    expect((await catalog.record('thing', ARCH))?.filling.map(({ parts }) => parts[0]?.name)).toEqual([
      'tools',
      'base',
      'server',
      'accounts, apk’s database, links',
    ])
    expect(await catalog.record('nothing', ARCH)).toBeUndefined()
    expect(await catalog.attempts('thing')).toMatchObject([
      { purpose: 'test', outcome: 'passed', version: '2.4.1-r3' },
      { purpose: 'image', outcome: 'passed' },
    ])
  })

  it('whose tests fail leaves what was published, and tells the cases', async () => {
    const outcome = await releaseImage(
      mill.f,
      own(sheetOf('  - {name: has more, present: [/more]}\n')),
      ARCH,
      never,
    )
    expect(outcome).toMatchObject({ status: 'stopped', at: 'test', cases: [{ outcome: 'failed' }] })
    expect(await shelf.resolve('thing', 'latest')).toMatchObject({ digest: first.index.digest })
    const [newest] = await catalog.attempts('thing')
    expect(newest).toMatchObject({
      purpose: 'test',
      outcome: 'failed',
      report: { why: '1 of 1 tests failed: has more' },
    })
  })

  it('that was refused before its making began is a failed attempt, until it can be made again', async () => {
    await releaseImage(mill.f, own(), ARCH, never)
    await noteRefused(mill.f, 'thing', ARCH, 'reading it: a key is not known')
    const newest = async () => (await catalog.attempts('thing'))[0]
    expect(await newest()).toMatchObject({
      outcome: 'failed',
      key: null,
      report: { why: 'reading it: a key is not known' },
    })
    expect(await releaseImage(mill.f, own(), ARCH, never)).toMatchObject({ status: 'current' })
    expect(await newest()).toMatchObject({ purpose: 'image', outcome: 'passed', version: '2.4.1-r3' })
  })

  it('that cannot be planned is a failed attempt', async () => {
    const broken = define(PASSING, 'broken', 'contents: {packages: [nobody-has-it]}')
    await expect(releaseImage(mill.f, broken, ARCH, never)).rejects.toMatchObject({
      code: 'DEPENDENCY_UNSATISFIED',
    })
    expect(await catalog.attempts('broken')).toMatchObject([
      {
        purpose: 'image',
        outcome: 'failed',
        key: null,
        report: { why: expect.stringContaining('nobody-has-it') },
      },
    ])
  })

  it('anew moves its tags, keeps the old image by digest, and can go back', async () => {
    const next = await releaseImage(mill.f, define(PASSING, 'thing', `${IMAGE}cmd: next\n`), ARCH, never)
    if (next.status === 'stopped') throw new Error(next.why)
    expect(await shelf.resolve('thing', 'latest')).toMatchObject({ digest: next.index.digest })
    expect(await shelf.resolve('thing', first.index.digest)).toMatchObject({ mediaType: OCI_INDEX })
    expect((await catalog.record('thing', ARCH))?.history).toMatchObject([
      { digest: first.index.digest, tags: expect.arrayContaining(['latest', '2.4']) },
    ])
    await releaseImage(mill.f, own(), ARCH, never)
    expect(await shelf.resolve('thing', 'latest')).toMatchObject({ digest: first.index.digest })
    expect((await catalog.record('thing', ARCH))?.sbom).not.toBeNull()
  })

  it('again makes anew what the store has lost of it, and offers nothing that is not there', async () => {
    const current = async () => {
      const outcome = await releaseImage(mill.f, define(PASSING, 'lasting', released), ARCH, never)
      if (outcome.status === 'stopped') throw new Error(outcome.why)
      const { key, manifest, config, layers } = outcome.image
      const top = layers.at(-1)?.descriptor
      return [outcome.index, manifest, config, top].map((one) => one?.digest as Digest).concat(key)
    }
    const own = await current()
    const about = async () => {
      const subjects = own.slice(0, 2)
      const referrers = (await Promise.all(subjects.map((one) => shelf.referrers('lasting', one)))).flat()
      const manifests = await Promise.all(
        referrers.map(async ({ digest }) => (await json(digest)) as unknown as ImageManifest),
      )
      const documents = manifests.flatMap(({ config, layers }) => [config, ...layers])
      return [...referrers, ...documents].map(({ digest }) => digest)
    }
    for (const digest of new Set([...own, ...(await about())])) {
      await mill.f.blobs.remove(digest)
      expect(await current()).toEqual(own)
      const said = await about()
      // Of two subjects there are three documents each; a manifest of one names its config and its layer.
      expect(said).toHaveLength(2 * 3 * 3)
      const there = await Promise.all([...own, ...said].map((one) => mill.f.blobs.has(one)))
      expect(there).not.toContain(false)
      const record = await catalog.record('lasting', ARCH)
      for (const document of [record?.sbom, record?.provenance]) expect(said).toContain(document?.digest)
    }
  })

  it.skipIf(!peers.skopeo)('as a layout is copied by skopeo, which checks every digest', async () => {
    const layout = join(mill.directory, 'layout')
    await writeImageLayout(shelf.blobs, first.index, [first.image], 'latest', layout)
    const args = [
      '--insecure-policy',
      'copy',
      '--all',
      `oci:${layout}:latest`,
      `dir:${mill.directory}/copied`,
    ]
    const copied = await exec({ program: 'skopeo', args })
    expect(copied.code, lastWords(copied)).toBe(0)
    await expect(
      writeImageLayout(shelf.blobs, first.index, [first.image], 'latest', layout),
    ).rejects.toMatchObject({
      code: 'USAGE',
    })
  })

  it.skipIf(!peers.umoci)('as a layout is unpacked by umoci, with owners and modes', async () => {
    const layout = join(mill.directory, 'for-umoci')
    await writeImageLayout(shelf.blobs, first.image.manifest, [{ ...first.image }], 'latest', layout)
    const unpacked = await exec({
      program: 'umoci',
      args: ['unpack', '--image', `${layout}:latest`, `${layout}-bundle`],
    })
    expect(unpacked.code, lastWords(unpacked)).toBe(0)
    const args = ['-c', '%a %u', 'home/nonroot', 'tmp', 'usr/bin/server']
    const stat = await exec({ program: 'stat', args, cwd: `${layout}-bundle/rootfs` })
    expect(stat.stdout).toBe('700 65532\n1777 0\n755 0\n')
  })

  it.skipIf(!peers.podman)('is run by podman', async () => {
    // Podman takes the directory for a name, in which there are no capitals.
    await using directory = await makeTempDirectory(tmpdir(), 'millrace-podman')
    const layout = join(directory.path, 'image')
    await writeImageLayout(shelf.blobs, first.image.manifest, [first.image], 'latest', layout)
    const storage = ['--root', `${layout}-root`, '--runroot', `${layout}-run`, '--storage-driver', 'vfs']
    const podman = (...args: string[]) =>
      exec({
        program: 'podman',
        args: [
          ...storage,
          '--cgroup-manager',
          'cgroupfs',
          '--events-backend',
          'file',
          '--runtime',
          'runc',
          ...args,
        ],
      })
    const pulled = await podman('pull', '--quiet', `oci:${layout}:latest`)
    expect(pulled.code, lastWords(pulled)).toBe(0)
    const id = pulled.stdout.trim()
    const ran = await podman(
      'run',
      '--rm',
      '--network',
      'none',
      '--ulimit',
      'nofile=1024:1024',
      '--ulimit',
      'nproc=1024:1024',
      '--entrypoint',
      '/usr/bin/id',
      id,
      '-u',
    )
    expect([ran.stdout.trim(), ran.code], lastWords(ran)).toEqual(['65532', 0])
    await podman('rmi', '--force', id)
  })
})
