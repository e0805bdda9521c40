// SPDX-License-Identifier: Apache-2.0

/** Functions of which glibc has a form that knows the size of its buffer or distrusts its format, `__NAME_chk` (its headers `bits/*2.h` and `bits/*-fortified.h`, 2.41). */
const FORTIFIED: ReadonlySet<string> = new Set(
  `asprintf confstr dprintf explicit_bzero fgets fgets_unlocked fgetws fgetws_unlocked fprintf fread fread_unlocked
  fwprintf getcwd getdomainname getgroups gethostname getlogin_r gets getwd longjmp mbsnrtowcs mbsrtowcs mbstowcs memcpy
  memmove mempcpy memset obstack_printf obstack_vprintf poll ppoll pread pread64 printf ptsname_r read readlink readlinkat
  realpath recv recvfrom snprintf sprintf stpcpy stpncpy strcat strcpy strlcat strlcpy strncat strncpy swprintf syslog
  ttyname_r vasprintf vdprintf vfprintf vfwprintf vprintf vsnprintf vsprintf vswprintf vsyslog vwprintf wcpcpy wcpncpy
  wcrtomb wcscat wcscpy wcslcat wcslcpy wcsncat wcsncpy wcsnrtombs wcsrtombs wcstombs wctomb wmemcpy wmemmove wmempcpy
  wmemset wprintf`.split(/\s+/),
)

/** How many functions a binary imports in the form that checks, and how many that have such a form in the plain one: of these a compiler leaves those that it knows to be safe. */
export interface Fortification {
  readonly checked: number
  readonly plain: number
}

export function fortificationOf(imports: ReadonlySet<string>): Fortification {
  const names = [...imports]
  return {
    checked: names.filter((name) => /^__\w+_chk$/.test(name)).length,
    plain: names.filter((name) => FORTIFIED.has(name)).length,
  }
}
