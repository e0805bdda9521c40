// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from 'react'
import { Link } from 'wouter'
import { ThemeIcon, Wheel } from './icons.tsx'
import { QuickSearch } from './quick-search.tsx'
import { useLink } from './use-live.ts'

const PLACES = [
  { path: '/', label: 'Now' },
  { path: '/packages', label: 'Packages' },
  { path: '/images', label: 'Images' },
  { path: '/graph', label: 'Graph' },
] as const

export function Header({ path }: { readonly path: string }) {
  const isAt = (place: string) => (place === '/' ? path === '/' : path.startsWith(place))
  return (
    <header className="top">
      <Link href="/" className="brand">
        <Wheel />
        Millrace
      </Link>
      <nav className="places" aria-label="Main">
        {PLACES.map((place) => (
          <Link key={place.path} href={place.path} aria-current={isAt(place.path) ? 'page' : undefined}>
            {place.label}
          </Link>
        ))}
      </nav>
      <QuickSearch />
      <LinkMark />
      <ThemeButton />
    </header>
  )
}

const LINK_WORDS = {
  connecting: 'Connecting',
  live: 'Live',
  lost: 'Connection lost, trying again',
} as const

function LinkMark() {
  const link = useLink()
  return (
    <span className={`link-mark ${link}`} role="status" title={LINK_WORDS[link]}>
      <span className="link-dot" aria-hidden="true" />
      <span className="link-word">{link === 'lost' ? 'Lost' : LINK_WORDS[link]}</span>
    </span>
  )
}

const THEMES = ['system', 'light', 'dark'] as const
type Theme = (typeof THEMES)[number]
const THEME_KEY = 'millrace-theme'

function ThemeButton() {
  const [theme, setTheme] = useState<Theme>(storedTheme)
  useEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset['theme']
    else document.documentElement.dataset['theme'] = theme
    storeTheme(theme)
  }, [theme])
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system'
  return (
    <button
      type="button"
      className="icon-button"
      title={`Colours: ${theme}. Click for ${next}.`}
      aria-label={`Colours: ${theme}. Change to ${next}.`}
      onClick={() => setTheme(next)}
    >
      <ThemeIcon />
    </button>
  )
}

/** Browsers may refuse to keep anything: the choice then lasts as long as the page. */
function storedTheme(): Theme {
  try {
    const stored = localStorage.getItem(THEME_KEY)
    return THEMES.find((theme) => theme === stored) ?? 'system'
  } catch {
    return 'system'
  }
}

function storeTheme(theme: Theme): void {
  try {
    localStorage.setItem(THEME_KEY, theme)
  } catch {
    return
  }
}
