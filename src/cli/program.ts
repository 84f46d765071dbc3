import { Command as Commander, CommanderError } from 'commander'
import { ShoalError } from '../protocol/errors.js'
import {
  checkEntries,
  entryOf,
  readConfigFile,
  resolveConfig,
  type Config,
  type FlagTexts,
  type Sources,
} from '../support/config.js'
import type { SettingTable } from '../support/setting.js'
import type { Command } from './definition.js'
import { toShoalError } from './failure.js'
import type { Interrupt } from './interrupt.js'
import { addOptions, flagTexts } from './options.js'
import { Output, type Stream } from './output.js'
import type { Services } from './services.js'
import { commonSettings } from './settings.js'

/** The verb that is meant where none is given. */
const DEFAULT_VERB = 'console'

/** The world that a command line is run in. */
export interface World {
  readonly stdout: Stream
  readonly stderr: Stream
  readonly input: NodeJS.ReadableStream
  /** Where input and output are both a terminal. */
  readonly terminal: NodeJS.WriteStream | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Where shoal.config.json is looked for. */
  readonly folder: string
  readonly version: string
  readonly interrupt: Interrupt
  readonly services: Services
}

/** Runs the command line `words` and says what fails; resolves to the exit code. */
export const runProgram = async (
  commands: readonly Command[],
  words: readonly string[],
  world: World,
): Promise<number> => {
  let exit: number | void = 0
  const program = buildProgram(commands, world, async (command, given, flags) => {
    exit = await runCommand({ command, commands, given, flags, world })
  })
  try {
    await program.parseAsync(words, { from: 'user' })
    return exit
  } catch (error) {
    return failParsing(error, words, world)
  }
}

const failParsing = (error: unknown, words: readonly string[], world: World): number => {
  if (error instanceof CommanderError && error.exitCode === 0) return 0
  const failure = error instanceof CommanderError ? usageError(error) : toShoalError(error)
  outputFor(world, { json: words.includes('--json'), quiet: false, logLevel: undefined }).fail(failure)
  return failure.exit
}

const usageError = (error: CommanderError): ShoalError =>
  new ShoalError('USAGE', error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' '))

type Run = (command: Command, words: readonly string[], flags: FlagTexts) => Promise<void>

const buildProgram = (commands: readonly Command[], world: World, run: Run): Commander => {
  const program = new Commander('shoal')
  program
    .description('Peer-to-peer file sharing: every chunk verified, no server that pays for it.')
    .version(world.version, '--version', 'print the version')
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      '\nWithout a command: the console, a menu with a peer behind it.\n\nExample:\n  shoal demo',
    )
  harden(program, world)
  for (const command of commands) addCommand(program, command, world, run)
  addOptions(program, commonSettings)
  return program
}

/** Nothing ends the process or writes but through `world`. */
const harden = (commander: Commander, world: World): void => {
  commander.exitOverride().configureOutput({
    writeOut: (text) => world.stdout.write(text),
    writeErr: () => undefined,
    getOutHelpWidth: () => world.stdout.columns ?? 100,
    getOutHasColors: () => false,
  })
}

const addCommand = (program: Commander, command: Command, world: World, run: Run): void => {
  const isDefault = command.verb === DEFAULT_VERB
  const sub = program.command([command.verb, command.words ?? ''].join(' ').trim(), { isDefault })
  harden(sub, world)
  sub
    .description(command.summary)
    .allowExcessArguments(isDefault)
    .addHelpText('after', `\nExample:\n${command.examples.map((line) => `  ${line}`).join('\n')}`)
    .action(async () => {
      if (isDefault && sub.args.length > 0) throw unknownCommand(sub.args[0] ?? '')
      await run(command, sub.args, {
        ...flagTexts(program, commonSettings),
        ...flagTexts(sub, { ...commonSettings, ...command.settings }),
      })
    })
  addOptions(sub, { ...command.settings, ...commonSettings })
}

const unknownCommand = (word: string): ShoalError =>
  new ShoalError('USAGE', `There is no command ${JSON.stringify(word)}.`)

interface Common {
  readonly json: boolean
  readonly quiet: boolean
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent' | undefined
}

const outputFor = (world: World, common: Common, command?: Command): Output =>
  new Output({
    stdout: world.stdout,
    stderr: world.stderr,
    isJson: common.json,
    isQuiet: common.quiet,
    level: common.logLevel ?? (common.quiet ? 'error' : (command?.logLevel ?? 'warn')),
    bars: command?.bars ?? 'stderr',
    environment: world.environment,
  })

interface Running {
  readonly command: Command
  readonly commands: readonly Command[]
  readonly given: readonly string[]
  readonly flags: FlagTexts
  readonly world: World
}

const runCommand = async (running: Running): Promise<number> => {
  const { command, commands, given, world } = running
  const sources = sourcesOf(running)
  const common = resolveConfig(commonSettings, sources).values
  const output = outputFor(world, common, command)
  try {
    checkEntries(sources.file, knownEntries(commands))
    const configOf = <T extends SettingTable>(table: T): Config<T> => resolveConfig(table, sourcesOf(running))
    const { values, origins } = configOf(command.settings)
    const { input, terminal, interrupt, services } = world
    const call = {
      words: given,
      settings: values,
      origins,
      output,
      interrupt,
      services,
      input,
      terminal,
      commands,
      configOf,
    }
    return (await command.run(call)) ?? 0
  } catch (error) {
    const failure = toShoalError(error)
    output.fail(failure)
    return failure.exit
  }
}

const sourcesOf = ({ command, given, flags, world }: Running): Sources => ({
  flags: { ...flags, ...command.flagsOf?.(given) },
  environment: world.environment,
  file: readConfigFile(world.folder),
})

const knownEntries = (commands: readonly Command[]): ReadonlySet<string> =>
  new Set(
    [commonSettings, ...commands.map((command) => command.settings)].flatMap((table) =>
      Object.values(table).map(entryOf),
    ),
  )
