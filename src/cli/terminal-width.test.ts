import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { usageError } from '../model/errors.ts';
import { PLAIN } from '../report/style.ts';
import { printError } from './errors.ts';
import { buildProgram, VERB_NAMES } from './program.ts';
import { sayNote } from './note.ts';
import type { Output } from './terminal.ts';

/** An output that keeps what it is given. */
function recorded(columns: number): { readonly output: Output; readonly text: () => string } {
  let text = '';
  const keep = (part: string): void => void (text += part);
  const style = { ...PLAIN, columns };
  return {
    output: { out: keep, show: keep, err: keep, hasProgress: false, isTerminal: false, outStyle: style, errStyle: style },
    text: () => text,
  };
}

const linesOver = (columns: number, text: string): readonly string[] => text.split('\n').filter((line) => line.length > columns);

/** A command and all below it. */
const withAll = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(withAll)];

describe('the command line', () => {
  it('helps within 80 columns, with every command', async () => {
    const { output, text } = recorded(80);
    const interruption = { signal: new AbortController().signal, exitCode: null };
    const program = await buildProgram({ output, interruption, userScenario: null, onExit: () => undefined }, VERB_NAMES);
    const commands = withAll(program);
    expect(commands.length).toBeGreaterThan(50);
    for (const command of commands) command.outputHelp();
    expect(text()).toContain('bench run fanout --processes 8');
    expect(linesOver(80, text())).toEqual([]);
  });

  it.each([80, 120])('says what went wrong, and what to know, within %i columns', (columns) => {
    const { output, text } = recorded(columns);
    const names = Array.from({ length: 30 }, (_, i) => `name-${i}`).join(', ');
    printError(usageError(`there is no layer among ${names}`, `Name one of ${names}.`), output, false);
    sayNote(output, `left out: ${names}`);
    expect(text()).toMatch(/^bench: there is no[^]*\n {7}Name one of[^]*\nnote: left out/);
    expect(linesOver(columns, text())).toEqual([]);
    expect(
      Math.max(
        ...text()
          .split('\n')
          .map((line) => line.length),
      ),
    ).toBeGreaterThan(columns - 10);
  });
});
