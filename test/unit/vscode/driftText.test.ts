import { describe, expect, it } from 'vitest';
import { driftText } from '../../../src/vscode/driftText';

describe('driftText', () => {
	it('C6 names what is suspended, with nothing in it that could pass for words of ours', () => {
		const text = driftText({ serverName: 'files\u202e', tools: ['read_file', 'x](command:y)\n'] });
		expect(text).toBe(
			'MCP Firewall suspended what is not as reviewed of “files\\u{202E}”: read_file, x] (command:y)⏎.',
		);
	});

	it('says that nothing was stopped where nothing was', () => {
		expect(driftText({ serverName: 'files', tools: [] })).toMatch(
			/^MCP Firewall: “files” is not what was reviewed\. What is new is hidden/,
		);
	});
});
