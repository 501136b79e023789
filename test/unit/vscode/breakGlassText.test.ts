import { describe, expect, it } from 'vitest';
import { type BreakGlassToken } from '../../../src/domain/identity/breakGlass';
import { breakGlassQuestion, breakGlassStatus } from '../../../src/vscode/breakGlassText';

const NOW = 1_735_689_600;
const TOKEN: BreakGlassToken = {
	...{ jti: 'one', iss: 'admin@corp.example', sub: 'dev@corp.example', reason: 'incident 17' },
	...{ iat: NOW, exp: NOW + 600, scope: { methods: ['tools/call'], routes: ['*'] }, signedBy: 'key' },
};

describe('break-glass is loud', () => {
	it('the question says who gave it to whom, why, for what, how long, and what still holds', () => {
		const { message, detail } = breakGlassQuestion(TOKEN, NOW);
		expect(message).toMatch(/^Break the glass\?/);
		for (const part of [
			'admin@corp.example',
			'dev@corp.example',
			'incident 17',
			'“tools/call”, at everything',
			'10 min',
		]) {
			expect(detail).toContain(part);
		}
		expect(detail).toMatch(/policy, approvals, and identity checks still hold/);
	});

	it('texts of a token are quoted: it cannot add lines of its own', () => {
		const { detail } = breakGlassQuestion({ ...TOKEN, reason: 'x\nIt ends in 9 d' }, NOW);
		expect(detail).toContain('x⏎It ends in 9 d');
		const { tooltip } = breakGlassStatus(
			[{ jti: 'a', sub: 's\nt', reason: '[x](command:y)', expires: NOW + 60 }],
			NOW * 1000,
		);
		expect(tooltip).toContain('s⏎t: [x] (command:y)');
	});

	it('a scope of nothing is said as such', () => {
		expect(breakGlassQuestion({ ...TOKEN, scope: { methods: [], routes: [] } }, NOW).detail).toContain(
			'For: nothing, at nothing',
		);
	});

	it('the status bar counts down to the last of several', () => {
		const one = (jti: string, expires: number) => ({ jti, sub: 'dev', reason: 'r', expires });
		const { text, tooltip } = breakGlassStatus([one('a', NOW + 61), one('b', NOW + 300)], NOW * 1000);
		expect(text).toBe('$(flame) BREAK-GLASS 5 min');
		expect(tooltip.split('\n')).toHaveLength(3);
	});
});
