// SPDX-License-Identifier: Apache-2.0
import type { LintSheet, OpenLint } from './lint.ts'
import { binaryArch } from './package/binary-arch.ts'
import { buildDir } from './package/build-dir.ts'
import { cudaRuntimeLib } from './package/cuda-runtime-lib.ts'
import { dev } from './package/dev.ts'
import { dll } from './package/dll.ts'
import { documentation } from './package/documentation.ts'
import { duplicate } from './package/duplicate.ts'
import { dylib } from './package/dylib.ts'
import { empty } from './package/empty.ts'
import { hardening } from './package/hardening.ts'
import { infodir } from './package/infodir.ts'
import { laFiles } from './package/la-files.ts'
import { lddCheck } from './package/ldd-check.ts'
import { manInfo } from './package/man-info.ts'
import { nonLinux } from './package/non-linux.ts'
import { object } from './package/object.ts'
import { opt } from './package/opt.ts'
import { pkgconf } from './package/pkgconf.ts'
import { pythonDocs } from './package/python-docs.ts'
import { pythonMultiple } from './package/python-multiple.ts'
import { pythonTest } from './package/python-test.ts'
import { sbom } from './package/sbom.ts'
import { setuidgid } from './package/setuidgid.ts'
import { srv } from './package/srv.ts'
import { staticArchive } from './package/static-archive.ts'
import { strip } from './package/strip.ts'
import { tempDir } from './package/temp-dir.ts'
import { unsupportedArch } from './package/unsupported-arch.ts'
import { usrMerge } from './package/usr-merge.ts'
import { usrlocal } from './package/usrlocal.ts'
import { varempty } from './package/varempty.ts'
import { worldWrite } from './package/world-write.ts'

/** A lint of packages. */
export interface PackageLint extends LintSheet {
  readonly open: OpenLint
}

const TO_COMPAT = 'install it below /usr, or name the package -compat when it imitates the layout of others'
const TO_DOC = 'move it to a -doc subpackage (uses: split/manpages, split/alldocs), or remove it'

