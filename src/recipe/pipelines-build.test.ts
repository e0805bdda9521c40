// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  main,
  onMachine,
  openWorkbench,
  subpackage,
  type Workbench,
} from '../../test/support/run-pipeline.ts'

let bench: Workbench
beforeEach(async () => {
  bench = await openWorkbench()
})
afterEach(() => bench[Symbol.asyncDispose]())

/** What stubs of programs were called with: one list of words for each call. */
async function calls(yaml: string, programs: readonly string[], packageName = 'hello'): Promise<string[][]> {
  for (const program of programs)
    await bench.stub(
      program,
      'echo "call: $(basename "$0")"; for word in "$@"; do printf "word: %s\\n" "$word"; done',
    )
  const { code, stdout, stderr } = await bench.run(yaml, packageName)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
    .replaceAll(bench.workspace, '/home/build')
    .split(/^call: /m)
    .slice(1)
    .map((call) => call.trim().split('\nword: '))
}

describe('autoconf and make', () => {
  it('configure, build and install into the package being built, without libtool archives', async ({
    skip,
  }) => {
    const missing = onMachine('make')
    skip(missing !== undefined, missing)
    await bench.write('src/configure', '#!/bin/sh\necho "configured $*" | tee config.log\n', 0o755)
    await bench.write(
      'src/Makefile',
      'all:\n\techo made > made\ninstall:\n\tmkdir -p "$(DESTDIR)/usr/lib"\n\tcp made "$(DESTDIR)/usr/lib/made"\n\ttouch "$(DESTDIR)/usr/lib/libx.la"\n',
    )
    const yaml = `pipeline:
  - uses: autoconf/configure
    with:
      dir: src
      opts: |
        --disable-static \\
        CFLAGS="-O2 -g"
  - uses: autoconf/make
    with:
      dir: src
subpackages:
  - name: hello-libs
    pipeline:
      - uses: autoconf/make-install
        with:
          dir: src
`
    const { stdout } = await bench.run(yaml)
    expect(stdout).toContain(
      'configured --host=x86_64-pc-linux-gnu --build=x86_64-pc-linux-gnu --prefix=/usr --sysconfdir=/etc --libdir=/usr/lib ' +
        '--mandir=/usr/share/man --infodir=/usr/share/info --localstatedir=/var --disable-static CFLAGS=-O2 -g\n',
    )
    expect(await bench.run(yaml, 'hello-libs')).toMatchObject({ code: 0 })
    expect(await bench.tree('melange-out/hello-libs')).toEqual(['usr/lib/made'])
  })

  it('make configure when there is only its source', async () => {
    await bench.write('configure.ac')
    await bench.stub(
      'autoreconf',
      'echo "autoreconf $*"; printf "#!/bin/sh\\n" > configure; chmod +x configure',
    )
    expect((await bench.run(main('autoconf/configure'))).stdout).toBe('autoreconf -vfi\n')
  })
})

describe('cmake and meson', () => {
  it('cmake configures, builds and installs a project', async ({ skip }) => {
    const missing = onMachine('cmake', 'ninja', 'gcc')
    skip(missing !== undefined, missing)
    await bench.write(
      'CMakeLists.txt',
      'project(hello C)\nadd_library(hello SHARED hello.c)\ninstall(TARGETS hello)\n',
    )
    await bench.write('hello.c', 'int hello(void) { return 0; }\n')
    const yaml = `pipeline:\n  - uses: cmake/configure\n  - uses: cmake/build\n  - uses: cmake/install\n`
    expect(await bench.run(yaml)).toMatchObject({ code: 0 })
    expect(await bench.tree('melange-out/hello')).toEqual(['usr/lib/libhello.so'])
  })

  it('are called with what recipes give and what makes builds the same everywhere', async () => {
    const yaml = `pipeline:
  - uses: cmake/configure
    with:
      output-dir: out dir
      opts: -DA=1 -DB="two words"
  - uses: meson/configure
    with:
      opts: -Ddocs=false
  - uses: meson/compile
  - uses: meson/install
`
    const [cmake, setup, compile, install] = await calls(yaml, ['cmake', 'meson', 'nproc'])
    expect(cmake).toEqual([
      'cmake',
      '-B',
      'out dir',
      '-G',
      'Ninja',
      '-DCMAKE_BUILD_TYPE=Release',
      '-DCMAKE_INSTALL_PREFIX=/usr',
      '-DCMAKE_INSTALL_LIBDIR=lib',
      '-DCMAKE_VERBOSE_MAKEFILE=ON',
      '-DA=1',
      '-DB=two words',
    ])
    expect(setup?.filter((word) => !word.startsWith('--native-file='))).toEqual([
      'meson',
      'setup',
      '.',
      'output',
      '--prefix=/usr',
      '--wrap-mode=nodownload',
      '-Ddocs=false',
    ])
    expect(compile?.slice(0, 4)).toEqual(['meson', 'compile', '-C', 'output'])
    expect(install).toEqual(['meson', 'install', '-C', 'output'])
  })
})

