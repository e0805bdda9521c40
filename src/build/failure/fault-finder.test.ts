// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Fault, openFaultFinder } from './fault-finder.ts'
import { FAULT_RULES, SUSPICIOUS } from './fault-rules.ts'

function faultIn(lines: readonly string[], code = 1): Fault | null {
  const finder = openFaultFinder()
  for (const line of lines) finder.hear(line)
  return finder.fault(code)
}

interface Excerpt {
  readonly name: string
  readonly log: string
  readonly code?: number
  /** Its class, what is missing, and a part of its line. */
  readonly want: readonly [of: Fault['class'], missing: string | null, line: string]
}

const EXCERPTS: readonly Excerpt[] = [
  {
    name: 'gcc misses a header',
    log: 'cc -c -o a.o a.c\na.c:4:10: fatal error: zlib.h: No such file or directory\n    4 | #include <zlib.h>\ncompilation terminated.\nmake[1]: *** [Makefile:9: a.o] Error 1',
    want: ['dependency', 'header zlib.h', 'a.c:4:10: fatal error: zlib.h'],
  },
  {
    name: 'clang misses a header',
    log: "src/tls.cc:12:10: fatal error: 'openssl/ssl.h' file not found\n1 error generated.",
    want: ['dependency', 'header openssl/ssl.h', 'openssl/ssl.h'],
  },
  {
    name: 'ld misses a library',
    log: '/usr/bin/ld: cannot find -lreadline: No such file or directory\ncollect2: error: ld returned 1 exit status',
    want: ['dependency', 'lib readline', 'cannot find -lreadline'],
  },
  {
    name: 'lld misses a library',
    log: 'ld.lld: error: unable to find library -lssl\nclang: error: linker command failed with exit code 1',
    want: ['dependency', 'lib ssl', '-lssl'],
  },
  {
    name: 'the loader misses a library',
    log: './tool: error while loading shared libraries: libpcre2-8.so.0: cannot open shared object file: No such file or directory',
    code: 127,
    want: ['dependency', 'so libpcre2-8.so.0', 'libpcre2-8.so.0'],
  },
  {
    name: 'bash misses a command',
    log: '/bin/sh: line 5: scanelf: command not found',
    code: 127,
    want: ['dependency', 'cmd scanelf', 'scanelf: command not found'],
  },
  {
    name: 'dash misses a command, after an error that did no harm',
    log: 'x.c:1:1: error: a probe that may fail\n/bin/sh: 7: xgettext: not found',
    code: 127,
    want: ['dependency', 'cmd xgettext', 'xgettext'],
  },
  {
    name: 'busybox misses a command',
    log: 'sh: cmake: not found',
    code: 127,
    want: ['dependency', 'cmd cmake', 'cmake'],
  },
  {
    name: 'env misses an interpreter',
    log: "env: 'python3': No such file or directory",
    code: 127,
    want: ['dependency', 'cmd python3', 'python3'],
  },
  {
    name: 'make misses a command',
    log: 'help2man --output=x.1 ./x\nmake[2]: help2man: No such file or directory\nmake[2]: *** [Makefile:30: x.1] Error 127',
    code: 2,
    want: ['dependency', 'cmd help2man', 'help2man: No such file'],
  },
  {
    name: 'a script misses its interpreter',
    log: './run: /usr/bin/ruby: bad interpreter: No such file or directory',
    code: 126,
    want: ['dependency', 'cmd /usr/bin/ruby', 'bad interpreter'],
  },
  {
    name: 'pkgconf misses a module',
    log: "No package 'glib-2.0' found\nsomething gave up",
    want: ['dependency', 'pc glib-2.0', "No package 'glib-2.0' found"],
  },
  {
    name: 'pkgconf misses what a module needs',
    log: "Package 'libffi', required by 'gobject-2.0', not found",
    want: ['dependency', 'pc libffi', 'libffi'],
  },
  {
    name: 'pkg-config misses a module',
    log: "Package sqlite3 was not found in the pkg-config search path.\nPerhaps you should add the directory containing `sqlite3.pc'\nNo package 'sqlite3' found",
    want: ['dependency', 'pc sqlite3', 'Package sqlite3 was not found'],
  },
  {
    name: 'meson misses a dependency that it may not do without',
    log: 'Run-time dependency libxml-2.0 found: NO (tried pkgconfig and cmake)\nRun-time dependency icu-uc found: NO\n\nmeson.build:41:10: ERROR: Dependency "icu-uc" not found, tried pkgconfig',
    want: ['dependency', 'pc icu-uc', 'meson.build:41:10: ERROR'],
  },
  {
    name: 'meson misses a program',
    log: "meson.build:3:0: ERROR: Program 'gperf' not found or not executable",
    want: ['dependency', 'cmd gperf', 'gperf'],
  },
  {
    name: 'meson misses a library',
    log: "meson.build:18:9: ERROR: C shared or static library 'bz2' not found",
    want: ['dependency', 'lib bz2', 'bz2'],
  },
  {
    name: 'cmake misses a package, below its heading',
    log: 'CMake Error at /usr/share/cmake/Modules/FindPackageHandleStandardArgs.cmake:233 (message):\n  Could NOT find ZLIB (missing: ZLIB_LIBRARY ZLIB_INCLUDE_DIR)\nCall Stack (most recent call first):\n-- Configuring incomplete, errors occurred!',
    want: ['dependency', 'cmake ZLIB', 'Could NOT find ZLIB'],
  },
  {
    name: 'cmake misses a package’s configuration',
    log: 'CMake Error at CMakeLists.txt:12 (find_package):\n  By not providing "FindBoost.cmake" in CMAKE_MODULE_PATH this project has\n\n  Could not find a package configuration file provided by "Boost" with any of',
    want: ['dependency', 'cmake Boost', 'provided by "Boost"'],
  },
  {
    name: 'cmake asks pkg-config',
    log: '-- Checking for module "libuv>=1.40"\n  A required package was not found',
    want: ['dependency', null, 'A required package was not found'],
  },
  {
    name: 'cmake has another complaint',
    log: 'CMake Error at CMakeLists.txt:3 (cmake_minimum_required):\n  CMake 3.99 or higher is required.  You are running version 3.31.0\n',
    want: ['compile', null, 'CMakeLists.txt:3 (cmake_minimum_required): CMake 3.99 or higher'],
  },
  {
    name: 'configure misses a module',
    log: 'checking for LIBPSL... no\nconfigure: error: Package requirements (libpsl >= 0.20) were not met:\n',
    want: ['dependency', 'pc libpsl', 'Package requirements (libpsl'],
  },
  {
    name: 'configure misses something',
    log: 'checking for bison... no\nconfigure: error: bison is required to make the parser',
    want: ['dependency', null, 'bison is required'],
  },
  {
    name: 'configure has another complaint',
    log: 'configure: error: cannot run C compiled programs.',
    want: ['compile', null, 'cannot run C compiled programs'],
  },
  {
    name: 'autoconf misses a macro',
    log: 'configure.ac:14: error: possibly undefined macro: AM_GNU_GETTEXT\n      If this token and others are legitimate, please use m4_pattern_allow.',
    want: ['dependency', null, 'AM_GNU_GETTEXT'],
  },
  {
    name: 'python misses a module',
    log: 'Traceback (most recent call last):\n  File "setup.py", line 3, in <module>\n    import Cython\nModuleNotFoundError: No module named \'Cython\'',
    want: ['dependency', 'python Cython', 'Cython'],
  },
  {
    name: 'python’s build misses its backend',
    log: '* Getting build dependencies for wheel...\n\nERROR Missing dependencies:\n\thatchling>=1.18\n',
    want: ['dependency', null, 'Missing dependencies: hatchling>=1.18'],
  },
  {
    name: 'perl misses a module',
    log: "Can't locate XML/Parser.pm in @INC (you may need to install the XML::Parser module) at gen.pl line 2.",
    want: ['dependency', 'perl XML/Parser', 'XML/Parser.pm'],
  },
  {
    name: 'ruby misses a gem',
    log: "<internal:/usr/lib/ruby/rubygems.rb>:136:in 'Kernel#require': cannot load such file -- rake (LoadError)",
    want: ['dependency', 'ruby rake', 'rake'],
  },
  {
    name: 'node misses a module',
    log: "node:internal/modules/cjs/loader:1228\nError: Cannot find module 'typescript'",
    want: ['dependency', null, 'typescript'],
  },
  {
    name: 'javac misses a package',
    log: 'src/A.java:3: error: package org.junit does not exist',
    want: ['dependency', null, 'org.junit'],
  },
  {
    name: 'a step wants a network',
    log: 'curl: (6) Could not resolve host: example.org',
    code: 6,
    want: ['source', null, 'example.org'],
  },
  {
    name: 'cargo has not fetched a crate',
    log: 'error: failed to get `serde` as a dependency of package `x v0.1.0`\n\nCaused by:',
    code: 101,
    want: ['source', null, 'serde'],
  },
  {
    name: 'a patch does not apply',
    log: 'patching file src/main.c\nHunk #2 FAILED at 120.\n1 out of 2 hunks FAILED -- saving rejects to file src/main.c.rej',
    want: ['source', null, 'Hunk #2 FAILED'],
  },
  {
    name: 'git does not apply a patch',
    log: 'Applying: fix\nerror: patch failed: src/main.c:12\nerror: src/main.c: patch does not apply',
    code: 128,
    want: ['source', null, 'patch failed: src/main.c:12'],
  },
  {
    name: 'tar cannot read an archive',
    log: 'gzip: stdin: not in gzip format\ntar: Child returned status 1',
    code: 2,
    want: ['source', null, 'not in gzip format'],
  },
  {
    name: 'a sum is another one',
    log: 'data.bin: FAILED\nsha256sum: WARNING: 1 computed checksum did NOT match',
    want: ['source', null, 'did NOT match'],
  },
  {
    name: 'the disk has no room',
    log: 'cc1: error: error writing to /tmp/x.s: No space left on device',
    want: ['disk-full', null, 'No space left'],
  },
  {
    name: 'memory is short',
    log: 'g++: fatal error: Killed signal terminated program cc1plus\ncompilation terminated.',
    want: ['out-of-memory', null, 'Killed signal'],
  },
  {
    name: 'no process can be started',
    log: './run: fork: retry: Resource temporarily unavailable',
    code: 254,
    want: ['too-many-processes', null, 'fork'],
  },
  {
    name: 'the disk is broken',
    log: 'cp: error reading a: Input/output error',
    want: ['infrastructure', null, 'Input/output error'],
  },
  {
    name: 'go has no module',
    log: 'main.go:5:2: no required module provides package github.com/x/y; to add it:',
    want: ['source', null, 'github.com/x/y'],
  },
  {
    name: 'gcc finds a fault, and more that follow from it',
    log: "src/a.c: In function 'f':\nsrc/a.c:3:9: error: unknown type name 'u32'\nsrc/a.c:9:1: error: expected ';'\nmake: *** [Makefile:2: a.o] Error 1",
    code: 2,
    want: ['compile', null, "src/a.c:3:9: error: unknown type name 'u32'"],
  },
  {
    name: 'the linker misses a symbol',
    log: "/usr/bin/ld: a.o: in function `main':\na.c:(.text+0x5): undefined reference to `deflate'\ncollect2: error: ld returned 1 exit status",
    want: ['compile', null, 'undefined reference to `deflate'],
  },
  {
    name: 'rustc finds a fault',
    log: 'error[E0425]: cannot find value `x` in this scope\n --> src/main.rs:2:5\nerror: could not compile `x` (bin "x") due to 1 previous error',
    code: 101,
    want: ['compile', null, 'E0425'],
  },
  {
    name: 'cargo has another complaint',
    log: 'error: package `x v1` cannot be built because it requires rustc 1.99 or newer',
    code: 101,
    want: ['compile', null, 'requires rustc 1.99'],
  },
  {
    name: 'go finds a fault',
    log: '# example.org/x\n./main.go:7:2: undefined: fmt.Printn',
    want: ['compile', null, './main.go:7:2'],
  },
  {
    name: 'tsc finds a fault',
    log: "src/a.ts(3,7): error TS2322: Type 'string' is not assignable to type 'number'.",
    code: 2,
    want: ['compile', null, 'TS2322'],
  },
  {
    name: 'maven finds a fault',
    log: '[ERROR] /home/build/src/A.java:[3,5] cannot find symbol',
    want: ['compile', null, 'A.java'],
  },
  {
    name: 'meson has another complaint',
    log: "meson.build:1:0: ERROR: Unknown option: 'docs'.",
    want: ['compile', null, 'Unknown option'],
  },
  {
    name: 'make knows no rule',
    log: "make: *** No rule to make target 'install'.  Stop.",
    code: 2,
    want: ['compile', null, "No rule to make target 'install'"],
  },
  {
    name: 'python cannot read a program',
    log: "  File \"a.py\", line 3\n    print 'x'\nSyntaxError: Missing parentheses in call to 'print'",
    want: ['compile', null, 'SyntaxError'],
  },
  {
    name: 'a TAP test fails, and another that is known to',
    log: 'ok 1 - opens\nnot ok 2 - is slow # TODO later\nnot ok 3 - closes',
    want: ['test', null, 'not ok 3'],
  },
  { name: 'automake’s tests', log: 'PASS: a\nFAIL: b\n# TOTAL: 2', want: ['test', null, 'FAIL: b'] },
  {
    name: 'go’s tests',
    log: '=== RUN   TestA\n    a_test.go:9: got 1, want 2\n--- FAIL: TestA (0.00s)\nFAIL',
    want: ['test', null, '--- FAIL: TestA'],
  },
  {
    name: 'pytest',
    log: 'E       assert 1 == 2\nFAILED tests/test_a.py::test_b - assert 1 == 2',
    want: ['test', null, 'tests/test_a.py::test_b'],
  },
  {
    name: 'unittest',
    log: 'FAIL: test_b (tests.test_a.A.test_b)\nTraceback (most recent call last):\nAssertionError: 1 != 2\nFAILED (failures=1)',
    want: ['test', null, 'FAIL: test_b'],
  },
  {
    name: 'cargo’s tests',
    log: "test tests::b ... FAILED\n\nthread 'tests::b' panicked at src/lib.rs:9:5:\nerror: test failed, to rerun pass `--lib`",
    code: 101,
    want: ['test', null, 'tests::b ... FAILED'],
  },
  {
    name: 'ctest',
    log: '1/2 Test #1: a ...........   Passed    0.01 sec\n2/2 Test #2: b ...........***Failed    0.02 sec',
    code: 8,
    want: ['test', null, 'Test #2: b'],
  },
  {
    name: 'googletest',
    log: '[ RUN      ] A.b\n[  FAILED  ] A.b (0 ms)',
    want: ['test', null, 'A.b'],
  },
  {
    name: 'meson’s tests',
    log: '1/2 unit / a    OK       0.01s\n2/2 unit / b    FAIL     0.02s   exit status 1',
    want: ['test', null, 'unit / b'],
  },
  {
    name: 'prove',
    log: "#   Failed test 'adds'\n#   at t/a.t line 4.\nResult: FAIL",
    want: ['test', null, "Failed test 'adds'"],
  },
  {
    name: 'an assertion',
    log: "a: a.c:9: main: Assertion `n == 2' failed.\nAborted",
    code: 134,
    want: ['test', null, 'Assertion'],
  },
  {
    name: 'the shell does not understand the step',
    log: "/bin/sh: line 9: syntax error near unexpected token `fi'",
    code: 2,
    want: ['recipe', null, 'syntax error'],
  },
  {
    name: 'a program says something of its own',
    log: 'reading x\ntool: error: no input\nbye',
    want: ['recipe', null, 'tool: error: no input'],
  },
  {
    name: 'an exception of python’s',
    log: 'Traceback (most recent call last):\n  File "x", line 1\nValueError: no',
    want: ['recipe', null, 'ValueError: no'],
  },
  {
    name: 'the last of several lines that may be harmless',
    log: 'ls: a: No such file or directory\ncp: b: Permission denied\nbye',
    want: ['recipe', null, 'cp: b'],
  },
  { name: 'nothing known', log: 'what now\nmake: *** [x] Error 1', want: [null, null, 'what now'] },
  {
    name: 'a file that has error in its name',
    log: 'gcc -c error.c\nstrange',
    want: [null, null, 'strange'],
  },
]

