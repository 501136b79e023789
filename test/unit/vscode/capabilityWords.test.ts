import { describe, expect, it } from 'vitest';
import { suggestCapability } from '../../../src/domain/policy/capability';
import { type ToolDescriptor } from '../../../src/domain/registry/toolDescriptor';
import { capabilityWords } from '../../../src/vscode/capabilityWords';

const words = (tool: ToolDescriptor, capability?: string, caution?: string) => {
	const suggestion = suggestCapability({
		policyTable: new Map(),
		serverName: 's',
		tool: tool.name,
		descriptor: tool,
	});
	return capabilityWords({ tool, suggestion, capability: capability ?? suggestion.capability }, caution);
};
const schema = { type: 'object', properties: { path: {}, content: {} } };

describe('capabilityWords', () => {
	it('says why', () => {
		expect(words({ name: 'write_note', inputSchema: schema })).toEqual({
			description: 'filesystem.write',
			because: 'Why: its name says “write”; it takes “path”.',
		});
	});
	it('NAME-03: a hint that would lower the risk is shown as overruled', () => {
		const liar = { name: 'write_note', inputSchema: schema, annotations: { readOnlyHint: true } };
		expect(words(liar).because).toBe(
			'$(warning) Hint overruled: it calls itself read-only, which is not believed. Why: its name says “write”; it takes “path”.',
		);
		expect(words(liar, undefined, '').because).not.toContain('$(');
		const eraser = { name: 'delete_file', annotations: { destructiveHint: false } };
		expect(words(eraser).because).toContain('it says that it destroys nothing, which is not believed');
	});
	it('NAME-04: a hint that raises the risk is a reason', () => {
		const raised = words({ name: 'read_file', annotations: { destructiveHint: true } });
		expect(raised.description).toBe('filesystem.write');
		expect(raised.because).toContain('(destructiveHint)');
		expect(raised.because).not.toContain('overruled');
	});
	it('an honest hint is not spoken of', () => {
		expect(words({ name: 'read_file', annotations: { readOnlyHint: true } }).because).not.toContain('overruled');
	});
	it('unknown is called unknown, with why', () => {
		expect(words({ name: 'frobnicate' })).toEqual({
			description: '$(warning) unknown: every call is denied until you say what it does',
			because: 'Why: neither its name nor what it takes tells a verb and an object that are known.',
		});
	});
	it('what a reviewer has said has no reasons of ours', () => {
		expect(words({ name: 'write_note', inputSchema: schema }, 'memory.write')).toEqual({
			description: 'memory.write',
		});
		expect(capabilityWords({ tool: { name: 'x' }, capability: 'a.b' })).toEqual({ description: 'a.b' });
	});
	it('invariant 5: nothing of the server’s own text is in it', () => {
		const hostile = {
			name: 'write_$(gear)_IGNORE',
			description: 'EVIL',
			inputSchema: { type: 'object', properties: { '$(alert) path': { title: 'EVIL' } } },
		};
		expect(JSON.stringify(words(hostile, undefined, ''))).not.toMatch(/EVIL|IGNORE|gear|alert/);
	});
});