describe('go', () => {
  it('builds with flags whose shell words are expanded as recipes expect', async () => {
    await bench.write('sub/go.mod')
    await bench.write('go.mod.local', 'local')
    const inputs = {
      packages: './cmd/a ./cmd/b',
      output: 'hello',
      modroot: 'sub',
      ldflags: '-X main.version=1.0\n-X main.by="$(echo me)"',
      tags: 'one',
      'extra-args': '-v',
    }
    const [go] = await calls(main('go/build', inputs), ['go'])
    expect(go).toEqual([
      'go',
      'build',
      '-o',
      '/home/build/melange-out/hello/usr/bin/hello',
      '-tags',
      'netgo,osusergo,one',
      '-ldflags',
      '-w -X main.version=1.0\n-X main.by=me',
      '-trimpath',
      '-buildmode',
      'default',
      '-v',
      './cmd/a',
      './cmd/b',
    ])
    expect(await bench.read('sub/go.mod')).toBe('local')
  })

  it('lets Go name the program when no output is given, and changes modules first', async () => {
    await bench.write('go.mod')
    const [v2] = await calls(main('go/build/v2'), ['go'])
    expect(v2?.slice(0, 4)).toEqual(['go', 'build', '-o', '/home/build/melange-out/hello/usr/bin/'])
    const [get, other, tidy] = await calls(
      main('go/build', { packages: '.', output: 'x', deps: 'a@v1\nb@v2\n' }),
      ['go'],
    )
    expect([get, other, tidy]).toEqual([
      ['go', 'get', 'a@v1'],
      ['go', 'get', 'b@v2'],
      ['go', 'mod', 'tidy'],
    ])
  })

  it('says that a module is needed', async () => {
    expect(await bench.run(main('go/build/v2', { modroot: 'x y' }))).toMatchObject({ code: 1 })
    await bench.write('x y/readme')
    expect(await bench.run(main('go/build/v2', { modroot: 'x y' }))).toMatchObject({
      stderr: expect.stringContaining('there is no go.mod in x y'),
    })
  })

  it('installs what a module builds', async () => {
    await bench.stub('go', 'printf x > "$GOBIN/tool"; echo "$*"')
    const { stdout } = await bench.run(main('go/install', { package: 'example.org/tool', version: 'v1' }))
    expect(stdout).toContain('install -tags netgo,osusergo, -ldflags -w  -trimpath example.org/tool@v1\n')
    expect(await bench.tree('melange-out/hello')).toEqual(['usr/bin/tool'])
  })
})

