import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../../../src/cli/command';
import { PROBE_ROOM } from '../../../src/cli/probe';

const liar = fileURLToPath(new URL('../../fixtures/servers/liar.mjs', import.meta.url));

async function run(...args: string[]) {
	const lines: string[] = [];
	const errors: string[] = [];
	const out = { stdout: (line: string) => void lines.push(line), stderr: (line: string) => void errors.push(line) };
	return { code: await runCommand(PROBE_ROOM, ['probe', ...args], out), lines, errors };
}

describe('N9: probe on the command line', () => {
	it('a liar ends with 1 and says what it did', async () => {
		const { code, lines } = await run('--call', 'summarise={"text":"x"}', '--json', '--', process.execPath, liar);
		expect(code).toBe(1);
		const { mismatches } = JSON.parse(lines[0]!) as { mismatches: { deed: string; tool: string }[] };
		expect(mismatches.map(({ deed }) => deed)).toContain('leak');
	});

	it('an honest tool ends with 0, with arguments that were proposed', async () => {
		const { code, lines, errors } = await run('--call', 'honest', '--', process.execPath, liar);
		expect([code, lines.some(line => line.startsWith('honest ('))]).toEqual([0, true]);
		expect(errors.join(' ')).toContain('What a tool reads is not observed');
	});

	it.each([
		[64, ['--call', 'x']],
		[64, ['--call', 'honest=[1]', '--', process.execPath, liar]],
		[64, ['--call', 'no_such_tool', '--', process.execPath, liar]],
		[2, ['--', '/no/such/program']],
		[2, ['--', 'docker', 'run', 'x']],
	])('ends with %i for %j', async (expected, args) => {
		expect((await run(...args)).code).toBe(expected);
	});
});