/** Every lint of packages, by name. The first 30 are melange's, with its names and levels (melange.md §12); builddir and hardening are Millrace's own. */
export const PACKAGE_LINTS: readonly PackageLint[] = [
  {
    name: 'binaryarch',
    level: 'warn',
    title: 'all binaries are for x86_64 or aarch64',
    explanation: 'nobody who can install the package can run the others',
    advice: 'remove them in the pipeline, or keep the build from making them',
    open: binaryArch,
  },
  {
    name: 'cudaruntimelib',
    level: 'warn',
    title: 'the libraries of the CUDA driver are left to the host',
    explanation: 'they must fit the kernel driver of the machine: in an image they hide those that it mounts',
    advice: 'remove them; to link against them, use the stubs that CUDA has for it',
    open: cudaRuntimeLib,
  },
  {
    name: 'dev',
    level: 'required',
    title: 'nothing lies in /dev',
    explanation:
      'a file system of the kernel’s is mounted over /dev: what a package puts there is never seen',
    advice: 'remove it; device nodes are made by udev rules',
    open: dev,
  },
  {
    name: 'dll',
    level: 'warn',
    title: 'no libraries of Windows',
    explanation: 'they take room and cannot be loaded',
    advice: 'remove them in the pipeline; .NET programs need them, and list dll in checks.disabled',
    open: dll,
  },
  {
    name: 'documentation',
    level: 'off',
    title: 'documentation is in -doc packages',
    explanation: 'images carry it and nobody reads it there',
    advice: TO_DOC,
    open: documentation,
  },
  {
    name: 'duplicate',
    level: 'warn',
    title: 'no file is there twice under one name',
    explanation: 'every image that has the package carries the copies',
    advice: 'replace the copies with links (ln -sr)',
    open: duplicate,
  },
  {
    name: 'dylib',
    level: 'warn',
    title: 'no libraries of macOS',
    explanation: 'they take room and cannot be loaded',
    advice: 'remove them in the pipeline',
    open: dylib,
  },
  {
    name: 'empty',
    level: 'off',
    title: 'there are files',
    explanation: 'an empty package is often one whose files a step put elsewhere',
    advice: 'look in the log for where its files went; a package that is empty on purpose needs nothing',
    open: empty,
  },
  {
    name: 'infodir',
    level: 'required',
    title: 'nothing lies below /usr/share/info/dir',
    explanation:
      'it is the index of all info pages of a machine: two packages that bring it cannot be installed together',
    advice: 'remove it (uses: split/infodir)',
    open: infodir,
  },
  {
    name: 'lddcheck',
    level: 'warn',
    title: 'shared objects are tested for their libraries',
    explanation: 'a library that is missing when a program starts is found by its first user otherwise',
    advice: 'add uses: test/tw/ldd-check to the tests of the package; it is one of Wolfi’s own pipelines',
    open: lddCheck,
  },
  {
    name: 'libtool/la-files',
    level: 'required',
    title: 'no libtool archives',
    explanation:
      'with them, everything that links to a library links to all that it links to, at paths of the build',
    advice:
      'remove them (find "${{targets.contextdir}}" -name "*.la" -delete); programs that load plug-ins with libltdl need theirs',
    open: laFiles,
  },
  {
    name: 'maninfo',
    level: 'warn',
    title: 'manual and info pages are in -doc packages',
    explanation: 'images carry them and nobody reads them there',
    advice: TO_DOC,
    open: manInfo,
  },
  {
    name: 'nonlinux',
    level: 'warn',
    title: 'no files are named for macOS or Windows',
    explanation: 'they take room, and are of no use',
    advice: 'remove them in the pipeline',
    open: nonLinux,
  },
  {
    name: 'object',
    level: 'warn',
    title: 'no object files',
    explanation:
      'they are what a compiler leaves for the linker: most often a step has installed its build directory',
    advice:
      'remove them in the pipeline; start files such as crt1.o belong in the package, and list object in checks.disabled',
    open: object,
  },
  {
    name: 'opt',
    level: 'warn',
    title: 'nothing lies in /opt',
    explanation: '/opt is for what the owner of a machine installs beside its packages',
    advice: TO_COMPAT,
    open: opt,
  },
  {
    name: 'pkgconf',
    level: 'warn',
    title: 'files for pkg-config are tested',
    explanation: 'one that cannot be read, or asks for what is not there, breaks the builds of others',
    advice: 'add uses: test/pkgconf to the tests of the package; it is one of Wolfi’s own pipelines',
    open: pkgconf,
  },
  {
    name: 'python/docs',
    level: 'warn',
    title: 'no documentation is a Python package of its own',
    explanation:
      'every program can import it, and the next package that does the same cannot be installed beside',
    advice: 'remove the directory from site-packages in the pipeline',
    open: pythonDocs,
  },
  {
    name: 'python/multiple',
    level: 'warn',
    title: 'a package has one Python package',
    explanation: 'the others most often came as dependencies: no update and no advisory finds them there',
    advice: 'make packages of them and name these in dependencies.runtime; install with pip --no-deps',
    open: pythonMultiple,
  },
  {
    name: 'python/test',
    level: 'warn',
    title: 'no tests are a Python package of their own',
    explanation:
      'every program can import them, and the next package that does the same cannot be installed beside',
    advice: 'remove the directory from site-packages in the pipeline',
    open: pythonTest,
  },
  {
    name: 'sbom',
    level: 'warn',
    title: 'only SPDX documents lie in /var/lib/db/sbom',
    explanation: 'scanners take for a description of packages whatever lies there',
    advice: 'remove the files: the document of the package is put there by the build',
    open: sbom,
  },
  {
    name: 'setuidgid',
    level: 'required',
    title: 'no file runs with the rights of its owner or group',
    explanation: 'a fault in a setuid program makes everybody root',
    advice: 'take the bit away (chmod u-s,g-s,-t), or give the program a capability with setcap',
    open: setuidgid,
  },
  {
    name: 'srv',
    level: 'warn',
    title: 'nothing lies in /srv',
    explanation: '/srv is for what a site serves',
    advice: TO_COMPAT,
    open: srv,
  },
  {
    name: 'staticarchive',
    level: 'warn',
    title: 'static archives are in -dev or -static packages',
    explanation: 'nothing needs them to run, and they are large',
    advice: 'move them (uses: split/static), or do not build them (--disable-static)',
    open: staticArchive,
  },
  {
    name: 'strip',
    level: 'warn',
    title: 'binaries have no debug information',
    explanation: 'it is most of the size of a binary, and every image carries it',
    advice: 'end the pipeline with uses: strip; uses: split/debug keeps it in a -dbg subpackage',
    open: strip,
  },
  {
    name: 'tempdir',
    level: 'required',
    title: 'nothing lies in directories that are emptied',
    explanation:
      '/tmp and /run are empty after a start, and in most containers something is mounted over them',
    advice: 'remove the files; directories below /run are made by a file in /usr/lib/tmpfiles.d',
    open: tempDir,
  },
  {
    name: 'unsupportedarch',
    level: 'warn',
    title: 'no files are named for other architectures',
    explanation: 'packages are made for x86_64 and aarch64: what is for others is of no use in them',
    advice: 'remove them in the pipeline',
    open: unsupportedArch,
  },
  {
    name: 'usrlocal',
    level: 'warn',
    title: 'nothing lies in /usr/local',
    explanation: '/usr/local is for what no package manager installs',
    advice: TO_COMPAT,
    open: usrlocal,
  },
  {
    name: 'usrmerge',
    level: 'required',
    title: 'everything lies in /usr/bin and /usr/lib',
    explanation:
      '/bin, /sbin, /lib, /lib64 and /usr/sbin are links: a package that brings one as a directory breaks the system that installs it',
    advice: 'install below /usr/bin and /usr/lib (--prefix=/usr --sbindir=/usr/bin --libdir=/usr/lib)',
    open: usrMerge,
  },
  {
    name: 'varempty',
    level: 'required',
    title: 'nothing lies in /var/empty',
    explanation: 'daemons lock themselves into it because there is nothing in it to use',
    advice: 'remove the files in the pipeline',
    open: varempty,
  },
  {
    name: 'worldwrite',
    level: 'required',
    title: 'no file may be written to by everybody',
    explanation: 'whoever can write to a file decides what its readers get',
    advice: 'take the right away (chmod o-w)',
    open: worldWrite,
  },
  {
    name: 'builddir',
    level: 'warn',
    title: 'nothing names the directory of the build',
    explanation:
      'that path is nowhere else: what is looked for there is not found, and a build in another directory gives other bytes',
    advice:
      'compile with -ffile-prefix-map, set paths by ./configure, and remove search paths with chrpath -d or patchelf --remove-rpath',
    open: buildDir,
  },
  {
    name: 'hardening',
    level: 'warn',
    title: 'binaries are compiled and linked to be hard to take over',
    explanation: 'faults in a program without these means are easier to use against whoever runs it',
    advice: 'let the build take the compiler’s own options: keep its CFLAGS and LDFLAGS from replacing them',
    open: hardening,
  },
]
