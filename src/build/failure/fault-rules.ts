// SPDX-License-Identifier: Apache-2.0
import type { FailureClass } from './failure-class.ts'

/** What a program misses: a command, a shared library, a library to link, a pkg-config module, a header, a CMake package, a module of a language. */
export type WantedKind = 'cmd' | 'so' | 'lib' | 'pc' | 'header' | 'cmake' | 'python' | 'perl' | 'ruby'

/** How sure a line is: a `cause` names the fault itself, a `failure` says that something failed, a `hint` may be harmless. */
export type Strength = 'cause' | 'failure' | 'hint'

/** How one kind of program tells one kind of fault. */
export interface FaultRule {
  /** The programs that say so. */
  readonly by: string
  /** Its group `wanted` is what is missing. */
  readonly pattern: RegExp
  readonly class: FailureClass
  readonly strength: Strength
  readonly wants?: WantedKind
  /** The line is a heading, and the next line says what it is about. */
  readonly continues?: true
}

/** Of several rules that fit a line, the first one counts. */
export const FAULT_RULES: readonly FaultRule[] = [
  // What is missing.
  {
    by: 'gcc',
    pattern: /fatal error: (?<wanted>[^\s:]+\.\w+): No such file or directory/,
    ...{ class: 'dependency', strength: 'cause', wants: 'header' },
  },
  {
    by: 'clang',
    pattern: /fatal error: '(?<wanted>[^']+)' file not found/,
    ...{ class: 'dependency', strength: 'cause', wants: 'header' },
  },
  {
    by: 'ld, gold',
    pattern: /cannot find -l(?<wanted>[\w+.-]+)/,
    ...{ class: 'dependency', strength: 'cause', wants: 'lib' },
  },
  {
    by: 'lld',
    pattern: /unable to find library -l(?<wanted>[\w+.-]+)/,
    ...{ class: 'dependency', strength: 'cause', wants: 'lib' },
  },
  {
    by: 'ld.so',
    pattern: /error while loading shared libraries: (?<wanted>[^\s:]+): cannot open/,
    ...{ class: 'dependency', strength: 'cause', wants: 'so' },
  },
  {
    by: 'pkg-config, pkgconf',
    pattern: /^(?:--\s+)?(?:No package|Package) '(?<wanted>[^']+)'.*(?:not )?found/,
    ...{ class: 'dependency', strength: 'failure', wants: 'pc' },
  },
  {
    by: 'pkg-config',
    pattern: /^Package (?<wanted>[\w+.-]+) was not found in the pkg-config search path/,
    ...{ class: 'dependency', strength: 'failure', wants: 'pc' },
  },
  {
    by: 'meson',
    pattern: /ERROR: Dependency "(?<wanted>[^"]+)" not found/,
    ...{ class: 'dependency', strength: 'cause', wants: 'pc' },
  },
  {
    by: 'meson',
    pattern: /ERROR: Program '(?<wanted>[^' ]+).*not found or not executable/,
    ...{ class: 'dependency', strength: 'cause', wants: 'cmd' },
  },
  {
    by: 'meson',
    pattern: /ERROR: C(?:\+\+)? (?:shared or static )?library '(?<wanted>[^']+)' not found/,
    ...{ class: 'dependency', strength: 'cause', wants: 'lib' },
  },
  {
    by: 'cmake',
    pattern: /^\s+Could NOT find (?<wanted>\w+) \(missing:/,
    ...{ class: 'dependency', strength: 'cause', wants: 'cmake' },
  },
  {
    by: 'cmake',
    pattern: /Could not find a package configuration file provided by "(?<wanted>\w+)"/,
    ...{ class: 'dependency', strength: 'cause', wants: 'cmake' },
  },
  {
    by: 'cmake',
    pattern: /A required package was not found/,
    ...{ class: 'dependency', strength: 'failure' },
  },
  {
    by: 'autoconf',
    pattern: /^configure: error: Package requirements \((?<wanted>[\w+.-]+).*were not met/,
    ...{ class: 'dependency', strength: 'cause', wants: 'pc' },
  },
  {
    by: 'autoconf',
    pattern:
      /^configure: error: .*(?:not found|not be found|no acceptable|is required|are required|is needed|missing|(?:could|can)(?: ?not|'t) find)/i,
    ...{ class: 'dependency', strength: 'cause' },
  },
  {
    by: 'autoconf, automake',
    pattern: /error: possibly undefined macro: |error: .* is m4_require'd but not m4_defun'd/,
    ...{ class: 'dependency', strength: 'cause' },
  },
  {
    by: 'python',
    pattern: /ModuleNotFoundError: No module named '(?<wanted>[\w.]+)'/,
    ...{ class: 'dependency', strength: 'cause', wants: 'python' },
  },
  {
    by: 'python build',
    pattern: /^\s*(?:ERROR )?Missing dependencies:/,
    ...{ class: 'dependency', strength: 'cause', continues: true },
  },
  {
    by: 'perl',
    pattern: /Can't locate (?<wanted>[\w/]+)\.pm in @INC/,
    ...{ class: 'dependency', strength: 'cause', wants: 'perl' },
  },
  {
    by: 'ruby',
    pattern: /cannot load such file -- (?<wanted>[\w/.-]+)/,
    ...{ class: 'dependency', strength: 'cause', wants: 'ruby' },
  },
  {
    by: 'node',
    pattern: /^(?:Error: )?Cannot find module '/,
    ...{ class: 'dependency', strength: 'cause' },
  },
  {
    by: 'javac',
    pattern: /error: package [\w.]+ does not exist/,
    ...{ class: 'dependency', strength: 'cause' },
  },
  {
    by: 'shells',
    pattern: /^(?:[\w./-]+: )?(?:line )?(?:\d+: )?(?<wanted>[\w.+/-]+): (?:command )?not found$/,
    ...{ class: 'dependency', strength: 'failure', wants: 'cmd' },
  },
  {
    by: 'env',
    pattern: /^(?:\/usr\/bin\/)?env: [‘'"]?(?<wanted>[\w.+-]+)[’'"]?: No such file or directory/,
    ...{ class: 'dependency', strength: 'failure', wants: 'cmd' },
  },
  {
    by: 'make',
    pattern: /^g?make(?:\[\d+\])?: (?<wanted>[\w.+-]+): No such file or directory/,
    ...{ class: 'dependency', strength: 'failure', wants: 'cmd' },
  },
  {
    by: 'shells',
    pattern: /: (?<wanted>[\w./+-]+): bad interpreter: No such file or directory/,
    ...{ class: 'dependency', strength: 'cause', wants: 'cmd' },
  },

  // What is not as it was when the recipe was written.
  {
    by: 'whoever wants a network',
    pattern:
      /Could not resolve (?:host|proxy)|Temporary failure in name resolution|Network is unreachable|dial tcp|getaddrinfo|module lookup disabled by GOPROXY=off|EAI_AGAIN/,
    ...{ class: 'source', strength: 'cause' },
  },
  {
    by: 'cargo',
    pattern: /^error: (?:failed to (?:get|download|select a version)|no matching package)/,
    ...{ class: 'source', strength: 'cause' },
  },
  {
    by: 'patch',
    pattern:
      /^Hunk #\d+ FAILED at|^\d+ out of \d+ hunks? (?:FAILED|ignored)|Reversed \(or previously applied\) patch|can't find file to patch|malformed patch at line|^patch: (?:there is no|the name)/,
    ...{ class: 'source', strength: 'cause' },
  },
  {
    by: 'git',
    pattern:
      /^error: (?:patch failed: |.*: patch does not apply)|^fatal: (?:reference is not a tree|not a git repo)/,
    ...{ class: 'source', strength: 'cause' },
  },
  {
    by: 'tar and decompressors',
    pattern:
      /does not look like a tar archive|not in gzip format|File format not recognized$|End-of-central-directory signature not found|unexpected end of (?:file|input)|Unexpected EOF in archive/,
    ...{ class: 'source', strength: 'cause' },
  },
  {
    by: 'sha256sum',
    pattern: /^sha\d+sum: WARNING: \d+ computed checksums? did NOT match/,
    ...{ class: 'source', strength: 'cause' },
  },

  // What the machine, or a limit, did.
  {
    by: 'the kernel',
    pattern: /No space left on device|Disk quota exceeded|File too large|^File size limit exceeded/,
    ...{ class: 'disk-full', strength: 'cause' },
  },
  {
    by: 'the kernel',
    pattern:
      /Cannot allocate memory|virtual memory exhausted|\bout of memory\b|std::bad_alloc|Killed signal terminated program|java\.lang\.OutOfMemoryError/i,
    ...{ class: 'out-of-memory', strength: 'cause' },
  },
  {
    by: 'shells',
    pattern: /fork: (?:retry: )?Resource temporarily unavailable|can't fork|pthread_create failed/i,
    ...{ class: 'too-many-processes', strength: 'cause' },
  },
  {
    by: 'the kernel',
    pattern: /Input\/output error|\bBus error\b/,
    ...{ class: 'infrastructure', strength: 'cause' },
  },

  // What does not compile.
  {
    by: 'go',
    pattern:
      /^(?:\S+\.go:\d+:\d+: )?no required module provides package|cannot find module providing package/,
    ...{ class: 'source', strength: 'cause' },
  },
  {
    by: 'compilers and assemblers',
    pattern:
      /^[^\s:][^:]*:\d+(?::\d+)?: (?:fatal |internal compiler )?error:|^\S+: Assembler messages:|^\S+:\d+: Error: /i,
    ...{ class: 'compile', strength: 'cause' },
  },
  {
    by: 'linkers',
    pattern:
      /undefined reference to|multiple definition of|undefined symbol: |relocation \S+ against|^\S*ld(?:\.\w+)?: error: |^\S*ld: .*file format not recognized|DSO missing from command line/,
    ...{ class: 'compile', strength: 'cause' },
  },
  { by: 'rustc', pattern: /^error\[E\d+\]: /, class: 'compile', strength: 'cause' },
  {
    by: 'rustc, cargo',
    pattern: /^error: (?!could not compile|aborting due|linking with|build failed|test failed)/,
    ...{ class: 'compile', strength: 'failure' },
  },
  { by: 'go', pattern: /^(?:\.{0,2}\/)?[\w./@-]+\.go:\d+:\d+: /, class: 'compile', strength: 'cause' },
  { by: 'tsc', pattern: /error TS\d+: /, class: 'compile', strength: 'cause' },
  { by: 'maven', pattern: /^\[ERROR\] .*\.java:/, class: 'compile', strength: 'cause' },
  { by: 'meson', pattern: /meson\.build:\d+:\d+: ERROR: /, class: 'compile', strength: 'cause' },
  {
    by: 'cmake',
    pattern: /^CMake Error(?: at \S+:\d+ \(\w+\))?(?: in \S+)?:$/,
    ...{ class: 'compile', strength: 'failure', continues: true },
  },
  { by: 'autoconf', pattern: /^configure: error: /, class: 'compile', strength: 'cause' },
  {
    by: 'make',
    pattern: /\*\*\* No rule to make target|\*\*\* missing separator|\*\*\* No targets specified/,
    ...{ class: 'compile', strength: 'cause' },
  },
  {
    by: 'python, perl',
    pattern: /^SyntaxError: |^IndentationError: |^syntax error at \S+ line \d+/,
    ...{ class: 'compile', strength: 'cause' },
  },

  // Tests that fail.
  {
    by: 'TAP',
    pattern: /^\s*not ok \d+(?!.*# (?:TODO|SKIP))/i,
    ...{ class: 'test', strength: 'cause' },
  },
  { by: 'automake', pattern: /^(?:FAIL|XPASS|ERROR): \S/, class: 'test', strength: 'cause' },
  { by: 'go test', pattern: /^\s*--- FAIL: /, class: 'test', strength: 'cause' },
  { by: 'pytest', pattern: /^(?:FAILED|ERROR) \S+::\S+/, class: 'test', strength: 'cause' },
  { by: 'pytest', pattern: /^E {2,}\w/, class: 'test', strength: 'failure' },
  { by: 'unittest', pattern: /^FAIL: \w+ \(|^FAILED \(/, class: 'test', strength: 'cause' },
  { by: 'cargo test', pattern: /^test .* \.\.\. FAILED$/, class: 'test', strength: 'cause' },
  { by: 'rust', pattern: /^thread '.*' panicked at /, class: 'test', strength: 'failure' },
  {
    by: 'ctest',
    pattern: /^\s*\d+\/\d+ Test\s+#\d+: .*\*\*\*(?:Failed|Exception|Timeout|Not Run)/,
    ...{ class: 'test', strength: 'cause' },
  },
  { by: 'googletest', pattern: /^\[ {2}FAILED {2}\] \S/, class: 'test', strength: 'cause' },
  {
    by: 'meson test',
    pattern: /^\s*\d+\/\d+ .*\s(?:FAIL|TIMEOUT|ERROR)\s/,
    class: 'test',
    strength: 'cause',
  },
  { by: 'prove', pattern: /^#\s+Failed test |^Result: FAIL/, class: 'test', strength: 'cause' },
  {
    by: 'assert(3)',
    pattern: /: Assertion [`'].*' failed|^assertion (?:`.*` )?failed/i,
    ...{ class: 'test', strength: 'failure' },
  },

  // What only its step can say.
  {
    by: 'shells',
    pattern:
      /[Ss]yntax error(?: near unexpected token|:)|: [Ii]llegal option|can't cd to |: bad substitution|: unbound variable|parameter not set/,
    ...{ class: 'recipe', strength: 'failure' },
  },
  {
    by: 'perl, ruby, python',
    pattern: /^\w*(?:Error|Exception): ./,
    ...{ class: 'recipe', strength: 'failure' },
  },
  { by: 'anyone', pattern: /\b(?:fatal )?error\b\s*(?:\[\w+\])?:/i, class: 'recipe', strength: 'hint' },
  {
    by: 'anyone',
    pattern:
      /No such file or directory|Permission denied|Read-only file system|Operation not permitted|\bnot found\b/,
    ...{ class: 'recipe', strength: 'hint' },
  },
]

/** A line that fits none of these fits no rule: most lines are done with after one look. */
export const SUSPICIOUS =
  /err|fail|not |no |cannot|can't|could|unable|unreachable|undefined|multiple|missing|relocation|dial|network|resolution|getaddr|lookup|eai_|hunk|patch|unexpected|warning|space|quota|large|exceeded|memory|alloc|killed|fork|pthread|bus|messages|\.go:|xpass|panicked|exception|timeout|assert|syntax|illegal|substitution|unbound|denied|read-only|locate|interpreter|macro|required|E {2,}/i
