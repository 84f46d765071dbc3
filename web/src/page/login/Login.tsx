import { useId, useState } from 'preact/hooks'
import { peer } from '../../api/peer.js'
import { ApiError } from '../../api/request.js'
import { begin } from '../../live/program.js'
import { Button } from '../../part/Button.js'
import { Logo } from '../../part/Logo.js'
import { text } from '../../strings.js'

/** Stands before everything where the peer is on another machine. */
export const Login = () => {
  const [password, setPassword] = useState('')
  const [reason, setReason] = useState('')
  const field = useId()
  const enter = async (): Promise<void> => {
    try {
      await peer.logIn(password)
      setReason('')
      await begin()
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      setReason(`${error.message}. ${error.remedy}`)
      setPassword('')
    }
  }
  return (
    <main class="login">
      <form onSubmit={(event) => event.preventDefault()}>
        <Logo />
        <h1>{text.login.title}</h1>
        <label for={field}>{text.login.password}</label>
        <input
          id={field}
          type="password"
          autocomplete="current-password"
          value={password}
          aria-describedby={`${field}-hint`}
          aria-invalid={reason !== ''}
          onInput={({ currentTarget }) => setPassword(currentTarget.value)}
        />
        {reason !== '' && (
          <p class="hint bad" role="alert">
            {reason}
          </p>
        )}
        <p id={`${field}-hint`} class="hint">
          {text.login.hint}
        </p>
        <Button kind="primary" type="submit" isDisabled={password === ''} onClick={enter}>
          {text.login.enter}
        </Button>
      </form>
    </main>
  )
}
