import { describe, expect, it } from 'vitest';
import { addition, type Drift, removal } from '../../../src/domain/registry/drift';
import { driftText, isDriftGrave } from '../../../src/vscode/driftText';

describe('driftText', () => {
	it('C6 names what is suspended, with nothing in it that could pass for words of ours', () => {
		const text = driftText({ serverName: 'files\u202e', tools: ['read_file', 'x](command:y)\n'], drifts: [] });
		expect(text).toBe(
			'MCP Firewall suspended what is not as reviewed of “files\\u{202E}”: read_file, x] (command:y)⏎.',
		);
	});

	const spaces: Drift = { subject: 'tool', key: 'read_file', kinds: ['whitespace'], severity: 'low' };
	const said = (...drifts: readonly Drift[]) => ({
		text: driftText({ serverName: 'files', tools: [], drifts }),
		grave: isDriftGrave({ drifts }),
	});

	it('C6 says of what came that it is hidden, of what went that it is gone, and of nothing that it is new', () => {
		const goesOn = 'What you approved goes on as you approved it.';
		expect(said(addition('tool', 'evil\n'), spaces)).toEqual({
			text: `MCP Firewall: “files” lists what nobody reviewed, which is hidden: evil⏎. ${goesOn}`,
			grave: true,
		});
		expect(said(removal('prompt', 'sum'))).toEqual({
			text: `MCP Firewall: “files” does not list any more: sum. ${goesOn}`,
			grave: true,
		});
		expect(said(addition('tool', 'b'), removal('tool', 'a')).text).toMatch(/hidden: b\. .*any more: a\./);
	});

	it('E3 spaces alone are told, not warned of: nothing is hidden and nothing stopped', () => {
		expect(said(spaces)).toEqual({
			text: 'MCP Firewall: “files” differs from its review in spaces alone. The agent gets the reviewed text; nothing is stopped.',
			grave: false,
		});
	});
});
