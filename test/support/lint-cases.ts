// SPDX-License-Identifier: Apache-2.0
import type { ControlFile } from '../../src/apk/index.ts'
import type { Planted } from './packed-apk.ts'
import { tinyElf } from './tiny-elf.ts'

/** Which of melange's lints have something against a package, each with the paths that it is about; [] when it is about the package as a whole. */
export type Outcome = Readonly<Record<string, readonly string[]>>

/** A package, and what melange's lints say of it when all of them are on. */
export interface LintCase {
  /** Completes `a package …`. */
  readonly claim: string
  readonly name?: string
  readonly files: Readonly<Record<string, Planted>>
  readonly control?: readonly ControlFile[]
  readonly found: Outcome
  /** What melange 0.59 says, where that is something else, and why Millrace does not. */
  readonly melange?: { readonly found: Outcome; readonly reason: string }
}

const PROGRAM = { bytes: 'x', mode: 0o755 } as const
const elf = (given: Parameters<typeof tinyElf>[0], mode = 0o755) => ({ bytes: tinyElf(given), mode })
const large = (text: string) => text.repeat(1024)
const debugInfo = { sections: [{ name: '.debug_info', type: 1 }] }
const recipe = (text: string): ControlFile[] => [{ name: '.melange.yaml', text, mode: 0o644 }]

