import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandLine, MAX_PIECES } from '../../../src/domain/approval/commandWords';
import { plainWords } from '../../../src/domain/policy/plainCommand';
import { commandsDocument } from '../../../src/vscode/commandsDocument';

const texts = (line: string) =>
	commandLine(line).pieces.map(piece => (piece.kind === 'word' ? piece.text : `<${piece.text}>`));
const notes = (line: string) =>
	commandLine(line).pieces.flatMap(piece => (piece.kind === 'word' ? piece.notes : [piece.meaning]));

describe('commandLine', () => {
	it.each<[string, readonly string[]]>([
		['', []],
		['ls -la', ['ls', '-la']],
		[`git commit -m 'two words' "and more"`, ['git', 'commit', '-m', 'two words', 'and more']],
		[`a"b c"'d e'f`, ['ab cd ef']],
		['a\\ b', ['a b']],
		['ls;rm -rf /', ['ls', '<;>', 'rm', '-rf', '/']],
		['a && b || c | d', ['a', '<&&>', 'b', '<||>', 'c', '<|>', 'd']],
		['a>out 2>&1 <in', ['a', '<>>', 'out', '2', '<>&>', '1', '<<>', 'in']],
		['echo $(rm -rf ~) `id` ${HOME}', ['echo', '$(rm -rf ~)', '`id`', '${HOME}']],
		['echo "$(a "b" c)"', ['echo', '$(a "b" c)']],
		['a\nb', ['a', '<\n>', 'b']],
		['a # b; c', ['a', '# b; c']],
		["echo 'never closed", ['echo', 'never closed']],
	])('%j', (line, expected) => {
		expect(texts(line)).toEqual(expected);
	});

	it.each([
		['$(x)', 'the output of a command stands in its place'],
		['"`x`"', 'the output of a command stands in its place'],
		['$HOME', 'the value of a variable stands in its place'],
		['"${x}"', 'the value of a variable stands in its place'],
		['$((1+1))', 'a computed number stands in its place'],
		['*.ts', 'names of files that fit stand in its place'],
		['~/x', 'a home folder stands in its place'],
		['{a,b}', 'a shell may make several words of it'],
		['%PATH%', 'cmd would put the value of a variable in its place'],
		['a & b', 'it runs in the background, and a further command follows'],
		['a > b', 'output is written over the file that follows'],
	])('%s is pointed out', (line, note) => {
		expect(notes(line)).toContain(note);
	});

	it("in single quotes nothing is expanded: '$(x)' is a word", () => {
		expect(notes("'$(x)' '*' '~'")).toEqual([]);
	});

	it('what is opened and not closed is pointed out, once', () => {
		expect(commandLine(`"a`).notes).toHaveLength(1);
		expect(commandLine('$(a $(b').notes).toHaveLength(1);
		expect(commandLine('a').notes).toEqual([]);
	});

	it('property: a line that every shell splits alike comes out as its words', () => {
		const word = fc.stringMatching(/^[\w./:=@+-]{1,12}$/);
		fc.assert(
			fc.property(fc.array(word, { maxLength: 8 }), words => {
				const line = words.join(' ');
				expect(texts(line)).toEqual(plainWords(line));
			}),
		);
	});

	it('property: it ends, with bounded pieces, whatever the line is', () => {
		const sign = fc.constantFrom(...Array.from(`a "'\\$(){}\`;|&<>#~*%\n`));
		fc.assert(
			fc.property(fc.array(sign, { maxLength: 60 }), signs => {
				expect(commandLine(signs.join('')).pieces.length).toBeLessThanOrEqual(MAX_PIECES + 1);
			}),
		);
		expect(commandLine('a '.repeat(500_000)).pieces).toHaveLength(MAX_PIECES + 1);
		expect(commandLine('$('.repeat(100_000)).pieces).toHaveLength(1);
	});
});

describe('commandsDocument', () => {
	it('numbers the words of a command, and says what stands between commands', () => {
		expect(commandsDocument({ command: `git log "a b"; rm -rf $HOME` })).toBe(
			[
				'The commands of this call, taken apart. Nothing was run or expanded. Words are quoted, not verified.',
				'',
				'At /command of the arguments: a text that a shell would do more with than split it; split as a POSIX shell does',
				' [0] “git”',
				' [1] “log”',
				' [2] “a b”  ← was in quotes',
				'     ;  ← then a further command',
				' [3] “rm”',
				' [4] “-rf”',
				' [5] “$HOME”  ← the value of a variable stands in its place',
				'',
				'',
			].join('\n'),
		);
	});

	it('a list of words is shown as it is, and the words beside a command are its own', () => {
		const text = commandsDocument({ command: 'node', args: ['-e', '$(x)', 'a b'] }) ?? '';
		expect(text).toContain('At /command of the arguments: a text that every shell splits alike\n [0] “node”');
		expect(text).toContain(
			'At /args of the arguments: a list of words, handed on as they are\n [0] “-e”\n [1] “$(x)”',
		);
	});

	it.each([{}, { path: 'a.md' }, { args: ['a'] }, { command: '' }, { command: 5 }])('%j is no command', args => {
		expect(commandsDocument(args)).toBeUndefined();
	});

	it('RESP-01 property: no word can pass for a line or a note of ours, and nothing unseen stays unseen', () => {
		const hostile = fc.array(fc.constantFrom('\u202e', '\u200b', '“', '”', '\n', '  ← ', '[9]', 'a'), {
			minLength: 1,
		});
		fc.assert(
			fc.property(hostile, parts => {
				const text = commandsDocument({ command: [`x${parts.join('')}`] }) ?? '';
				const lines = text.split('\n').filter(line => line.startsWith(' ['));
				expect(lines).toHaveLength(1);
				expect(lines[0]).toMatch(/^ \[0\] “[^“”]*”$/);
				expect(text).not.toMatch(/[\u202e\u200b]/);
			}),
		);
	});
});
