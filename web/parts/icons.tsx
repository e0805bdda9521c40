// SPDX-License-Identifier: Apache-2.0
import type { ReactNode } from 'react'

/** Pictures beside words that say the same: hidden from screen readers, drawn in the colour of the text. */
function Icon({ children, size = 16 }: { readonly children: ReactNode; readonly size?: number }) {
  return (
    <svg
      className="icon"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  )
}

export const CheckIcon = () => (
  <Icon>
    <path d="m3.5 8.5 3 3 6-7" />
  </Icon>
)
export const CrossIcon = () => (
  <Icon>
    <path d="m4 4 8 8M12 4l-8 8" />
  </Icon>
)
export const CopyIcon = () => (
  <Icon>
    <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
    <path d="M10.5 5.5V4A1.5 1.5 0 0 0 9 2.5H4A1.5 1.5 0 0 0 2.5 4v5A1.5 1.5 0 0 0 4 10.5h1.5" />
  </Icon>
)
export const SearchIcon = () => (
  <Icon>
    <circle cx="7" cy="7" r="4.2" />
    <path d="m10.2 10.2 3.3 3.3" />
  </Icon>
)
export const ArrowIcon = () => (
  <Icon>
    <path d="M3 8h10M9 4l4 4-4 4" />
  </Icon>
)
export const OutIcon = () => (
  <Icon size={13}>
    <path d="M6.5 3.5H4A1 1 0 0 0 3 4.5V12a1 1 0 0 0 1 1h7.5a1 1 0 0 0 1-1V9.5M9.5 3H13v3.5M13 3 7.5 8.5" />
  </Icon>
)
export const ThemeIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="5.2" />
    <path d="M8 2.8v10.4A5.2 5.2 0 0 0 8 2.8Z" fill="currentColor" />
  </Icon>
)

export const Wheel = () => (
  <svg className="wheel" width="26" height="26" viewBox="0 0 32 32" fill="none" aria-hidden="true">
    <g stroke="currentColor" strokeWidth="2.2" strokeLinecap="round">
      <g className="wheel-turn">
        <circle cx="16" cy="14" r="9" />
        <path d="M16 2.5v23M4.5 14h23M7.9 5.9l16.2 16.2M24.1 5.9 7.9 22.1" />
      </g>
      <path d="M2 29c2.3-2 4.7-2 7 0s4.7 2 7 0 4.7-2 7 0 4.7 2 7 0" />
    </g>
  </svg>
)
