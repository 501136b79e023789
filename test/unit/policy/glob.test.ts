import fc from 'fast-check';
import picomatch from 'picomatch';
import { describe, expect, it } from 'vitest';
import { compilePathGlob } from '../../../src/domain/policy/glob';
import { runs } from '../support/runs';

/** Small alphabets make hits likely. Picomatch is the reference; it is not what ships, because it backtracks. */
const segment = fc
	.array(fc.constantFrom('a', 'b', '*', '?', '[ab]', 'x'), { minLength: 1, maxLength: 4 })
	.map(parts => parts.join('').replace(/\*{2,}/g, '*'));
const pattern = fc
	.array(fc.oneof(segment, fc.constant('**')), { minLength: 1, maxLength: 4 })
	.map(parts => parts.join('/'));
const path = fc
	.array(fc.array(fc.constantFrom('a', 'b', 'x', '.'), { minLength: 1, maxLength: 3 }), {
		minLength: 1,
		maxLength: 5,
	})
	.map(parts => parts.map(chars => chars.join('')).join('/'))
	.filter(text => text.split('/').every(part => !/^\.+$/.test(part)));

describe('path globs', () => {
	it('agree with picomatch (dot, no extglobs) on canonical paths', () => {
		fc.assert(
			fc.property(pattern, path, (glob, text) => {
				// Picomatch says that `a/**` covers `a` and that `*/**` does not; here both do.
				fc.pre(!/[^*]\/\*\*$|\*\/\*\*$/.test(glob));
				const ours = compilePathGlob(glob);
				expect(ours.ok).toBe(true);
				const theirs = picomatch(glob, { dot: true, noext: true, nonegate: true });
				expect(ours.ok && ours.glob.matches(text)).toBe(theirs(text));
			}),
			runs(3000),
		);
	});

	it('cover dot files, and a dot is only a dot', () => {
		const matches = (glob: string, text: string) => {
			const compiled = compilePathGlob(glob);
			return compiled.ok && compiled.glob.matches(text);
		};
		expect(matches('**/.env*', '.env')).toBe(true);
		expect(matches('**/.env*', 'a/.env.local')).toBe(true);
		expect(matches('*', '.env')).toBe(true);
		expect(matches('a.b', 'axb')).toBe(false);
	});

	it('ARG-13 a pattern of many stars meets a long text in linear time, where picomatch backtracks', () => {
		const glob = compilePathGlob('**/*a*a*a*a*a*a*b');
		expect(glob.ok && glob.glob.matches('a'.repeat(4000))).toBe(false);
	});
});