describe('the output of what failed', () => {
  it.each(EXCERPTS)('says why: $name', ({ log, code, want: [of, missing, line] }) => {
    const fault = faultIn(log.split('\n'), code)
    expect(fault?.line).toContain(line)
    expect(fault?.class).toBe(of)
    expect(fault?.wanted ? `${fault.wanted.kind} ${fault.wanted.name}` : null).toBe(missing)
  })

  it('says nothing when there is none', () => {
    expect(faultIn([])).toBeNull()
    expect(faultIn(['', '  '])).toBeNull()
  })

  it('is an echo when nothing else was said', () => {
    const line = 'collect2: error: ld returned 1 exit status'
    expect(faultIn([line])).toEqual({ line, class: null, wanted: null })
  })

  it('is told by one of its own lines, whatever they are', () => {
    const known = fc.constantFrom(...EXCERPTS.flatMap(({ log }) => log.split('\n')))
    fc.assert(
      fc.property(fc.array(fc.oneof(known, fc.string()), { maxLength: 30 }), (lines) => {
        const fault = faultIn(lines)
        const said = lines.map((line) => line.trim()).filter((line) => line !== '')
        if (said.length === 0) return fault === null
        return fault !== null && said.some((line) => fault.line.startsWith(line.slice(0, 400)))
      }),
    )
  })
})

describe('the rules', () => {
  const lines = EXCERPTS.flatMap(({ log }) => log.split('\n'))

  it.each(FAULT_RULES)('of $by: $pattern knows a line of these excerpts', ({ pattern }) => {
    expect(lines.some((line) => pattern.test(line))).toBe(true)
  })

  it('are asked about every line that one of them knows', () => {
    const known = lines.filter((line) => FAULT_RULES.some(({ pattern }) => pattern.test(line)))
    expect(known.filter((line) => !SUSPICIOUS.test(line))).toEqual([])
  })
})
