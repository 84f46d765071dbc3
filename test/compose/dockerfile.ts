interface Instruction {
  readonly name: string
  readonly value: string
}

export interface Copy {
  /** The stage that it is taken from; undefined for the build context. */
  readonly from: string | undefined
  readonly sources: readonly string[]
  readonly target: string
}

export interface Stage {
  readonly name: string | undefined
  readonly base: string
  readonly copies: readonly Copy[]
  readonly instructions: readonly Instruction[]
}

const readInstructions = (source: string): Instruction[] =>
  source
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [name = '', ...words] = line.trim().split(/\s+/)
      return { name, value: words.join(' ') }
    })

const readCopy = (value: string): Copy => {
  const words = value.split(' ')
  const from = words[0]?.startsWith('--from=') === true ? words.shift()?.slice('--from='.length) : undefined
  return { from, sources: words.slice(0, -1), target: words.at(-1) ?? '' }
}

const readStage = (instructions: readonly Instruction[]): Stage => {
  const [base = '', , name] = (instructions[0]?.value ?? '').split(' ')
  const copies = instructions.filter((each) => each.name === 'COPY').map(({ value }) => readCopy(value))
  return { name, base, copies, instructions }
}

/** The stages of a Dockerfile, in order. */
export const readStages = (source: string): Stage[] => {
  const stages: Instruction[][] = []
  for (const instruction of readInstructions(source)) {
    if (instruction.name === 'FROM') stages.push([])
    stages.at(-1)?.push(instruction)
  }
  return stages.map(readStage)
}

/** The value of the last instruction `name` of the stage. */
export const valueOf = (stage: Stage, name: string): string | undefined =>
  stage.instructions.findLast((instruction) => instruction.name === name)?.value

/** ENTRYPOINT; its exec form, since a shell would swallow signals. */
export const entrypointOf = (stage: Stage): string[] => {
  const words: unknown = JSON.parse(valueOf(stage, 'ENTRYPOINT') ?? 'null')
  if (!Array.isArray(words)) throw new Error('ENTRYPOINT is not in its exec form')
  return words.map(String)
}

/** What ENV sets. */
export const environmentOf = (stage: Stage): Record<string, string> =>
  Object.fromEntries(
    stage.instructions
      .filter(({ name }) => name === 'ENV')
      .flatMap(({ value }) => value.split(' '))
      .map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]),
  )
