#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8'
import { commands } from './commands.js'
import { errorLine, toShoalError } from './failure.js'
import { Interrupt } from './interrupt.js'
import { runProgram } from './program.js'
import { services } from './services.js'
import { versionOfPackage } from '../support/version.js'

// What is made for a chunk is soon garbage: the space for new objects is as large as it may be from the start, so that
// little of it is there long enough to be taken for what stays.
setFlagsFromString('--semi-space-growth-factor=16')
// What is compiled to the utmost is what runs for long: the compiler took as much of a short transfer as its hashes.
setFlagsFromString('--max-inlined-bytecode-size-cumulative=300')
setFlagsFromString('--interrupt-budget=400000')

const interrupt = new Interrupt()

/** A reader or a terminal that is gone (`shoal list | head`) is no error: what runs stops. */
const stopOnBrokenPipe = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error
  if (!interrupt.signal.aborted) interrupt.raise()
}

const die = (error: unknown): void => {
  process.stderr.write(`error: ${errorLine(toShoalError(error))}\n`)
  process.exit(1)
}

/** Writes to a pipe may still be under way when the work is done. */
const drained = async (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => stream.write('', () => resolve()))

process.on('uncaughtException', die)
process.on('unhandledRejection', die)
process.stdout.on('error', stopOnBrokenPipe)
process.stderr.on('error', stopOnBrokenPipe)
interrupt.listen()

const exit = await runProgram(commands, process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  input: process.stdin,
  terminal: process.stdin.isTTY && process.stdout.isTTY ? process.stdout : undefined,
  environment: process.env,
  folder: process.cwd(),
  version: versionOfPackage(),
  interrupt,
  services,
})
await Promise.all([drained(process.stdout), drained(process.stderr)])
process.exit(exit)
