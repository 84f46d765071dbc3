import { PassThrough } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { FakeTerminal } from '../../../test/cli/fakeTerminal.js'
import { Interrupt } from '../interrupt.js'
import { Output } from '../output.js'
import { Asker } from './asker.js'

const COLUMNS = 30

const setUp = () => {
  const terminal = new FakeTerminal(COLUMNS)
  const input = new PassThrough()
  const output = new Output({
    stdout: terminal,
    stderr: terminal,
    isJson: false,
    isQuiet: false,
    level: 'info',
    bars: 'stdout',
    environment: { NO_COLOR: '1' },
  })
  const interrupt = new Interrupt(() => undefined)
  const asker = new Asker({ input, terminal: terminal as unknown as NodeJS.WriteStream, output, interrupt })
  const type = async (text: string): Promise<void> => {
    input.write(text)
    await turn()
    await turn()
  }
  return { terminal, output, interrupt, asker, type }
}

test('E1 log lines and bars appear above the prompt and do not tear what is typed', async () => {
  const { terminal, output, asker, type } = setUp()
  const answer = asker.ask('Choose: ')
  await type('ab')
  output.board?.draw(['bar 1 %'])
  output.line('first')
  await type('c')
  output.board?.draw(['bar 2 %'])
  output.line('second')
  expect(terminal.lines).toEqual(['first', 'second', 'bar 2 %', 'Choose: abc'])
  await type('\r')
  expect(await answer).toBe('abc')
  output.line('third')
  expect(terminal.lines).toEqual(['first', 'second', 'Choose: abc', 'third', 'bar 2 %'])
  asker.close()
})

test('what is typed may be longer than a row', async () => {
  const { terminal, output, asker, type } = setUp()
  output.board?.draw(['bar'])
  const answer = asker.ask('Path: ')
  await type('x'.repeat(40))
  output.line('first')
  output.line('second')
  await type('y')
  output.line('third')
  const rows = [`Path: ${'x'.repeat(24)}`, `${'x'.repeat(16)}y`]
  expect(terminal.lines).toEqual(['first', 'second', 'third', 'bar', ...rows])
  await type('\r')
  expect(await answer).toBe(`${'x'.repeat(40)}y`)
  expect(terminal.lines).toEqual(['first', 'second', 'third', ...rows, 'bar'])
  asker.close()
})

test('Ctrl-C at the prompt interrupts, and the question has no answer', async () => {
  const { interrupt, asker, type } = setUp()
  const answer = asker.ask('Choose: ')
  await type('\x03')
  expect(interrupt.signal.aborted).toBe(true)
  expect(await answer).toBeUndefined()
})

test('Tab completes a path where one is asked for', async () => {
  const { asker, type } = setUp()
  const answer = asker.ask('Path: ', 'path')
  await type('package-l')
  await type('\t')
  await new Promise((resolve) => setTimeout(resolve, 20))
  await type('\r')
  expect(await answer).toBe('package-lock.json')
  asker.close()
})
