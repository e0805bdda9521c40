// SPDX-License-Identifier: Apache-2.0

/** How far something is, from 0 to 1; null: nobody can tell. `failed` is the share behind it that came to nothing. `label` null: the words beside it say the same. */
export function Bar(props: {
  readonly fraction: number | null
  readonly label: string | null
  readonly failed?: number
}) {
  const { fraction, label, failed = 0 } = props
  const percent = fraction === null ? null : Math.round(1000 * Math.min(1, Math.max(0, fraction))) / 10
  const spoken =
    label === null
      ? ({ 'aria-hidden': true } as const)
      : ({
          role: 'progressbar',
          'aria-label': label,
          'aria-valuemin': 0,
          'aria-valuemax': 100,
          ...(percent === null ? {} : { 'aria-valuenow': percent }),
        } as const)
  return (
    <div className={percent === null ? 'bar unknown' : 'bar'} {...spoken}>
      <span className="bar-fill" style={percent === null ? undefined : { width: `${percent}%` }} />
      {failed > 0 && <span className="bar-failed" style={{ width: `${100 * Math.min(1, failed)}%` }} />}
    </div>
  )
}
