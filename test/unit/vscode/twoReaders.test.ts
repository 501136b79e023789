import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AuditRecord } from '../../../src/domain/audit/auditRecord';
import { HINTED, hintFor, hintForPerson, reasonIn, refusalResponse } from '../../../src/firewall/refusal';
import { fillIn } from '../../../src/base/fillIn';
import { hintText, refusalText, reviewBehind } from '../../../src/vscode/refusalText';
import { speakWith } from '../../../src/vscode/say';
import { ServerListGate } from '../../../src/vscode/serverListGate';

const bundle = JSON.parse(readFileSync('l10n/bundle.l10n.de.json', 'utf8')) as Readonly<Record<string, string>>;
const settings: Record<string, unknown> = {};

vi.mock('vscode', () => ({
	workspace: {
		getConfiguration: () => ({ get: (key: string) => settings[key], inspect: () => undefined }),
	},
}));

const entry = (reason: string, detail?: string): AuditRecord => ({
	...{ id: 'e', at: '2026-11-21T10:00:00.000Z', kind: 'call', outcome: 'refused' },
	...{ server: { id: 's', name: 'files' }, tool: 'read', verdict: { effect: 'deny', reason } },
	...(detail !== undefined && { detail }),
});

describe('a refusal has two readers', () => {
	beforeEach(() => {
		speakWith((text, ...args) => fillIn(bundle[text] ?? text, ...args));
	});
	afterEach(() => {
		speakWith(fillIn);
	});

	it.each([...HINTED, 'a_reason_of_a_rule'])('%s: the person reads German, and is not sent to themselves', reason => {
		const english = hintForPerson(reason);
		expect(english).not.toMatch(/\bthe person\b|; ask |Do not|Make |Only a person/);
		expect(bundle[english]).toBeDefined();
		expect(hintText(entry(reason))).toBe(bundle[english]);
		expect(hintText(entry(reason))).not.toMatch(/\b[Dd](?:ie|er) Person\b/);
		expect(refusalText(entry('policy_deny', reason))).toContain(bundle[english]);
	});
	it.each([...HINTED, 'a_reason_of_a_rule'])('%s: the agent reads English, whatever the editor speaks', reason => {
		const german = new Set(Object.values(bundle));
		const answer = refusalResponse(1, { capability: 'a.b', reason, hint: hintFor(reason) }, 'e');
		expect(german.has(hintFor(reason))).toBe(false);
		expect(JSON.stringify(answer)).not.toMatch(/[äöüß„]|\bMCP Firewall: (?:Server überprüfen|Ausgabe)/);
	});
	it('the agent still is told to leave it to the person', () => {
		expect(hintFor('approval_denied_before')).toBe(
			'The person said no to this very call in this session. Do not repeat it; ask the person.',
		);
		expect(hintFor('policy_default_deny')).toContain('Only the person can change the policy.');
		expect(hintFor('whatever')).toContain('Only the person can change the policy');
	});
	it('a reason that stands beside what it is about has its own hint and its own way out', () => {
		const changed = entry('', 'supply_changed: supply-chain: entry script changed');
		expect(hintText(changed)).toBe(bundle[hintForPerson('supply_changed')]);
		expect(reviewBehind(changed)).toBe('s');
		const asked = entry('', 'the answer asks for what may not be asked: input_malformed');
		expect(hintText(asked)).toBe(bundle[hintForPerson('input_malformed')]);
		expect(reasonIn('constructor: toString')).toBe('constructor: toString');
	});
	it('what a list says of a server is German where it is listed, and English where it is refused its start', () => {
		settings['access'] = 'none';
		const gate = new ServerListGate();
		const server = { name: 'x', launch: { kind: 'stdio', command: 'x', args: [], env: [] } } as never;
		const start = { kind: 'stdio', command: 'x', args: [], env: {} } as never;
		expect(gate.notListed(server)).toBe('MCP-Server sind ausgeschaltet (chat.mcp.access ist none).');
		expect(gate.refusal(server, start)).toBe('MCP servers are turned off (chat.mcp.access is none).');
	});
});

describe('what the trail, the log and an answer to a client hold', () => {
	const ENGLISH_ALONE = /^(?:noteEvent|note|append|error|warn|info|debug|trace)$/;

	it('is never said: it is English, whoever sits in front of the editor', () => {
		const found: string[] = [];
		for (const name of readdirSync(join('src', 'vscode'))) {
			const path = join('src', 'vscode', name);
			const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
			const says = (node: ts.Node): boolean =>
				(ts.isCallExpression(node) && /^say(?:Count|Phrase)?$/.test(node.expression.getText(source))) ||
				(ts.forEachChild(node, says) ?? false);
			const visit = (node: ts.Node): void => {
				const made = ts.isNewExpression(node) && node.expression.getText(source) === 'FirewallError';
				const called =
					ts.isCallExpression(node) &&
					(ts.isPropertyAccessExpression(node.expression)
						? ENGLISH_ALONE.test(node.expression.name.text) &&
							/(?:logger|log|trail)$/.test(node.expression.expression.getText(source))
						: node.expression.getText(source) === 'noteEvent');
				if ((made || called) && (node as ts.CallExpression).arguments.some(says)) {
					found.push(`${path}: ${node.getText(source).slice(0, 120)}`);
				}
				ts.forEachChild(node, visit);
			};
			visit(source);
		}
		expect(found).toEqual([]);
	});
});