describe('other languages', () => {
  it('cargo installs the one program that is named, or all programs and nothing else', async () => {
    await bench.stub(
      'cargo',
      'echo "$RUSTFLAGS|$*"; mkdir -p target/release/deps; touch target/release/x.d; for x in a b; do echo > target/release/$x; chmod +x target/release/$x; done',
    )
    expect((await bench.run(main('cargo/build', { output: 'a', jobs: '3', rustflags: '-C x' }))).stdout).toBe(
      '-C x|auditable build --target-dir target --release --jobs 3\n',
    )
    expect(await bench.tree('melange-out/hello')).toEqual(['usr/bin/a'])
    await bench.run(subpackage('all', 'cargo/build'), 'all')
    expect(await bench.tree('melange-out/all')).toEqual(['usr/bin/a', 'usr/bin/b'])
  })

  it('ruby installs a local gem and cleans up behind it', async () => {
    await bench.stub('ruby', 'printf /usr/lib/gems')
    const [gem] = await calls(main('ruby/install', { gem: 'rack', version: '${VERSION:-2.0}' }), ['gem'])
    expect(gem).toEqual([
      'gem',
      'install',
      'rack-2.0.gem',
      '--version',
      '2.0',
      '--local',
      '--ignore-dependencies',
      '--no-document',
      '--verbose',
      '--install-dir',
      '/home/build/melange-out/hello/usr/lib/gems',
      '--bindir',
      '/home/build/melange-out/hello/usr/bin',
    ])
    for (const path of ['cache/x', 'build_info/x', 'gems/rack/mkmf.log', 'gems/rack/a.rb'])
      await bench.write(`melange-out/hello/usr/lib/gems/${path}`)
    await bench.run(main('ruby/clean'))
    expect(await bench.tree('melange-out/hello/usr/lib')).toEqual(['gems/gems/rack/a.rb'])
  })

  it('python imports each statement and says which fails', async ({ skip }) => {
    const missing = onMachine('python3')
    skip(missing !== undefined, missing)
    const given = {
      python: 'python3',
      imports: 'import os # first\n\nfrom json import loads\nimport not_there_at_all\n',
    }
    const { code, stdout } = await bench.run(main('python/import', given))
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: 'passed: import os\npassed: from json import loads\nfailed: import not_there_at_all\n',
    })
    expect(
      await bench.run(main('python/import', { python: 'python3', from: 'json', import: 'loads' })),
    ).toMatchObject({ code: 0 })
    expect(await bench.run(main('python/import', { import: 'a', imports: 'b' }))).toMatchObject({ code: 1 })
  })

  it('npm installs a version, and overrides others through a project of its own', async ({ skip }) => {
    await bench.stub('npm', 'echo "npm $*"; [ ! -f package.json ] || cat package.json')
    const { stdout } = await bench.run(
      main('npm/install', { package: '@a/b', version: '1.0.0', overrides: 'c@^2 # why\n@d/e@3,' }),
    )
    skip(onMachine('node') !== undefined, onMachine('node'))
    const prefix = `${bench.workspace}/melange-out/hello/usr/`
    expect(stdout.replaceAll(prefix, '/prefix/')).toBe(
      'npm install -g @a/b@1.0.0 --prefix /prefix/\nnpm install --install-strategy=shallow .\n' +
        '{"dependencies":{"@a/b":"1.0.0"},"overrides":{"c":"^2","@d/e":"3"}}\n',
    )
  })

  it('perl, pecl and R call their tools', async () => {
    await bench.stub('perl', '[ "$1" = -MConfig ] && printf -- -Dx && exit; echo "$CFLAGS|$*"')
    expect((await bench.run(main('perl/make'))).stdout).toBe(' -Dx|-I. Makefile.PL INSTALLDIRS=vendor\n')
    await bench.write('melange-out/hello/usr/lib/.packlist')
    await bench.run(main('perl/cleanup'))
    expect(await bench.tree('melange-out/hello/usr')).toEqual(['lib/'])
    const [make] = await calls(main('pecl/install', { extension: 'redis' }), ['make'])
    expect(make).toEqual(['make', 'INSTALL_ROOT=/home/build/melange-out/hello', 'install'])
    expect(await bench.read('melange-out/hello/etc/php/conf.d/redis.ini')).toBe('extension=redis.so\n')
    expect(await bench.run(main('R/build', { package: 'DBI', version: '1' }))).toMatchObject({
      code: expect.anything(),
    })
    await bench.stub('Rscript', 'mkdir -p "${@: -1}/DBI"')
    expect(await bench.run(main('R/build', { package: 'DBI', version: '1' }))).toMatchObject({ code: 0 })
    expect(await bench.run(main('R/build', { package: 'Other', version: '1' }))).toMatchObject({ code: 1 })
  })
})
