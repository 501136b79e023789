import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema, type Progress } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aPlace, buildCli, gatewayArgs, packagedServer } from './support/gatewayProcess';

let cli: Awaited<ReturnType<typeof buildCli>>;
beforeAll(async () => {
	cli = await buildCli();
}, 60_000);
afterAll(() => cli.remove());

describe('progress while a person thinks, with the real client of the SDK', () => {
	it('keeps a call alive whose client gives up after 7 s without news', { timeout: 60_000 }, async () => {
		const place = await aPlace('require_approval: ["*"]\n');
		const server = packagedServer('@modelcontextprotocol/server-everything', 'stdio');
		const client = new Client({ name: 'sdk', version: '1' }, { capabilities: { elicitation: {} } });
		const seen: Progress[] = [];
		// The person takes longer than the client's timeout: only after the third note is there an answer.
		let third: () => void = () => {};
		const thirdNote = new Promise<void>(resolve => (third = resolve));
		client.setRequestHandler(ElicitRequestSchema, async () => {
			await thirdNote;
			return { action: 'accept', content: { decision: 'Allow once' } };
		});
		const args = gatewayArgs({ cli: cli.file, place, server });
		await client.connect(new StdioClientTransport({ command: process.execPath, args, cwd: place.workspace }));
		try {
			const name = 'trigger-long-running-operation';
			const result = await client.callTool({ name, arguments: { duration: 1, steps: 2 } }, undefined, {
				// Notes come every 5 s: without them it ends before the third, with them there is room on a slow machine.
				timeout: 9500,
				resetTimeoutOnProgress: true,
				onprogress: progress => {
					seen.push(progress);
					if (seen.length === 3) {
						third();
					}
				},
			});
			expect(result.isError ?? false).toBe(false);
		} finally {
			await client.close();
		}
		const values = seen.map(({ progress }) => progress);
		expect(values).toEqual([...values].sort((left, right) => left - right));
		expect(new Set(values).size).toBe(values.length);
		expect(seen.slice(0, 3).every(({ message }) => message?.startsWith('Waiting for a person') === true)).toBe(
			true,
		);
		expect(seen.at(-1)).toMatchObject({ total: 2 });
	});
});