export const LINT_CASES: readonly LintCase[] = [
  { claim: 'that is as it should be', files: { 'usr/bin/x': PROGRAM, 'etc/x.conf': 'x' }, found: {} },
  {
    claim: 'with files in /dev',
    files: { 'dev/a': 'x', 'dev/d/b': { link: 'a' } },
    found: { dev: ['dev/a', 'dev/d/b'] },
  },
  { claim: 'with a directory in /dev', files: { 'dev/shm': { directory: 0o755 }, 'usr/x': '' }, found: {} },
  { claim: 'with files in /opt', files: { 'opt/a/b': 'x' }, found: { opt: ['opt/a/b'] } },
  {
    claim: '-compat, with files in /opt, /srv and /usr/local',
    name: 'x-compat',
    files: { 'opt/a': 'x', 'srv/b': 'x', 'usr/local/c': 'x' },
    found: {},
  },
  { claim: 'with files in /srv', files: { 'srv/a': 'x' }, found: { srv: ['srv/a'] } },
  {
    claim: 'with files in /usr/local',
    files: { 'usr/local/bin/a': PROGRAM },
    found: { usrlocal: ['usr/local/bin/a'] },
  },
  { claim: 'with files in /var/empty', files: { 'var/empty/a': 'x' }, found: { varempty: ['var/empty/a'] } },
  { claim: 'with /var/empty', files: { 'var/empty': { directory: 0o755 }, 'usr/x': '' }, found: {} },
  {
    claim: 'with files below the index of info pages',
    files: { 'usr/share/info/dir/a': 'x' },
    found: { infodir: ['usr/share/info/dir/a'] },
  },
  {
    claim: 'with the index of info pages',
    files: { 'usr/share/info/dir': 'x' },
    found: { maninfo: ['usr/share/info/dir'] },
  },
  {
    claim: 'with object files',
    files: { 'usr/lib/a.o': 'x', 'usr/lib/.o': 'x', 'usr/lib/b.o.txt': 'x' },
    found: { object: ['usr/lib/.o', 'usr/lib/a.o'] },
  },
  { claim: 'with libraries of Windows', files: { 'usr/lib/a.dll': 'x' }, found: { dll: ['usr/lib/a.dll'] } },
  {
    claim: 'with libraries of macOS',
    files: { 'usr/lib/a.dylib': 'x' },
    found: { dylib: ['usr/lib/a.dylib'] },
  },
  {
    claim: '-dev, with libraries of other systems and archives',
    name: 'x-dev',
    files: { 'usr/lib/a.dll': 'x', 'usr/lib/a.dylib': 'x', 'usr/lib/a.a': 'x' },
    found: {},
  },
  { claim: 'with static archives', files: { 'usr/lib/a.a': 'x' }, found: { staticarchive: ['usr/lib/a.a'] } },
  { claim: '-static, with static archives', name: 'x-static', files: { 'usr/lib/a.a': 'x' }, found: {} },
  {
    claim: 'with libtool archives',
    files: { 'usr/lib/a.la': 'x' },
    found: { 'libtool/la-files': ['usr/lib/a.la'] },
  },
  {
    claim: 'with libraries of the CUDA driver',
    files: {
      'usr/lib/libcuda.so.1': 'x',
      'usr/lib/libnvidia-ml.so': 'x',
      'usr/lib/libcudart.so.1': 'x',
      'usr/lib/x/libcuda.so': 'x',
    },
    found: {
      cudaruntimelib: ['usr/lib/libcuda.so.1', 'usr/lib/libnvidia-ml.so'],
      lddcheck: [
        'usr/lib/libcuda.so.1',
        'usr/lib/libcudart.so.1',
        'usr/lib/libnvidia-ml.so',
        'usr/lib/x/libcuda.so',
      ],
    },
  },
  {
    claim: 'with documentation',
    files: {
      'usr/share/README': '',
      'usr/share/READ.ME': '',
      'usr/share/a.md': '',
      'usr/share/a.docx': '',
      'usr/share/a.1x': '',
      'usr/share/a.1': '',
      'usr/share/TODO.txt': '',
      'usr/share/MYTODO': '',
    },
    found: {
      documentation: [
        'usr/share/MYTODO',
        'usr/share/READ.ME',
        'usr/share/README',
        'usr/share/a.1x',
        'usr/share/a.docx',
        'usr/share/a.md',
      ],
    },
  },
  {
    claim: '-doc, with documentation',
    name: 'x-doc',
    files: { 'usr/share/README': '', 'usr/share/man/man1/a.1': '', 'usr/share/info/a.info': '' },
    found: {},
  },
  {
    claim: 'with manual and info pages',
    files: {
      'usr/share/man/man1/a.1': '',
      'usr/share/man/man3/b.3pm.gz': '',
      'usr/share/man/c.8': '',
      'usr/local/share/man/man5/d.5': '',
      'usr/man/e.1': '',
      'usr/share/man/de/man1/f.1': '',
      'usr/share/info/a.info-1.gz': '',
      'usr/share/info/b.txt': '',
    },
    found: {
      maninfo: [
        'usr/local/share/man/man5/d.5',
        'usr/man/e.1',
        'usr/share/info/a.info-1.gz',
        'usr/share/man/c.8',
        'usr/share/man/man1/a.1',
        'usr/share/man/man3/b.3pm.gz',
      ],
      usrlocal: ['usr/local/share/man/man5/d.5'],
    },
  },
  {
    claim: 'with files beside its SPDX document',
    files: {
      'var/lib/db/sbom/x-1.0-r0.spdx.json': '{}',
      'var/lib/db/sbom/x.json': '{}',
      'var/lib/db/sbom/d/e': '',
    },
    found: { empty: [], sbom: ['var/lib/db/sbom/x.json'] },
  },
  { claim: 'of directories only', files: { 'usr/share/x': { directory: 0o755 } }, found: { empty: [] } },
  { claim: 'of one link', files: { 'usr/share/x': { link: 'y' } }, found: {} },
  {
    claim: 'with files where they do not last',
    files: {
      'tmp/a': '',
      'var/tmp/b': '',
      'var/run/d': { directory: 0o755 },
      'run/e': '',
      'run/f': { directory: 0o755 },
      'tmp/g': { directory: 0o1777 },
      'usr/tmp/h': '',
    },
    found: { tempdir: ['run/e', 'run/f', 'tmp/a', 'var/run/d', 'var/tmp/b'] },
  },
  {
    claim: 'with a directory in /run that is made again',
    files: { 'run/f': { directory: 0o755 }, 'usr/lib/tmpfiles.d/f.conf': 'd /run/f' },
    found: {},
  },
  {
    claim: 'with a file in /run beside one that is made again',
    files: { 'run/f': 'x', 'var/run/g': { directory: 0o755 }, 'usr/lib/tmpfiles.d/f.conf': 'd /run/f' },
    found: { tempdir: ['run/f', 'var/run/g'] },
  },
  {
    claim: 'with names outside /usr',
    files: {
      'bin/a': PROGRAM,
      'lib/b': '',
      lib64: { link: 'usr/lib' },
      'usr/sbin/c': PROGRAM,
      'usr/bin/d': PROGRAM,
      'library/e': '',
    },
    found: { usrmerge: ['bin', 'bin/a', 'lib', 'lib/b', 'lib64', 'usr/sbin', 'usr/sbin/c'] },
  },
  {
    claim: 'with a file at the root, and names outside /usr behind it',
    files: { a: '', 'sbin/b': PROGRAM },
    found: { usrmerge: ['sbin', 'sbin/b'] },
    melange: { found: {}, reason: 'a file that sorts before them ends its walk' },
  },
  {
    claim: 'with setuid, setgid and sticky files',
    files: {
      'usr/bin/a': { bytes: 'x', mode: 0o4755 },
      'usr/bin/b': { bytes: 'x', mode: 0o6711 },
      'usr/bin/c': { bytes: 'x', mode: 0o1755 },
      'usr/share/d': { directory: 0o2755 },
    },
    found: { setuidgid: ['usr/bin/a', 'usr/bin/b', 'usr/bin/c'] },
  },
  {
    claim: 'with files that everybody may write to',
    files: {
      'etc/a': { bytes: 'x', mode: 0o666 },
      'usr/bin/b': { bytes: 'x', mode: 0o777 },
      'var/d': { directory: 0o777 },
      'var/l': { link: 'd' },
    },
    found: { worldwrite: ['etc/a', 'usr/bin/b'] },
  },
  {
    claim: 'with files for other systems',
    files: {
      'usr/share/darwin/a': '',
      'usr/share/b-Win32.txt': '',
      'usr/share/os_x': '',
      'usr/share/macos': { directory: 0o755 },
      'usr/share/linux': '',
    },
    found: { nonlinux: ['usr/share/b-Win32.txt', 'usr/share/darwin/a', 'usr/share/os_x'] },
  },
  {
    claim: 'with files for other architectures',
    files: {
      'usr/lib/mips/a': '',
      'usr/lib/s390tools/b': '',
      'usr/share/c-i386.txt': '',
      'usr/share/d_riscv64_e': '',
      'usr/share/f-i386-x86_64': '',
      'usr/share/mips': '',
      'usr/share/g.m68k': '',
      'usr/share/amd64/h-i386.x': '',
    },
    found: {
      unsupportedarch: [
        'usr/lib/mips/a',
        'usr/lib/s390tools/b',
        'usr/share/c-i386.txt',
        'usr/share/d_riscv64_e',
        'usr/share/g.m68k',
      ],
    },
  },
  {
    claim: 'with binaries for other architectures',
    files: {
      'usr/bin/a': elf({ machine: 243, type: 2 }),
      'usr/lib/b.so': elf({ machine: 3, class: 32 }, 0o644),
      'usr/share/c': elf({ machine: 22 }, 0o644),
      'usr/bin/d': elf({ machine: 183 }),
    },
    found: { binaryarch: ['usr/bin/a', 'usr/lib/b.so'], lddcheck: ['usr/lib/b.so'] },
  },
  {
    claim: 'with binaries that are not stripped',
    files: {
      'usr/bin/a': elf({ type: 2, ...debugInfo }),
      'usr/share/b': elf(debugInfo, 0o644),
      'usr/bin/c': elf({ type: 2, sections: [{ name: '.text', type: 1 }] }),
    },
    found: { strip: ['usr/bin/a'] },
    melange: {
      found: {},
      reason: 'it looks for a section named .debug, which compilers have not made since DWARF 1',
    },
  },
  {
    claim: 'with a section named .debug',
    files: { 'usr/bin/a': elf({ type: 2, sections: [{ name: '.debug', type: 1 }] }) },
    found: { strip: ['usr/bin/a'] },
  },
  {
    claim: 'with what only begins as an ELF file',
    files: { 'usr/bin/a': { bytes: '\x7fELF?', mode: 0o755 }, 'usr/share/b': '\x7fELF?' },
    found: { strip: ['usr/bin/a'] },
    melange: { found: { strip: [] }, reason: 'it does not say which file it cannot read' },
  },
  {
    claim: 'with the same file twice',
    files: {
      'usr/share/a/x': large('x'),
      'usr/share/b/x': large('x'),
      'usr/share/c/y': large('x'),
      'usr/share/d/x': large('y'),
      'usr/share/e/z': 'z',
      'usr/share/f/z': 'z',
      'usr/share/g/LICENSE': large('l'),
      'usr/share/h/LICENSE': large('l'),
      'usr/share/node_modules/COPYING.txt': large('l'),
      'usr/share/i/COPYING.txt': large('l'),
    },
    found: { duplicate: ['usr/share/a/x', 'usr/share/b/x'] },
  },
  {
    claim: 'with shared objects',
    files: {
      'usr/lib/a.so': '',
      'usr/lib/b.so.1.2': '',
      'usr/lib/c.so.x1': '',
      'usr/lib/d.so': { link: 'a.so' },
    },
    found: { lddcheck: ['usr/lib/a.so', 'usr/lib/b.so.1.2', 'usr/lib/d.so'] },
  },
  {
    claim: 'with shared objects that its recipe tests',
    files: { 'usr/lib/a.so': '', 'usr/lib/pkgconfig/a.pc': '' },
    control: recipe(
      'package:\n  name: x\n  version: "1.0"\n  epoch: 0\ntest:\n  pipeline:\n    - uses: test/tw/ldd-check\n',
    ),
    found: { pkgconf: ['usr/lib/pkgconfig/a.pc'] },
  },
  {
    claim: 'that is a subpackage, with files for pkg-config that its recipe tests',
    name: 'x-dev',
    files: { 'usr/lib/a.so': '', 'usr/share/pkgconfig/a.pc': '' },
    control: recipe(
      'package:\n  name: x\n  version: "1.0"\n  epoch: 0\ntest:\n  pipeline:\n    - uses: test/tw/ldd-check\nsubpackages:\n  - name: x-dev\n    test:\n      pipeline:\n        - uses: test/pkgconf\n',
    ),
    found: { lddcheck: ['usr/lib/a.so'] },
  },
  {
    claim: 'with files for pkg-config',
    files: { 'usr/lib/pkgconfig/a.pc': '', 'usr/share/pkgconfig/d/b': '', 'usr/lib64/pkgconfig/c.pc': '' },
    found: { pkgconf: ['usr/lib/pkgconfig/a.pc', 'usr/share/pkgconfig/d/b'] },
  },
  {
    claim: 'with documentation as a Python package',
    files: {
      'usr/lib/python3.12/site-packages/x/a.py': '',
      'usr/lib/python3.12/site-packages/docs/b.py': '',
    },
    found: { 'python/docs': [] },
  },
  {
    claim: 'with tests as a Python package',
    files: {
      'usr/lib/python3.12/site-packages/x/a.py': '',
      'usr/lib/python3.12/site-packages/tests/b.py': '',
    },
    found: { 'python/test': [] },
  },
  {
    claim: 'with two Python packages',
    files: {
      'usr/lib/python3.12/site-packages/yaml/a.py': '',
      'usr/lib/python3.12/site-packages/requests/b.py': '',
      'usr/lib/python3.12/site-packages/requests-1.dist-info/METADATA': '',
      'usr/lib/python3.12/site-packages/_private/c.py': '',
      'usr/lib/python3.12/site-packages/x.pth': '',
    },
    found: { 'python/multiple': [] },
  },
  {
    claim: 'with a Python module, its directory and its extension',
    files: {
      'usr/lib/python3.12/site-packages/foo/a.py': '',
      'usr/lib/python3.12/site-packages/foo.cpython-312.so': '',
    },
    found: { lddcheck: ['usr/lib/python3.12/site-packages/foo.cpython-312.so'] },
  },
  {
    claim: 'with two Python modules whose names begin alike',
    files: {
      'usr/lib/python3.12/site-packages/alpha.py': '',
      'usr/lib/python3.12/site-packages/alps.py': '',
    },
    found: { 'python/multiple': [] },
    melange: { found: {}, reason: 'of a module’s name it takes as many letters as its ending has' },
  },
  {
    claim: 'for two Pythons',
    files: { 'usr/lib/python3.12/site-packages/x.py': '', 'usr/lib/python3.13/site-packages/x.py': '' },
    found: { 'python/docs': [], 'python/multiple': [], 'python/test': [] },
  },
  {
    claim: 'with a hard link of a file',
    files: { 'usr/share/a/x': large('x'), 'usr/share/b/x': { hardlink: 'usr/share/a/x' } },
    found: {},
  },
]
