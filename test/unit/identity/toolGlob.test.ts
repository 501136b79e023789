import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileToolGlob, matchesToolList } from '../../../src/domain/identity/toolGlob';
import { vectors } from './vectors';

interface GlobCase {
	readonly tool: string;
	readonly patterns: readonly string[];
	readonly match: boolean;
}

const matches = (pattern: string, tool: string, reach?: 'apart' | 'across') => {
	const outcome = compileToolGlob(pattern, reach);
	return outcome.ok ? outcome.glob.matches(tool) : 'malformed';
};

describe('globs of allowed_tools (identity.md §2.7)', () => {
	it.each(vectors<{ readonly cases: readonly GlobCase[] }>('glob').cases)(
		'glob.json: $patterns on $tool is $match',
		({ tool, patterns, match }) => {
			expect(matchesToolList(patterns, tool, 'allows')).toBe(match);
		},
	);

	it.each(['[', 'a[', '[a', '[]', '[^]', '[]a]', '[-a]', '[a-]', '[a-', 'x\\', '[\\', 'a'.repeat(513)])(
		'%s is malformed, which the reference leaves unsaid',
		pattern => {
			expect(matches(pattern, pattern)).toBe('malformed');
			expect(matchesToolList([pattern], pattern, 'allows')).toBe(false);
			expect(matchesToolList([pattern], 'anything', 'denies')).toBe(true);
		},
	);

	it.each([
		['', '', true],
		['', 'a', false],
		['**', 'ab', true],
		['**', 'a/b', false],
		['a*b*c', 'aXbYc', true],
		['a*b*c', 'aXbY', false],
		['*a', 'aaa', true],
		['fs/*', 'fs/read', true],
		['fs/*', 'fs/a/b', false],
		['?', '/', false],
		['?', '😀', true],
		['[^a-c]x', 'dx', true],
		['[^a-c]x', 'bx', false],
		['[\\]]', ']', true],
		['[\\--a]', '-', true],
		['[z-a]', 'm', false],
		['\\[a]', '[a]', true],
	] as const)('%s on %s: %s', (pattern, tool, expected) => {
		expect(matches(pattern, tool)).toBe(expected);
	});

	it('what denies crosses `/`, so that no slash in a name evades it', () => {
		expect(matches('delete_*', 'delete_/x', 'across')).toBe(true);
		expect(matches('*', 'a/b/c', 'across')).toBe(true);
		expect(matchesToolList(['delete_*'], 'delete_/x', 'denies')).toBe(true);
	});

	it('across matches all that apart matches, and nothing throws on any text', () => {
		const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '?', '[', ']', '^', '-', '\\') });
		fc.assert(
			fc.property(text, text, (pattern, tool) => {
				const apart = matches(pattern, tool);
				const across = matches(pattern, tool, 'across');
				expect([apart, across]).not.toEqual([true, false]);
				expect(apart === 'malformed').toBe(across === 'malformed');
			}),
			{ numRuns: 2000 },
		);
	});

	it('agrees with a plain matcher that tries everything, where no set and no escape stands', () => {
		const slow = (pattern: string, tool: string): boolean =>
			pattern === ''
				? tool === ''
				: pattern.startsWith('*')
					? slow(pattern.slice(1), tool) ||
						(tool !== '' && !tool.startsWith('/') && slow(pattern, tool.slice(1)))
					: tool !== '' &&
						(pattern.startsWith('?') ? !tool.startsWith('/') : pattern[0] === tool[0]) &&
						slow(pattern.slice(1), tool.slice(1));
		const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '?'), maxLength: 7 });
		const tool = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 8 });
		fc.assert(
			fc.property(pattern, tool, (glob, name) => {
				expect(matches(glob, name)).toBe(slow(glob, name));
			}),
			{ numRuns: 3000 },
		);
	});

	it('many stars over a long name take no time', () => {
		expect(matches(`${'*a'.repeat(200)}b`, 'a'.repeat(10_000))).toBe(false);
	});
});
