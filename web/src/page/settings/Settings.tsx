import type { SettingDocument, StatusDocument } from '../../../../src/api/contract.js'
import { peer } from '../../api/peer.js'
import { status } from '../../live/program.js'
import { useAsked } from '../../live/useAsked.js'
import { Choices } from '../../part/Choices.js'
import { Failure } from '../../part/Failure.js'
import { LimitsForm } from '../../part/LimitsForm.js'
import { text } from '../../strings.js'
import { theme, THEMES } from '../../theme.js'
import { visibleText } from '../../visible.js'

const INTERVAL = 5_000

const shown = (value: SettingDocument['value']): string => {
  if (value === null || value === '' || (Array.isArray(value) && value.length === 0))
    return text.settings.unset
  if (typeof value === 'boolean') return value ? text.settings.yes : text.settings.no
  return visibleText(Array.isArray(value) ? value.join(', ') : String(value))
}

const reachability = (isReachable: boolean | undefined): string => {
  if (isReachable === undefined) return text.settings.unasked
  return isReachable ? text.settings.reachable : text.settings.unreachable
}

const Origin = ({ settings }: { settings: readonly SettingDocument[] }) => (
  <div class="scroll" tabIndex={0} role="region" aria-label={text.settings.origin}>
    <table>
      <thead>
        <tr>
          <th scope="col">{text.columns.setting}</th>
          <th scope="col">{text.columns.value}</th>
          <th scope="col">{text.columns.source}</th>
        </tr>
      </thead>
      <tbody>
        {settings.map(({ name, description, value, source }) => (
          <tr key={name} class={source === 'default' ? 'usual' : ''}>
            <th scope="row" class="wrap">
              <code>{name}</code>
              <span class="muted">{description}</span>
            </th>
            <td class="wrap">{shown(value)}</td>
            <td>{source}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
)

const ThisPeer = ({ of }: { of: StatusDocument }) => (
  <dl class="facts">
    <div>
      <dt>{text.settings.version}</dt>
      <dd>{of.version}</dd>
    </div>
    <div>
      <dt>{text.settings.listens}</dt>
      <dd>
        <code>
          {of.host}:{of.port}
        </code>
      </dd>
    </div>
    <div>
      <dt>{text.settings.id}</dt>
      <dd>
        <code>{of.peerId}</code>
      </dd>
    </div>
    {of.output !== undefined && (
      <div>
        <dt>{text.settings.output}</dt>
        <dd>{visibleText(of.output)}</dd>
      </div>
    )}
    <div>
      <dt>{text.settings.trackers}</dt>
      <dd>
        {of.trackers.length === 0 && text.settings.unset}
        {of.trackers.map(({ host, port, isReachable }) => (
          <div key={`${host}:${port}`}>
            <code>
              {host}:{port}
            </code>{' '}
            <span class="muted">{reachability(isReachable)}</span>
          </div>
        ))}
      </dd>
    </div>
  </dl>
)

/** How the page looks, what the peer is held to, and where each setting came from. */
export const Settings = () => {
  const asked = useAsked(() => peer.settings(), 'settings', INTERVAL)
  const now = useAsked(() => peer.status(), 'status', INTERVAL)
  const known = now.value ?? status.value
  return (
    <section class="page settings" aria-label={text.settings.title}>
      <header>
        <h1>{text.settings.title}</h1>
      </header>
      <section class="panel" aria-label={text.settings.appearance}>
        <h2>{text.settings.appearance}</h2>
        <Choices
          label={text.theme.label}
          value={theme.value}
          choices={THEMES.map((id) => ({ id, title: text.theme[id] }))}
          onChange={(id) => {
            theme.value = id
          }}
        />
      </section>
      {known && (
        <section class="panel" aria-label={text.settings.limits}>
          <h2>{text.settings.limits}</h2>
          <LimitsForm
            limits={known.limits}
            save={async (limits) => {
              await peer.setLimits(limits)
              await Promise.all([now.reload(), asked.reload()])
            }}
          />
        </section>
      )}
      {known && (
        <section class="panel" aria-label={text.settings.peer}>
          <h2>{text.settings.peer}</h2>
          <ThisPeer of={known} />
        </section>
      )}
      <section class="panel">
        <h2>{text.settings.origin}</h2>
        <p class="muted">{text.settings.originHint}</p>
        {asked.value && <Origin settings={asked.value.settings} />}
        {!asked.value && asked.error && <Failure error={asked.error} onRetry={asked.reload} />}
      </section>
    </section>
  )
}
