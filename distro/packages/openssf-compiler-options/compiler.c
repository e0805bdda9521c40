/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands in front of a compiler, under the compiler's name, and calls it in /usr/bin with two things more: a spec file of
 * options, and what keeps the directory of the build out of its results.
 *
 * Which spec file: GCC_SPEC_FILE of the environment, else /etc/gcc_spec_file when there is one, else openssf.spec. A name
 * without a slash is looked up where the compiler has its own files.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SPEC "-specs="

/* Where a build works, the first time and the second. A map that the build itself gives comes later, and stands over these. */
static char *const MAPS[] = { "-ffile-prefix-map=/home/build=.", "-ffile-prefix-map=/home/rebuilder=." };
enum { MAP_COUNT = sizeof MAPS / sizeof *MAPS };

static const char *spec_file(void)
{
  const char *named = getenv("GCC_SPEC_FILE");
  if (named != NULL && *named != '\0') return named;
  return access("/etc/gcc_spec_file", F_OK) == 0 ? "/etc/gcc_spec_file" : "openssf.spec";
}

static char *joined(const char *first, const char *second)
{
  char *text = malloc(strlen(first) + strlen(second) + 1);
  if (text == NULL) {
    perror(second);
    exit(126);
  }
  return strcat(strcpy(text, first), second);
}

int main(int count, char **given)
{
  if (count < 1) return 126;
  const char *slash = strrchr(given[0], '/');
  char *compiler = joined("/usr/bin/", slash == NULL ? given[0] : slash + 1);
  char **args = calloc(count + MAP_COUNT + 2, sizeof *args);
  if (args == NULL) {
    perror(compiler);
    return 126;
  }
  /* A compiler finds its own parts from the path it is called by. */
  args[0] = compiler;
  args[1] = joined(SPEC, spec_file());
  memcpy(args + 2, MAPS, sizeof MAPS);
  memcpy(args + 2 + MAP_COUNT, given + 1, (count - 1) * sizeof *args);
  execv(compiler, args);
  /* As a shell tells it. */
  fprintf(stderr, "%s: %s\n", compiler, strerror(errno));
  return errno == ENOENT ? 127 : 126;
}
