// SPDX-License-Identifier: Apache-2.0
import { ERRORS, type ErrorKind } from '../src/base/index.ts'

const EXITS: readonly (readonly [string, string])[] = [
  ['0', 'done'],
  ['1', 'a bug of Millrace, or work that was cancelled'],
  ['2', 'the command, the settings or the request is not understood'],
  ['3', 'an input is not valid, or not there'],
  ['4', 'a build or a check failed'],
  ['5', 'a verification refused: a digest, a signature, a hostile archive'],
  ['6', 'the machine lacks something'],
  ['7', 'something remote or a program failed; trying again may help'],
  ['129, 130, 143', 'ended by SIGHUP, Ctrl-C, SIGTERM'],
]

/** `docs/errors.md`: what each error code means at every door. */
export function errorPage(): string {
  const kinds: [string, ErrorKind][] = Object.entries(ERRORS)
  const rows = kinds.map(
    ([code, { exit, http, retry, title }]) =>
      `| \`${code}\` | ${title} | ${exit} | ${http} | ${retry ? 'yes' : 'no'} |`,
  )
  return `# Errors

Every error says what was being done, why it failed and what to do next, and has one of these codes:

\`\`\`
error RECIPE_INVALID  distro/packages/hello.yaml:3:12
  what  reading package.version of hello
  why   expected a string, found the number 1.1
  fix   write version: "1.10"
\`\`\`

With \`--json\`, and over HTTP, the same is an object with \`code\`, \`what\`, \`why\`, \`fix\` and, where a place in a file is known, \`at\`. The registry answers in the form
that the OCI distribution specification asks for.

## Codes

“Again” says whether the factory tries work that ended so a second and a third time by itself.

| code | what it means | exit code | HTTP | again |
|---|---|---|---|---|
${rows.join('\n')}

## Exit codes

| code | meaning |
|---|---|
${EXITS.map(([code, meaning]) => `| ${code} | ${meaning} |`).join('\n')}
`
}
